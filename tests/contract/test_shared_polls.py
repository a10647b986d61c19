"""Waiters that share polls: each gets its own result, whatever happens to the others."""

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

REGISTRATIONS = [f"registration-{number}" for number in range(12)]


class RegistrationService:
    """Describes registrations; a request that contains a refused id is refused as a whole.

    Args:
        refused: The error code for each id that is refused.
        polls: The number of requests after which all are complete.
        listing: The error code for a request for all of them; None to return the list.
    """

    def __init__(
        self, refused: dict[str, str] | None = None, polls: int = 30, listing: str | None = None
    ) -> None:
        self.refused = refused or {}
        self.polls = polls
        self.listing = listing
        self.seen: list[list[str] | None] = []
        self.blocked: asyncio.Event | None = None

    def __call__(self, seen: Request) -> Reply:
        wanted: list[str] | None = seen.params.get("RegistrationIds")
        self.seen.append(wanted)
        if wanted is None and self.listing is not None:
            return refusal(self.listing)
        for id_ in wanted or ():
            if id_ in self.refused:
                return refusal(self.refused[id_], message=f"{id_} is not for you")
        status = "COMPLETE" if len(self.seen) > self.polls else "REVIEWING"
        ids = wanted if wanted is not None else [*REGISTRATIONS, *self.refused]
        found = [{"RegistrationId": id_, "RegistrationStatus": status} for id_ in ids]
        return Reply({"Registrations": found})


class ShortSleeps:
    """Sleeps of a fixed short length."""

    async def sleep(self, _: float) -> None:
        await asyncio.sleep(0.01)


POLICY = RetryPolicy(jitter=lambda: 1.0, sleep=ShortSleeps().sleep)


@pytest.fixture
async def serve_registrations(serve: Any, open_client: Any) -> Any:
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
    serve_registrations: Any, code: str, count: int, at: str, listing: str | None
) -> None:
    """This holds even if the listing of all, which many waiters share, is refused."""
    handler = RegistrationService({"bad-1": code}, listing=listing)
    server, client = await serve_registrations(handler)
    names = (
        ["bad-1", *REGISTRATIONS[:count]] if at == "first" else [*REGISTRATIONS[:count], "bad-1"]
    )
    found = dict(zip(names, await ends(*(wait(client, name) for name in names)), strict=True))
    own = found.pop("bad-1")
    if not isinstance(own, Exception):  # the listing includes it, and is not refused
        assert count == 12
        assert listing is None
        found["bad-1"] = own
    else:
        assert type(own) is WRONG[code]
        assert "bad-1" in str(own)
    assert complete(list(found.values())) == list(found)
    assert client._groups == {}
    assert len(server.requests) <= handler.polls + 40


async def test_no_error_names_what_the_caller_did_not_ask_for(serve_registrations: Any) -> None:
    bad = {f"bad-{number}": "AccessDeniedException" for number in range(4)}
    _, client = await serve_registrations(RegistrationService(bad, listing="AccessDeniedException"))
    names = [*bad, *REGISTRATIONS[:4]]
    for name, end in zip(names, await ends(*(wait(client, n) for n in names)), strict=True):
        if name in bad:
            assert [other for other in names if other in str(end)] == [name]
            assert isinstance(end, AccessDeniedException)


async def test_an_id_that_breaks_a_rule_is_refused_before_it_joins(
    serve_registrations: Any,
) -> None:
    server, client = await serve_registrations(RegistrationService())
    found = await ends(
        *(wait(client, name) for name in ["no id!", "", *REGISTRATIONS[:3], "x" * 300])
    )
    for wrong in (found.pop(0), found.pop(0), found.pop()):
        assert type(wrong) is InvalidRequestError
    assert complete(found) == REGISTRATIONS[:3]
    assert all("no id!" not in request.body.decode() for request in server.requests)


async def test_one_that_does_not_exist(serve_registrations: Any) -> None:
    _, client = await serve_registrations(
        RegistrationService({"gone": "ResourceNotFoundException"}, polls=60)
    )
    found = await ends(*(wait(client, name) for name in ["gone", *REGISTRATIONS[:3]]))
    assert type(found.pop(0)) is WaiterFailedError
    assert complete(found) == REGISTRATIONS[:3]


async def test_one_whose_callback_raises(serve_registrations: Any) -> None:
    def stop(_: PollEvent) -> None:
        raise KeyError("mine")

    _, client = await serve_registrations(RegistrationService())
    found = await ends(
        wait(client, REGISTRATIONS[0], on_poll=stop),
        *(wait(client, name) for name in REGISTRATIONS[1:5]),
    )
    assert repr(found.pop(0)) == "KeyError('mine')"
    assert complete(found) == REGISTRATIONS[1:5]


