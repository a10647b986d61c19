"""Watching reports each initial status, and every change once, whatever events are lost."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import RegistrationError, RetryPolicy, SMSVoiceClient
from smsreg.events import RegistrationStatusChange
from smsreg.registration import Registrar

from .small_types import BRAND, TYPES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from smsreg.emulator import Emulator
    from smsreg.registration import StatusChange


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"registration_types": TYPES, "review_seconds": None}


@pytest.fixture
async def emulator(emulator: Emulator) -> Emulator:
    emulator.settings.quotas["REGISTRATIONS"] = 300
    return emulator


@pytest.fixture
def retry() -> RetryPolicy:
    return RetryPolicy.none()


async def submitted(client: SMSVoiceClient, count: int) -> list[str]:
    registrar = Registrar(client)
    drafts = [replace(BRAND, key=f"k{index}") for index in range(count)]
    return [
        applied.registration_id or ""
        async for applied in registrar.apply_many(drafts, confirm=True)
    ]


def event(identifier: str, status: str = "COMPLETE") -> dict[str, Any]:
    """Return a status change as EventBridge sends it."""
    detail = {
        "registrationArn": f"arn:aws:sms-voice:us-east-1:123456789012:registration/{identifier}",
        "registrationDetails": {
            "registrationId": identifier,
            "registrationVersionNumber": 1,
            "registrationType": "US_TEN_DLC_BRAND_REGISTRATION",
            "registrationStatusChangeTimestamp": 1758908543000,
            "currentStatus": status,
        },
    }
    return {
        "version": "0",
        "id": "5c0fa4f8-e4ba-ed02-6101-c795472fccd0",
        "detail-type": "Registration Status Change",
        "source": "aws.sms-voice",
        "account": "123456789012",
        "time": "2026-11-25T18:20:41Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


async def watched(
    client: SMSVoiceClient,
    ids: list[str],
    on_poll: Callable[[int], None],
    events: Any = None,
) -> list[StatusChange]:
    """Watch to the end; ``on_poll`` is called with the number of each wait."""
    count = 0

    async def sleep(_: float) -> None:
        nonlocal count
        count += 1
        on_poll(count)
        await asyncio.sleep(0)

    registrar = Registrar(client, sleep=sleep)
    return [change async for change in registrar.watch(ids, events=events)]


@pytest.mark.parametrize("count", [1, 5, 12])
async def test_start_and_changes_once(
    client: SMSVoiceClient, emulator: Emulator, count: int
) -> None:
    ids = await submitted(client, count)
    waiting = list(ids)

    def decide(poll: int) -> None:
        if poll % 2 and waiting:
            identifier = waiting.pop()
            emulator.approve(identifier) if len(waiting) % 2 else emulator.deny(identifier)

    changes = await watched(client, ids, decide)
    start, later = changes[:count], changes[count:]
    assert [change.registration_id for change in start] == ids
    assert {(change.status, change.previous) for change in start} == {("REVIEWING", None)}
    assert sorted(change.registration_id for change in later) == sorted(ids)
    assert {change.previous for change in later} == {"REVIEWING"}
    assert {change.status for change in later} <= {"COMPLETE", "REQUIRES_UPDATES"}
    assert {change.version_number for change in changes} == {1}


async def test_it_ends_at_once_if_no_status_can_change(client: SMSVoiceClient) -> None:
    made = await client.create_registration(registration_type=BRAND.registration_type)
    changes = await watched(client, [made.registration_id], lambda _: pytest.fail("waited"))
    assert [change.status for change in changes] == ["CREATED"]
    assert await watched(client, [], lambda _: pytest.fail("waited")) == []


async def test_events_are_hints(client: SMSVoiceClient, emulator: Emulator) -> None:
    ids = await submitted(client, 8)
    queue: asyncio.Queue[Any] = asyncio.Queue()

    async def events() -> AsyncIterator[Any]:
        while True:
            yield await queue.get()

    async def never(_: float) -> None:
        await asyncio.Event().wait()

    registrar = Registrar(client, sleep=never)
    changes = registrar.watch(ids, events=events())
    for identifier in ids:
        assert (await changes.__anext__()).registration_id == identifier
    queue.put_nowait(event("registration-of-somebody-else"))
    queue.put_nowait(b"no event")
    queue.put_nowait(object())
    queue.put_nowait(event(ids[1], "COMPLETE"))  # nothing changed: the status is read
    for index, identifier in enumerate(ids):
        emulator.approve(identifier)
        payload = event(identifier)
        forms = [payload, json.dumps(payload), json.dumps(payload).encode()]
        forms.append(RegistrationStatusChange(registration_id=identifier))
        for _ in range(3):
            queue.put_nowait(forms[index % 4])
        change = await asyncio.wait_for(changes.__anext__(), 20)
        assert (change.registration_id, change.status) == (identifier, "COMPLETE")
    with pytest.raises(StopAsyncIteration):
        await changes.__anext__()


async def test_lost_doubled_and_late_events(client: SMSVoiceClient, emulator: Emulator) -> None:
    ids = await submitted(client, 40)
    chance = random.Random(3)  # noqa: S311 -- the same on every run
    queue: asyncio.Queue[Any] = asyncio.Queue()
    waiting = list(ids)

    async def events() -> AsyncIterator[Any]:
        while True:
            yield await queue.get()

    def decide(_: int) -> None:
        for _ in range(min(4, len(waiting))):
            identifier = waiting.pop()
            emulator.approve(identifier)
            for _ in range(chance.choice([0, 0, 1, 2, 5])):
                queue.put_nowait(event(chance.choice([identifier, chance.choice(ids)])))

    changes = await watched(client, ids, decide, events())
    final = [change.registration_id for change in changes if change.status == "COMPLETE"]
    assert sorted(final) == sorted(ids)


async def test_events_of_some_do_not_put_off_the_reading_of_all(
    client: SMSVoiceClient, emulator: Emulator
) -> None:
    quiet, loud = await submitted(client, 2)
    waits = 0

    async def events() -> AsyncIterator[Any]:
        while True:
            yield event(loud)
            await asyncio.sleep(0)

    async def sleep(_: float) -> None:
        nonlocal waits
        waits += 1
        for _ in range(200):  # many events arrive meanwhile
            await asyncio.sleep(0)

    registrar = Registrar(client, sleep=sleep)
    changes = registrar.watch([quiet, loud], events=events())
    for _ in range(2):
        await changes.__anext__()
    emulator.approve(quiet)  # and its event is lost
    change = await asyncio.wait_for(changes.__anext__(), 20)
    assert (change.registration_id, change.status) == (quiet, "COMPLETE")
    assert waits
    await changes.aclose()


async def test_a_broken_source_of_events_ends_nothing(
    client: SMSVoiceClient, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    ids = await submitted(client, 2)

    async def events() -> AsyncIterator[Any]:
        yield event(ids[0])
        raise RuntimeError("secret of the queue")

    def decide(poll: int) -> None:
        if poll == 3:
            for identifier in ids:
                emulator.approve(identifier)

    changes = await watched(client, ids, decide, events())
    assert [change.status for change in changes[2:]] == ["COMPLETE", "COMPLETE"]
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


async def test_passing_failures_are_absorbed(client: SMSVoiceClient, emulator: Emulator) -> None:
    (identifier,) = await submitted(client, 1)
    made = [
        lambda: emulator.faults.throttle("DescribeRegistrations"),
        lambda: emulator.faults.server_error("DescribeRegistrations"),
        lambda: emulator.faults.drop("DescribeRegistrations"),
        lambda: emulator.approve(identifier),
    ]
    changes = await watched(client, [identifier], lambda poll: made[poll - 1]() and None)
    assert [change.status for change in changes] == ["REVIEWING", "COMPLETE"]


async def test_a_deleted_one(client: SMSVoiceClient, emulator: Emulator) -> None:
    ids = await submitted(client, 2)

    def decide(poll: int) -> None:
        emulator.approve(ids[1]) if poll == 2 else None
        if poll == 1:
            table = emulator._world.state
            table.remove("registrations", ids[0], emulator._world.arn(f"registration/{ids[0]}"))

    changes = await watched(client, ids, decide)
    seen = [(change.registration_id, change.status) for change in changes[2:]]
    assert seen == [(ids[0], "DELETED"), (ids[1], "COMPLETE")]


async def test_unknown_ids(client: SMSVoiceClient) -> None:
    (identifier,) = await submitted(client, 1)
    nobody = "registration-" + "0" * 32
    for ids in ([nobody], [identifier, nobody], [nobody[:-1] + str(n) for n in range(7)]):
        with pytest.raises(RegistrationError, match="there is no registration"):
            await watched(client, ids, lambda _: None)


async def test_one_text_is_no_list_of_ids(client: SMSVoiceClient) -> None:
    with pytest.raises(RegistrationError, match="must be a list of ids"):
        await watched(client, "registration-" + "0" * 32, lambda _: None)


@pytest.mark.parametrize("interval", [0, -1, float("nan"), float("inf")])
async def test_intervals(client: SMSVoiceClient, interval: float) -> None:
    with pytest.raises(ValueError, match="poll_interval"):
        _ = [c async for c in Registrar(client).watch([], poll_interval=interval)]


def our_tasks() -> set[object]:
    """Return the tasks of this loop without those of the emulator's server."""
    return {task for task in asyncio.all_tasks() if "RequestHandler" not in repr(task)}


async def test_leaving_early_leaves_no_task(client: SMSVoiceClient) -> None:
    ids = await submitted(client, 1)

    async def events() -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield None

    before = our_tasks()
    changes = Registrar(client).watch(ids, events=events())
    await changes.__anext__()
    waiting = asyncio.ensure_future(changes.__anext__())
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await changes.aclose()  # type: ignore[attr-defined]  # an asynchronous generator
    assert our_tasks() == before
