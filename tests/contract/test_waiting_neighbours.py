"""Waiters that share polls: each gets its own verdict, whatever becomes of its neighbours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import (
    ClientClosedError,
    InvalidRequestError,
    RetryPolicy,
    SmsregError,
    SMSVoiceClient,
    WaiterFailedError,
    WaiterTimeoutError,
)
from smsreg.errors import ServiceError
from smsreg.sms_voice import AccessDeniedException, ValidationException
from tests.support.clients import busy_connections
from tests.support.scripts import Reply, refusal

if TYPE_CHECKING:
    from smsreg.waiters import PollEvent
    from tests.support.server import Request, Server

pytestmark = pytest.mark.sampled

GOOD = [f"registration-{number}" for number in range(12)]


class Registry:
    """Describes registrations; a refusal for one of them stands for the whole request.

    Args:
        refused: The error code for each id that is refused.
        polls: How many requests it takes until all are complete.
        listing: What a request for all of them is answered; None for the list.
    """

    def __init__(
        self, refused: dict[str, str] | None = None, polls: int = 30, listing: str | None = None
    ) -> None:
        self.refused = refused or {}
        self.polls = polls
        self.listing = listing
        self.seen: list[list[str] | None] = []
        self.held: asyncio.Event | None = None

    def __call__(self, seen: Request) -> Reply:
        wanted: list[str] | None = seen.params.get("RegistrationIds")
        self.seen.append(wanted)
        if wanted is None and self.listing is not None:
            return refusal(self.listing)
        for id_ in wanted or ():
            if id_ in self.refused:
                return refusal(self.refused[id_], message=f"{id_} is not for you")
        status = "COMPLETE" if len(self.seen) > self.polls else "REVIEWING"
        ids = wanted if wanted is not None else [*GOOD, *self.refused]
        found = [{"RegistrationId": id_, "RegistrationStatus": status} for id_ in ids]
        return Reply({"Registrations": found})


class Steps:
    """Sleeps of one short length."""

    async def sleep(self, _: float) -> None:
        await asyncio.sleep(0.01)


POLICY = RetryPolicy(jitter=lambda: 1.0, sleep=Steps().sleep)


@pytest.fixture
async def registry(serve: Any, open_client: Any) -> Any:
    async def start(handler: Any) -> tuple[Server, SMSVoiceClient]:
        server = await serve(handler)
        client: SMSVoiceClient = open_client(server.url, retry=POLICY)
        await client.open()
        return server, client

    return start


def wait(client: SMSVoiceClient, id_: str, **options: Any) -> asyncio.Task[Any]:
    waiting = client.wait_until_registration_complete(registration_id=id_, **options)
    return asyncio.create_task(waiting)


async def ends(*tasks: asyncio.Task[Any]) -> list[Any]:
    return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)


def complete(found: list[Any]) -> list[str]:
    assert {one.registration_status for one in found} == {"COMPLETE"}
    return [one.registration_id for one in found]


WRONG = {
    "ValidationException": ValidationException,
    "AccessDeniedException": AccessDeniedException,
    "SomethingNew": ServiceError,
}


@pytest.mark.parametrize("code", WRONG)
@pytest.mark.parametrize("count", [2, 4, 12])
@pytest.mark.parametrize("at", ["first", "last"])
@pytest.mark.parametrize("listing", [None, "AccessDeniedException"])
async def test_one_that_is_refused(
    registry: Any, code: str, count: int, at: str, listing: str | None
) -> None:
    """Also where the listing of all of them, which many waiters would use, is refused."""
    handler = Registry({"bad-1": code}, listing=listing)
    server, client = await registry(handler)
    names = ["bad-1", *GOOD[:count]] if at == "first" else [*GOOD[:count], "bad-1"]
    found = dict(zip(names, await ends(*(wait(client, name) for name in names)), strict=True))
    own = found.pop("bad-1")
    if not isinstance(own, Exception):  # the listing names it, and refuses nobody
        assert count == 12
        assert listing is None
        found["bad-1"] = own
    else:
        assert type(own) is WRONG[code]
        assert "bad-1" in str(own)
    assert complete(list(found.values())) == list(found)
    assert client._groups == {}
    assert len(server.requests) <= handler.polls + 40


async def test_no_error_names_what_the_caller_did_not_ask_for(registry: Any) -> None:
    bad = {f"bad-{number}": "AccessDeniedException" for number in range(4)}
    _, client = await registry(Registry(bad, listing="AccessDeniedException"))
    names = [*bad, *GOOD[:4]]
    for name, end in zip(names, await ends(*(wait(client, n) for n in names)), strict=True):
        if name in bad:
            assert [other for other in names if other in str(end)] == [name]
            assert isinstance(end, AccessDeniedException)


async def test_an_id_that_breaks_a_rule_is_refused_before_it_joins(registry: Any) -> None:
    server, client = await registry(Registry())
    found = await ends(*(wait(client, name) for name in ["no id!", "", *GOOD[:3], "x" * 300]))
    for wrong in (found.pop(0), found.pop(0), found.pop()):
        assert type(wrong) is InvalidRequestError
    assert complete(found) == GOOD[:3]
    assert all("no id!" not in request.body.decode() for request in server.requests)


async def test_one_that_does_not_exist(registry: Any) -> None:
    _, client = await registry(Registry({"gone": "ResourceNotFoundException"}, polls=60))
    found = await ends(*(wait(client, name) for name in ["gone", *GOOD[:3]]))
    assert type(found.pop(0)) is WaiterFailedError
    assert complete(found) == GOOD[:3]


async def test_one_whose_callback_raises(registry: Any) -> None:
    def stop(_: PollEvent) -> None:
        raise KeyError("mine")

    _, client = await registry(Registry())
    found = await ends(
        wait(client, GOOD[0], on_poll=stop), *(wait(client, name) for name in GOOD[1:5])
    )
    assert repr(found.pop(0)) == "KeyError('mine')"
    assert complete(found) == GOOD[1:5]


async def test_one_whose_time_is_over(registry: Any) -> None:
    _, client = await registry(Registry())
    found = await ends(
        wait(client, GOOD[0], timeout=3), *(wait(client, name) for name in GOOD[1:5])
    )
    error = found.pop(0)
    assert type(error) is WaiterTimeoutError
    assert str(error) == "timed out after 3 s, last status REVIEWING"
    assert complete(found) == GOOD[1:5]


async def test_views_with_times_of_their_own_poll_on_their_own(registry: Any) -> None:
    """A view whose calls end too soon to succeed does not end its neighbours' polls."""

    def handler(_: Request) -> Reply:
        found = [{"RegistrationId": i, "RegistrationStatus": "COMPLETE"} for i in GOOD]
        return Reply({"Registrations": found}, delay=0.3)

    _, client = await registry(handler)
    hasty = client.with_options(timeout=0.02)
    tasks = [wait(hasty, GOOD[0], timeout=100), *(wait(client, name) for name in GOOD[1:4])]
    done = await ends(*tasks[1:])
    assert complete(done) == GOOD[1:4]
    tasks[0].cancel()
    await asyncio.wait([tasks[0]])


