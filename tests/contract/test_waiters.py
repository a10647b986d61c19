"""Waiters: how they end, what they report, which failures they tolerate, and what they cost."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import (
    ActionRequiredError,
    CallTimeoutError,
    ConfigurationError,
    RetryPolicy,
    SMSVoiceClient,
    WaiterError,
    WaiterFailedError,
    WaiterTimeoutError,
)
from smsreg.errors import ConnectError, InvalidResponseError, ServiceError
from smsreg.sms_voice import AccessDeniedException
from tests.support.loops import advance_time
from tests.support.scripts import Reply, refusal

if TYPE_CHECKING:
    from smsreg.emulator import Emulator
    from smsreg.waiters import PollEvent
    from tests.support.clients import Delays
    from tests.support.server import Request, Server

pytestmark = pytest.mark.sampled

TOLL_FREE, BRAND = "US_TOLL_FREE_REGISTRATION", "US_TEN_DLC_BRAND_REGISTRATION"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

WAITERS = {
    "registration_complete": (
        "DescribeRegistrations", "Registrations", "RegistrationId", "RegistrationStatus",
        {"SUBMITTED", "REVIEWING", "PROVISIONING", "AWS_REVIEWING", "TOMORROW"},
        {"COMPLETE"}, {"CLOSED", "DELETED"}, {"REQUIRES_UPDATES", "REQUIRES_AUTHENTICATION"},
    ),
    "registration_version_approved": (
        "DescribeRegistrationVersions", "RegistrationVersions", "VersionNumber",
        "RegistrationVersionStatus",
        {"DRAFT", "SUBMITTED", "REVIEWING", "REQUIRES_OFFLINE_REVIEW", "TOMORROW"},
        {"APPROVED"}, {"DISCARDED", "REVOKED", "ARCHIVED"}, {"DENIED", "REQUIRES_AUTHENTICATION"},
    ),
    "registration_attachment_uploaded": (
        "DescribeRegistrationAttachments", "RegistrationAttachments", "RegistrationAttachmentId",
        "AttachmentStatus", {"UPLOAD_IN_PROGRESS", "TOMORROW"},
        {"UPLOAD_COMPLETE"}, {"UPLOAD_FAILED", "DELETED"}, set(),
    ),
    "phone_number_active": (
        "DescribePhoneNumbers", "PhoneNumbers", "PhoneNumberId", "Status",
        {"PENDING", "ASSOCIATING", "DISASSOCIATING", "TOMORROW"},
        {"ACTIVE"}, {"DELETED"}, set(),
    ),
    "pool_active": (
        "DescribePools", "Pools", "PoolId", "Status", {"CREATING", "TOMORROW"},
        {"ACTIVE"}, {"DELETING"}, set(),
    ),
    "verified_destination_number_verified": (
        "DescribeVerifiedDestinationNumbers", "VerifiedDestinationNumbers",
        "VerifiedDestinationNumberId", "Status", {"PENDING", "TOMORROW"},
        {"VERIFIED"}, {"UNSUPPORTED"}, set(),
    ),
}  # fmt: skip
CASES = [
    pytest.param(name, status, kind, id=f"{name}-{status}")
    for name, (_, _, _, _, *groups) in WAITERS.items()
    for kind, statuses in zip(("passing", "success", "failure", "action"), groups, strict=True)
    for status in sorted(statuses)
]


def snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class ScriptedResource:
    """Describes the resource of one waiter, with a sequence of statuses."""

    def __init__(self, waiter: str, *statuses: str | Reply | None) -> None:
        self.operation, self.listing, self.id, self.status, *_ = WAITERS[waiter]
        self.statuses = list(statuses)
        self.wanted = 7 if self.id == "VersionNumber" else "wanted-7"

    def __call__(self, seen: Request) -> Reply:
        if seen.operation != self.operation:
            return Reply({})
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if isinstance(status, Reply):
            return status
        if status is None:
            return Reply({self.listing: []})
        return Reply({self.listing: [{self.id: self.wanted, self.status: status}]})

    async def wait(self, client: SMSVoiceClient, waiter: str, **options: Any) -> Any:
        method = getattr(client, f"wait_until_{waiter}")
        wanted = {snake(self.id): self.wanted}
        if self.id == "VersionNumber":
            wanted["registration_id"] = "registration-7"
        return await method(**wanted, **options)


@pytest.fixture
async def scripted(serve: Any, open_client: Any, retry_policy: Any) -> Any:
    async def start(
        waiter: str, *statuses: str | Reply | None
    ) -> tuple[ScriptedResource, Server, Any]:
        handler = ScriptedResource(waiter, *statuses)
        server = await serve(handler)
        client = open_client(server.url, retry=retry_policy())
        await client.open()
        return handler, server, client

    return start


POOL = "pool_active"

# --- how they end


@pytest.mark.parametrize(("waiter", "status", "kind"), CASES)
async def test_states(scripted: Any, waiter: str, status: str, kind: str) -> None:
    one, server, client = await scripted(waiter, status, *WAITERS[waiter][5])
    polls = 1
    if kind == "passing":
        polls = 2
    if kind in {"passing", "success"}:
        found = await one.wait(client, waiter)
        assert getattr(found, snake(one.status)) in WAITERS[waiter][5]
    else:
        expected = WaiterFailedError if kind == "failure" else ActionRequiredError
        with pytest.raises(WaiterError) as caught:
            await one.wait(client, waiter)
        assert type(caught.value) is expected
        assert status in str(caught.value)
        assert caught.value.last is not None
        assert caught.value.elapsed < 1
    assert len(server.of(one.operation)) >= polls
    assert client._groups == {}


async def test_what_does_not_exist(scripted: Any, waits: Delays) -> None:
    one, _, client = await scripted(POOL, None)
    with pytest.raises(WaiterFailedError, match="does not exist") as caught:
        await one.wait(client, POOL)
    assert caught.value.last is None
    assert 30 < caught.value.elapsed < 60
    assert sum(waits) >= 30


async def test_a_resource_that_the_service_does_not_find(scripted: Any) -> None:
    one, _, client = await scripted(POOL, refusal("ResourceNotFoundException"))
    with pytest.raises(WaiterFailedError, match="does not exist"):
        await one.wait(client, POOL)


async def test_reads_that_lag_behind(scripted: Any) -> None:
    gone = refusal("ResourceNotFoundException")
    one, _, client = await scripted(POOL, None, gone, None, "CREATING", None, "ACTIVE")
    assert (await one.wait(client, POOL)).pool_id == "wanted-7"


async def test_what_is_deleted_while_it_is_waited_for(scripted: Any) -> None:
    waiter = "registration_complete"
    one, _, client = await scripted(waiter, "REVIEWING", "REVIEWING", None)
    with pytest.raises(WaiterFailedError, match="no longer exists") as caught:
        await one.wait(client, waiter)
    assert caught.value.last.registration_status == "REVIEWING"


@pytest.mark.parametrize(
    ("options", "delays"),
    [
        ({"timeout": 10}, [1, 2, 4, 3]),
        ({"timeout": 7}, [1, 2, 4]),
        ({"timeout": 3, "min_delay": 2}, [2, 1]),
        ({"timeout": 0}, []),
    ],
)
async def test_the_time_limit(
    scripted: Any, waits: Delays, options: dict[str, float], delays: list[float]
) -> None:
    one, server, client = await scripted(POOL, "CREATING")
    with pytest.raises(WaiterTimeoutError) as caught:
        await one.wait(client, POOL, **options)
    assert isinstance(caught.value, TimeoutError)
    assert waits[:-1] == delays[:-1]
    assert waits[-1:] == pytest.approx(delays[-1:], abs=0.9)  # without the time of the polls
    assert len(server.requests) == len(delays) + 1
    assert caught.value.last.status == "CREATING"
    assert caught.value.elapsed == pytest.approx(options["timeout"], abs=0.9)
    assert "CREATING" in str(caught.value)


@pytest.mark.parametrize(
    ("waiter", "least", "most"),
    [
        ("registration_complete", None, None),
        ("registration_version_approved", None, None),
        ("registration_attachment_uploaded", 300, 303),
        ("phone_number_active", 600, 603),
        (POOL, 300, 303),
        ("verified_destination_number_verified", 600, 603),
    ],
)
async def test_default_time_limits(
    scripted: Any, waits: Delays, waiter: str, least: float | None, most: float | None
) -> None:
    """A wait for a review has no time limit: after a month it still continues."""
    one, _, client = await scripted(waiter, "TOMORROW")
    hours = 2

    def stop(event: PollEvent) -> None:
        if event.elapsed > hours * 3_600:
            raise KeyError

    with pytest.raises((KeyError, WaiterTimeoutError)) as caught:
        await one.wait(client, waiter, on_poll=stop)
    if least is None or most is None:
        assert caught.type is KeyError
        assert max(waits) == 600
        hours = 30 * 24
        with pytest.raises(KeyError):
            await one.wait(client, waiter, on_poll=stop, max_delay=86_400)
    else:
        assert caught.type is WaiterTimeoutError
        assert least <= sum(waits) + 1 <= most


@pytest.mark.parametrize("kind", ["TOLL_FREE", "TEN_DLC"])
async def test_numbers_that_stay_pending_for_days(scripted: Any, waits: Delays, kind: str) -> None:
    pending = Reply(
        {"PhoneNumbers": [{"PhoneNumberId": "wanted-7", "Status": "PENDING", "NumberType": kind}]}
    )
    one, _, client = await scripted("phone_number_active", *[pending] * 100, "ACTIVE")
    found = await one.wait(client, "phone_number_active", max_delay=3_600)
    assert found.status == "ACTIVE"
    assert sum(waits) > 2 * 86_400
    one.statuses = [pending]
    with pytest.raises(WaiterTimeoutError, match=r"timed out after \d+ s, last status PENDING"):
        await one.wait(client, "phone_number_active", timeout=900)


async def test_other_phone_numbers_time_out_after_minutes(scripted: Any) -> None:
    pending = Reply(
        {
            "PhoneNumbers": [
                {"PhoneNumberId": "wanted-7", "Status": "PENDING", "NumberType": "LONG_CODE"}
            ]
        }
    )
    one, _, client = await scripted("phone_number_active", pending)
    with pytest.raises(WaiterTimeoutError, match="600 s"):
        await one.wait(client, "phone_number_active")


async def test_a_hanging_poll_does_not_outlast_the_time_limit(scripted: Any) -> None:
    one, server, client = await scripted(POOL, Reply(fault="stall"))
    task = asyncio.create_task(one.wait(client, POOL, timeout=5))
    await server.received(1)
    advance_time(5)
    with pytest.raises(WaiterTimeoutError):
        await task
    assert len(server.requests) == 1


# --- delays and time limits


async def test_delays_double_between_their_limits(scripted: Any, waits: Delays) -> None:
    statuses = ["SUBMITTED"] * 10
    waiter = "registration_complete"
    one, _, client = await scripted(waiter, *statuses, "COMPLETE")
    await one.wait(client, waiter)
    assert waits == [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]
    del waits[:]
    one.statuses = [*statuses, "COMPLETE"]
    await one.wait(client, waiter, min_delay=1, max_delay=3)
    assert waits == [1, 2, 3, 3, 3, 3, 3, 3, 3, 3]


async def test_jitter_takes_at_most_half(serve: Any, open_client: Any, waits: Delays) -> None:
    numbers = [0.0, 0.5, 1.0]
    policy = RetryPolicy(jitter=lambda: numbers.pop(0), sleep=waits.sleep)
    one = ScriptedResource(POOL, "CREATING", "CREATING", "CREATING", "ACTIVE")
    server = await serve(one)
    await one.wait(open_client(server.url, retry=policy), POOL)
    assert waits == [0.5, 1.5, 4.0]


NAN, INFINITE = float("nan"), float("inf")
NO_DELAY = [0, 0.0, -1, NAN, INFINITE, -INFINITE, "1", True, 10**400]


@pytest.mark.parametrize(
    "wrong",
    [
        *({"min_delay": value} for value in NO_DELAY),
        *({"max_delay": value} for value in NO_DELAY),
        {"min_delay": 5, "max_delay": 4},
        {"min_delay": 16, "max_delay": 15.9},
        *({"timeout": value} for value in (-1, -0.001, NAN, -INFINITE, "60", True, [1])),
    ],
    ids=str,
)
async def test_unusable_settings(scripted: Any, wrong: dict[str, Any]) -> None:
    one, server, client = await scripted(POOL, "ACTIVE")
    with pytest.raises(ConfigurationError, match=r"(_delay|timeout) must") as caught:
        await one.wait(client, POOL, **wrong)
    assert any(name in str(caught.value) for name in wrong)
    assert server.requests == []
    assert client._groups == {}


@pytest.mark.parametrize("timeout", [INFINITE, 10**400, 1e300], ids=str)
async def test_a_timeout_without_end(scripted: Any, waits: Delays, timeout: float) -> None:
    one, _, client = await scripted(POOL, *["CREATING"] * 100, "ACTIVE")
    assert (await one.wait(client, POOL, timeout=timeout)).status == "ACTIVE"
    assert sum(waits) > 600


async def test_one_limit_moves_the_other_default(scripted: Any, waits: Delays) -> None:
    one, _, client = await scripted(POOL, *["CREATING"] * 3, "ACTIVE")
    await one.wait(client, POOL, min_delay=40)
    assert waits == [40, 40, 40]
    del waits[:]
    one.statuses = [*["CREATING"] * 3, "ACTIVE"]
    await one.wait(client, POOL, max_delay=0.5)
    assert waits == [0.5, 0.5, 0.5]


async def test_on_poll_is_called_after_each_poll_that_does_not_end_the_wait(scripted: Any) -> None:
    events: list[PollEvent] = []
    one, _, client = await scripted(POOL, None, "CREATING", "ACTIVE")
    await one.wait(client, POOL, on_poll=events.append)
    assert [(e.resource, e.status, e.next_delay) for e in events] == [
        ("wanted-7", None, 1.0), ("wanted-7", "CREATING", 2.0),
    ]  # fmt: skip
    assert [round(event.elapsed) for event in events] == [0, 1]
    assert events[0].description is None
    assert events[1].description.status == "CREATING"
    assert "description" not in repr(events[1])


async def test_what_on_poll_raises_ends_the_wait(scripted: Any) -> None:
    def stop(_: PollEvent) -> None:
        raise KeyError

    one, _, client = await scripted(POOL, "CREATING")
    with pytest.raises(KeyError):
        await one.wait(client, POOL, on_poll=stop)
    assert client._groups == {}


# --- failures that they tolerate


PASSING = [
    [refusal("ThrottlingException")] * 9,
    [refusal("SlowDown", 503)] * 9,
    [Reply(b"", 500)] * 9,
    [refusal("InternalServerException", 500)] * 9,
    [refusal("RequestTimeoutException", 408)] * 9,
    [refusal("PriorRequestNotComplete")] * 9,
    [Reply(fault="drop")] * 9,
    [Reply(b"<html>")] * 9,
]


@pytest.mark.parametrize("replies", PASSING, ids=lambda r: str(r[0].fault or r[0].content)[:40])
@pytest.mark.parametrize("before", [[], ["CREATING"]], ids=["at-first", "later"])
async def test_throttles_and_passing_failures(
    scripted: Any, replies: list[Reply], before: list[str]
) -> None:
    one, server, client = await scripted(POOL, *before, *replies, "ACTIVE")
    assert (await one.wait(client, POOL)).status == "ACTIVE"
    assert len(server.requests) == len(before) + 10


async def test_a_long_outage_does_not_make_a_resource_a_missing_one(
    scripted: Any, waits: Delays
) -> None:
    waiter = "registration_complete"
    outage = [refusal("ServiceUnavailable", 503)] * 60
    one, _, client = await scripted(waiter, *outage, "COMPLETE")
    assert (await one.wait(client, waiter)).registration_status == "COMPLETE"
    assert sum(waits) > 3_600


async def test_a_server_that_cannot_be_reached(
    serve: Any, open_client: Any, retry_policy: Any
) -> None:
    server = await serve(lambda _: Reply())
    url = server.url
    await server.stop()
    one = ScriptedResource(POOL)
    with pytest.raises(WaiterTimeoutError):
        await one.wait(open_client(url, retry=retry_policy()), POOL, timeout=20)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (refusal("AccessDeniedException"), AccessDeniedException),
        (refusal("UnrecognizedClientException", 403), ServiceError),
        (Reply(b"", 302, {"Location": "https://elsewhere.invalid/"}), InvalidResponseError),
    ],
)
async def test_what_will_not_pass_ends_the_wait(
    scripted: Any, reply: Reply, expected: type[Exception]
) -> None:
    one, server, client = await scripted(POOL, "CREATING", reply)
    with pytest.raises(expected):
        await one.wait(client, POOL)
    assert len(server.requests) == 2
    assert client._groups == {}


async def test_cancelled_it_leaves_nothing(scripted: Any) -> None:
    one, server, client = await scripted(POOL, Reply(fault="stall"))
    before = asyncio.all_tasks()
    task = asyncio.create_task(one.wait(client, POOL))
    await server.received(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.01)
    assert asyncio.all_tasks() - before - server.tasks == set()
    assert client._groups == {}
    assert client.retry_capacity == 500


async def test_a_call_out_of_time_is_a_passing_failure(scripted: Any) -> None:
    one, server, client = await scripted(POOL, Reply(fault="stall"), "ACTIVE")
    await client.open()
    task = asyncio.create_task(one.wait(client.with_options(timeout=5), POOL))
    await server.received(1)
    advance_time(5)
    assert (await task).status == "ACTIVE"
    assert issubclass(CallTimeoutError, TimeoutError)
    assert not issubclass(ConnectError, TimeoutError)


# --- action required


async def fill(client: SMSVoiceClient, registration: str) -> None:
    listing = client.describe_registration_field_definitions(registration_type=TOLL_FREE)
    made = await client.create_registration_attachment(attachment_body=PNG)
    attachment = made.registration_attachment_id or ""
    await client.wait_until_registration_attachment_uploaded(registration_attachment_id=attachment)
    async for field in listing:
        if field.field_requirement == "OPTIONAL":
            continue
        value: dict[str, Any] = {}
        if field.field_type == "SELECT":
            options = field.select_validation.options or []  # type: ignore[union-attr]  # always there
            value = {"select_choices": [options[0]]}
        elif field.field_type == "ATTACHMENT":
            value = {"registration_attachment_id": attachment}
        else:
            example = field.display_hints.example_text_value  # type: ignore[union-attr]  # always there
            value = {"text_value": example}
        await client.put_registration_field_value(
            registration_id=registration, field_path=field.field_path or "", **value
        )


async def submitted(client: SMSVoiceClient, verdict: Any) -> str:
    made = await client.create_registration(registration_type=TOLL_FREE)
    registration = made.registration_id or ""
    number = await client.request_phone_number(
        iso_country_code="US", message_type="TRANSACTIONAL", number_capabilities=["SMS"],
        number_type="TOLL_FREE",
    )  # fmt: skip
    await client.create_registration_association(
        registration_id=registration, resource_id=number.phone_number_id or ""
    )
    await fill(client, registration)
    verdict(registration)
    await client.submit_registration_version(registration_id=registration)
    return registration


FAULTS = {"companyInfo.website": "It does not open", "contactInfo.firstName": "Not a name"}


async def test_a_denial(client: SMSVoiceClient, emulator: Emulator) -> None:
    registration = await submitted(
        client, lambda r: emulator.deny(r, "Cannot be verified", fields=FAULTS)
    )
    version = await client.describe_registration_versions(registration_id=registration)
    versions = version.registration_versions or []
    for wait in (
        client.wait_until_registration_complete(registration_id=registration),
        client.wait_until_registration_version_approved(
            registration_id=registration, version_number=1
        ),
    ):
        with pytest.raises(ActionRequiredError) as caught:
            await wait
        error = caught.value
        assert [reason.short_description for reason in error.denied_reasons] == [
            reason.short_description
            for reason in (
                await client.describe_registration_versions(registration_id=registration)
            )
            .registration_versions[0]
            .denied_reasons  # type: ignore[index]  # always there
            or []
        ]
        assert error.denied_reasons
        assert set(error.field_reasons) == set(FAULTS)
        for path, text in FAULTS.items():
            assert text in error.field_reasons[path]
        assert error.last is not None
    assert len(versions) == 1


async def test_an_approval(client: SMSVoiceClient) -> None:
    registration = await submitted(client, lambda _: None)
    done = await client.wait_until_registration_complete(registration_id=registration)
    assert done.registration_status == "COMPLETE"
    approved = await client.wait_until_registration_version_approved(
        registration_id=registration, version_number=1
    )
    assert approved.registration_version_status == "APPROVED"


class DeniedRegistration:
    """A denied registration, whose reasons are in its versions and field values."""

    def __init__(self, versions: list[Reply], values: list[Reply]) -> None:
        self.replies_by_operation = {
            "DescribeRegistrationVersions": versions,
            "DescribeRegistrationFieldValues": values,
        }

    def __call__(self, seen: Request) -> Reply:
        if seen.operation == "DescribeRegistrations":
            one = {
                "RegistrationId": "r-1",
                "RegistrationStatus": "REQUIRES_UPDATES",
                "LatestDeniedVersionNumber": 3,
            }
            return Reply({"Registrations": [one]})
        replies = self.replies_by_operation[seen.operation]
        return replies.pop(0) if len(replies) > 1 else replies[0]


VERSIONS = Reply({
    "RegistrationVersions": [{
        "VersionNumber": 3,
        "DeniedReasons": [{"Reason": "R", "ShortDescription": "short"}],
        "Feedback": "as a whole",
    }]
})  # fmt: skip
VALUES = [
    Reply({
        "RegistrationFieldValues": [
            {"FieldPath": "a", "DeniedReason": "wrong", "Feedback": "say more"},
            {"FieldPath": "b", "TextValue": "fine"},
        ],
        "NextToken": "more",
    }),
    Reply({"RegistrationFieldValues": [{"FieldPath": "c", "Feedback": "only this"}]}),
]  # fmt: skip


async def test_what_is_read_of_a_denial(serve: Any, open_client: Any, retry_policy: Any) -> None:
    server = await serve(DeniedRegistration([VERSIONS], list(VALUES)))
    client = open_client(server.url, retry=retry_policy())
    with pytest.raises(ActionRequiredError) as caught:
        await client.wait_until_registration_complete(registration_id="r-1")
    error = caught.value
    assert [(r.reason, r.short_description) for r in error.denied_reasons] == [("R", "short")]
    assert error.feedback == "as a whole"
    assert error.field_reasons == {"a": ["wrong", "say more"], "c": ["only this"]}
    assert server.of("DescribeRegistrationVersions")[0].params == {
        "RegistrationId": "r-1", "VersionNumbers": [3],
    }  # fmt: skip
    assert server.of("DescribeRegistrationFieldValues")[0].params == {
        "RegistrationId": "r-1", "VersionNumber": 3,
    }  # fmt: skip


async def test_reasons_that_cannot_be_read_just_now_are_read_later(
    serve: Any, open_client: Any, retry_policy: Any
) -> None:
    throttles = [refusal("ThrottlingException")] * 3
    drops = [Reply(fault="drop")] * 3
    server = await serve(DeniedRegistration([*throttles, VERSIONS], [*drops, VALUES[1]]))
    client = open_client(server.url, retry=retry_policy())
    with pytest.raises(ActionRequiredError) as caught:
        await client.wait_until_registration_complete(registration_id="r-1")
    assert caught.value.feedback == "as a whole"
    assert caught.value.field_reasons == {"c": ["only this"]}


async def test_reasons_that_may_not_be_read(
    serve: Any, open_client: Any, retry_policy: Any
) -> None:
    server = await serve(DeniedRegistration([VERSIONS], [refusal("AccessDeniedException")]))
    client = open_client(server.url, retry=retry_policy())
    with pytest.raises(ActionRequiredError) as caught:
        await client.wait_until_registration_complete(registration_id="r-1")
    assert caught.value.feedback == "as a whole"
    assert caught.value.field_reasons == {}
    assert isinstance(caught.value.__cause__, AccessDeniedException)


# --- many at once


class ManyRegistrations:
    """Many registrations that complete after some polls; nothing waits for the ``others``."""

    def __init__(self, count: int, *, others: int = 0) -> None:
        self.ids = [f"registration-{number}" for number in range(count)]
        self.others = [f"other-{number}" for number in range(others)]
        self.polls = 0
        self.done_after = 3

    def __call__(self, seen: Request) -> Reply:
        wanted = seen.params.get("RegistrationIds")
        everything = [*self.others, *self.ids]
        start = int(seen.params.get("NextToken", "0"))
        chosen = wanted or everything[start : start + 100]
        more = {}
        if not wanted and start + 100 < len(everything):
            more = {"NextToken": str(start + 100)}
        self.polls += self.ids[0] in chosen
        status = "COMPLETE" if self.polls > self.done_after else "REVIEWING"
        found = [{"RegistrationId": id_, "RegistrationStatus": status} for id_ in chosen]
        return Reply({"Registrations": found, **more})


class FixedSleeps:
    """Sleeps of a fixed length, whatever delay is requested."""

    def __init__(self, length: float = 0.05) -> None:
        self.length = length

    async def sleep(self, _: float) -> None:
        await asyncio.sleep(self.length)


@pytest.mark.parametrize("length", [0.0, 0.05])
@pytest.mark.parametrize("count", [5, 6, 300])
async def test_waits_for_many_share_their_polls(
    serve: Any, open_client: Any, count: int, length: float
) -> None:
    service = ManyRegistrations(count)
    server = await serve(service)
    policy = RetryPolicy(jitter=lambda: 1.0, sleep=FixedSleeps(length).sleep)
    client = open_client(server.url, retry=policy)
    await client.open()
    found = await asyncio.gather(
        *(client.wait_until_registration_complete(registration_id=id_) for id_ in service.ids)
    )
    assert [one.registration_id for one in found] == service.ids
    assert {one.registration_status for one in found} == {"COMPLETE"}
    polls = service.done_after + 2  # the first one may poll alone
    by_ids, by_listing = -(-count // 5), -(-count // 100)
    assert len(server.requests) <= polls * max(min(by_ids, by_listing), 1) + 1
    for seen in server.requests:
        assert len(seen.params.get("RegistrationIds", ())) <= 5
    assert client._groups == {}


async def test_few_among_thousands_are_polled_by_their_ids(serve: Any, open_client: Any) -> None:
    service = ManyRegistrations(12, others=2_000)
    server = await serve(service)
    policy = RetryPolicy(jitter=lambda: 1.0, sleep=FixedSleeps().sleep)
    client = open_client(server.url, retry=policy)
    await client.open()
    await asyncio.gather(
        *(client.wait_until_registration_complete(registration_id=id_) for id_ in service.ids)
    )
    listed = [seen for seen in server.requests if "RegistrationIds" not in seen.params]
    assert len(listed) <= 21, "that there are so many pages is learned once"


async def test_one_that_is_missing_does_not_hide_the_others(serve: Any, open_client: Any) -> None:
    def handler(seen: Request) -> Reply:
        wanted = seen.params.get("RegistrationIds", [])
        if "gone" in wanted:
            return refusal("ResourceNotFoundException")
        status = "COMPLETE" if len(server.requests) > 8 else "REVIEWING"
        found = [{"RegistrationId": id_, "RegistrationStatus": status} for id_ in wanted]
        return Reply({"Registrations": found})

    server = await serve(handler)
    policy = RetryPolicy(jitter=lambda: 1.0, sleep=FixedSleeps().sleep)
    client = open_client(server.url, retry=policy)
    names = ["gone", "a", "b", "c"]
    ends = await asyncio.gather(
        *(
            client.wait_until_registration_complete(registration_id=name, timeout=60)
            for name in names
        ),
        return_exceptions=True,
    )
    assert isinstance(ends[0], WaiterFailedError)
    assert [one.registration_id for one in ends[1:]] == names[1:]


async def test_a_failed_poll_ends_one_wait_at_a_time(serve: Any, open_client: Any) -> None:
    server = await serve(lambda _: refusal("AccessDeniedException"))
    client = open_client(server.url)
    ends = await asyncio.gather(
        *(client.wait_until_pool_active(pool_id=f"pool-{number}") for number in range(4)),
        return_exceptions=True,
    )
    assert {type(end) for end in ends} == {AccessDeniedException}
    assert len({id(end) for end in ends}) == 4


async def test_versions_of_two_registrations_are_not_mixed_up(
    serve: Any, open_client: Any, retry_policy: Any
) -> None:
    def handler(seen: Request) -> Reply:
        status = {"one": "APPROVED", "two": "DISCARDED"}[seen.params["RegistrationId"]]
        found = [{"VersionNumber": 1, "RegistrationVersionStatus": status}]
        return Reply({"RegistrationVersions": found})

    server = await serve(handler)
    client = open_client(server.url, retry=retry_policy())
    ends = await asyncio.gather(
        *(
            client.wait_until_registration_version_approved(
                registration_id=registration, version_number=1
            )
            for registration in ("one", "two")
        ),
        return_exceptions=True,
    )
    assert ends[0].registration_version_status == "APPROVED"
    assert isinstance(ends[1], WaiterFailedError)


async def test_by_arn(serve: Any, open_client: Any) -> None:
    arn = "arn:aws:sms-voice:us-east-1:1:pool/pool-1"
    found = {"PoolId": "pool-1", "PoolArn": arn, "Status": "ACTIVE"}
    server = await serve(lambda _: Reply({"Pools": [found]}))
    client = open_client(server.url)
    assert (await client.wait_until_pool_active(pool_id=arn)).pool_id == "pool-1"