async def test_one_whose_time_is_over(serve_registrations: Any) -> None:
    _, client = await serve_registrations(RegistrationService())
    found = await ends(
        wait(client, REGISTRATIONS[0], timeout=3),
        *(wait(client, name) for name in REGISTRATIONS[1:5]),
    )
    error = found.pop(0)
    assert type(error) is WaiterTimeoutError
    assert str(error) == "timed out after 3 s, last status REVIEWING"
    assert complete(found) == REGISTRATIONS[1:5]


async def test_views_with_times_of_their_own_poll_on_their_own(serve_registrations: Any) -> None:
    """A view whose calls time out too early does not end the polls of the others."""

    def handler(_: Request) -> Reply:
        found = [{"RegistrationId": i, "RegistrationStatus": "COMPLETE"} for i in REGISTRATIONS]
        return Reply({"Registrations": found}, delay=0.3)

    _, client = await serve_registrations(handler)
    hasty = client.with_options(timeout=0.02)
    tasks = [
        wait(hasty, REGISTRATIONS[0], timeout=100),
        *(wait(client, name) for name in REGISTRATIONS[1:4]),
    ]
    done = await ends(*tasks[1:])
    assert complete(done) == REGISTRATIONS[1:4]
    tasks[0].cancel()
    await asyncio.wait([tasks[0]])


async def test_views_that_are_alike_share_their_polls(serve_registrations: Any) -> None:
    server, client = await serve_registrations(RegistrationService(polls=3))
    await ends(*(wait(client.with_options(timeout=9), name) for name in REGISTRATIONS[:5]))
    assert len(server.requests) <= 6


@pytest.mark.parametrize("turns", range(0, 40, 2))
async def test_one_that_is_cancelled_while_it_polls(serve_registrations: Any, turns: int) -> None:
    """The poll that it started continues for the others, without another request."""
    handler = RegistrationService(polls=1)
    server, client = await serve_registrations(handler)
    before = asyncio.all_tasks() - server.tasks
    tasks = [wait(client, name) for name in REGISTRATIONS[:4]]
    for _ in range(turns):
        await asyncio.sleep(0)
    tasks[0].cancel()
    found = await ends(*tasks)
    first = found.pop(0)
    assert isinstance(first, asyncio.CancelledError) or first.registration_id == REGISTRATIONS[0]
    assert complete(found) == REGISTRATIONS[1:4]
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - server.tasks == before
    assert len(server.requests) <= 3


async def test_a_shared_poll_outlives_its_initiator(serve_registrations: Any) -> None:
    server, client = await serve_registrations(
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
    first, second = wait(client, REGISTRATIONS[0]), wait(client, REGISTRATIONS[1])
    await server.received(1)
    assert set(server.requests[0].params["RegistrationIds"]) == set(REGISTRATIONS[:2])
    first.cancel()
    found = await ends(first, second)
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1].registration_id == REGISTRATIONS[1]
    assert len(server.requests) == 1


async def test_the_last_one_that_is_cancelled_takes_the_poll_along(
    serve_registrations: Any,
) -> None:
    server, client = await serve_registrations(lambda _: Reply(fault="stall"))
    before = asyncio.all_tasks() - server.tasks
    tasks = [wait(client, name) for name in REGISTRATIONS[:4]]
    await server.received(1)
    for task in tasks:
        task.cancel()
    assert {type(end) for end in await ends(*tasks)} == {asyncio.CancelledError}
    assert asyncio.all_tasks() - server.tasks == before
    assert busy_connections(client) == 0
    assert client.retry_capacity == 500
    assert client._groups == {}


async def test_errors_that_all_share_are_each_ones_own(serve_registrations: Any) -> None:
    _, client = await serve_registrations(
        RegistrationService(dict.fromkeys(REGISTRATIONS[:4], "AccessDeniedException"))
    )
    found = await ends(*(wait(client, name) for name in REGISTRATIONS[:4]))
    assert {type(end) for end in found} == {AccessDeniedException}
    assert len({id(end) for end in found}) == 4
    assert len({id(end.__traceback__) for end in found}) == 4


async def test_closed_while_they_wait(serve_registrations: Any) -> None:
    for moment in ("poll", "pause"):
        handler: Any = (
            RegistrationService() if moment == "pause" else (lambda _: Reply(fault="stall"))
        )
        server, client = await serve_registrations(handler)
        sleeping = asyncio.Event()

        async def sleep(_: float, sleeping: asyncio.Event = sleeping) -> None:
            sleeping.set()
            await asyncio.Event().wait()

        before = asyncio.all_tasks() - server.tasks
        view = client.with_options(retry=RetryPolicy(sleep=sleep))
        tasks = [wait(view, name) for name in REGISTRATIONS]
        await (sleeping.wait() if moment == "pause" else server.received(1))
        await client.aclose()
        found = await ends(*tasks)
        assert {type(end) for end in found} == {ClientClosedError}
        assert all(isinstance(end, SmsregError) for end in found)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() - server.tasks == before