async def test_views_that_are_alike_share_their_polls(registry: Any) -> None:
    server, client = await registry(Registry(polls=3))
    await ends(*(wait(client.with_options(timeout=9), name) for name in GOOD[:5]))
    assert len(server.requests) <= 6


@pytest.mark.parametrize("turns", range(0, 40, 2))
async def test_one_that_is_cancelled_while_it_polls(registry: Any, turns: int) -> None:
    """The poll that it began goes on for the others: not one request more is sent for them."""
    handler = Registry(polls=1)
    server, client = await registry(handler)
    before = asyncio.all_tasks() - server.tasks
    tasks = [wait(client, name) for name in GOOD[:4]]
    for _ in range(turns):
        await asyncio.sleep(0)
    tasks[0].cancel()
    found = await ends(*tasks)
    first = found.pop(0)
    assert isinstance(first, asyncio.CancelledError) or first.registration_id == GOOD[0]
    assert complete(found) == GOOD[1:4]
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - server.tasks == before
    assert len(server.requests) <= 3


async def test_a_shared_poll_outlives_its_initiator(registry: Any) -> None:
    server, client = await registry(
        lambda seen: Reply(
            {
                "Registrations": [
                    {"RegistrationId": id_, "RegistrationStatus": "COMPLETE"}
                    for id_ in seen.params["RegistrationIds"]
                ]
            },
            delay=0.1,
        )
    )
    first, second = wait(client, GOOD[0]), wait(client, GOOD[1])
    await server.received(1)
    assert set(server.requests[0].params["RegistrationIds"]) == set(GOOD[:2])
    first.cancel()
    found = await ends(first, second)
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1].registration_id == GOOD[1]
    assert len(server.requests) == 1


async def test_the_last_one_that_is_cancelled_takes_the_poll_along(registry: Any) -> None:
    server, client = await registry(lambda _: Reply(fault="stall"))
    before = asyncio.all_tasks() - server.tasks
    tasks = [wait(client, name) for name in GOOD[:4]]
    await server.received(1)
    for task in tasks:
        task.cancel()
    assert {type(end) for end in await ends(*tasks)} == {asyncio.CancelledError}
    assert asyncio.all_tasks() - server.tasks == before
    assert busy_connections(client) == 0
    assert client.retry_capacity == 500
    assert client._groups == {}


async def test_errors_that_all_share_are_each_ones_own(registry: Any) -> None:
    _, client = await registry(Registry(dict.fromkeys(GOOD[:4], "AccessDeniedException")))
    found = await ends(*(wait(client, name) for name in GOOD[:4]))
    assert {type(end) for end in found} == {AccessDeniedException}
    assert len({id(end) for end in found}) == 4
    assert len({id(end.__traceback__) for end in found}) == 4


async def test_closed_while_they_wait(registry: Any) -> None:
    for moment in ("poll", "pause"):
        handler: Any = Registry() if moment == "pause" else (lambda _: Reply(fault="stall"))
        server, client = await registry(handler)
        sleeping = asyncio.Event()

        async def sleep(_: float, sleeping: asyncio.Event = sleeping) -> None:
            sleeping.set()
            await asyncio.Event().wait()

        before = asyncio.all_tasks() - server.tasks
        view = client.with_options(retry=RetryPolicy(sleep=sleep))
        tasks = [wait(view, name) for name in GOOD]
        await (sleeping.wait() if moment == "pause" else server.received(1))
        await client.aclose()
        found = await ends(*tasks)
        assert {type(end) for end in found} == {ClientClosedError}
        assert all(isinstance(end, SmsregError) for end in found)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() - server.tasks == before
