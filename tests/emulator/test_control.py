"""The control API, called with plain HTTP."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from smsreg.emulator import Clock, Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FORM = "US_TEN_DLC_BRAND_VETTING"
OTHER = "?account=210987654321&region=eu-west-1"


class Control:
    """Calls of one emulator's control API; each returns the status and the JSON document."""

    def __init__(self, emulator: Emulator, http: aiohttp.ClientSession) -> None:
        self.emulator = emulator
        self._http = http

    async def __call__(
        self, method: str, path: str, document: Any = None, body: bytes | None = None
    ) -> tuple[int, Any]:
        data = body if document is None else json.dumps(document).encode()
        url = f"{self.emulator.url}/_emulator/{path}"
        async with self._http.request(method, url, data=data) as response:
            assert response.headers["Content-Type"].startswith("application/json")
            return response.status, await response.json()


@pytest.fixture
async def control(emulator: Emulator) -> AsyncIterator[Control]:
    async with aiohttp.ClientSession() as http:
        yield Control(emulator, http)


async def under_review(sms: Any, emulator: Emulator) -> str:
    emulator.settings.review_seconds = None
    made = await sms.create_registration(RegistrationType=FORM)
    identifier = str(made["RegistrationId"])
    emulator.settings.incomplete_submit = "deny"
    await sms.submit_registration_version(RegistrationId=identifier)
    return identifier


async def test_health_and_time(control: Control) -> None:
    status, health = await control("GET", "health")
    assert status == 200
    assert (health["status"], health["account"], health["region"]) == (
        "ok",
        "123456789012",
        "us-east-1",
    )
    status, moved = await control("POST", "clock", {"advance": 86_400})
    assert (status, moved["now"]) == (200, health["now"] + 86_400)
    assert await control("GET", "clock") == (200, moved)
    assert control.emulator.clock.offset == 86_400


async def test_verdicts(control: Control, sms: Any) -> None:
    identifier = await under_review(sms, control.emulator)
    path = f"registrations/{identifier}"
    waiting = await control("POST", f"{path}/require-authentication")
    assert waiting == (200, {"id": identifier, "status": "REQUIRES_AUTHENTICATION"})
    assert (await control("POST", f"{path}/approve"))[1]["status"] == "COMPLETE"
    assert (await control("POST", f"{path}/revoke", {}))[1]["status"] == "REQUIRES_UPDATES"
    [listed] = (await control("GET", "registrations"))[1]
    assert (listed["id"], listed["version_status"]) == (identifier, "REVOKED")
    identifier = await under_review(sms, control.emulator)
    reason = {"reason": "Unclear Opt-in Language", "fields": {"companyInfo.website": "No"}}
    denied = await control("POST", f"registrations/{identifier}/deny", reason)
    assert denied == (200, {"id": identifier, "status": "REQUIRES_UPDATES"})
    versions = await sms.describe_registration_versions(RegistrationId=identifier)
    [denial] = versions["RegistrationVersions"][0]["DeniedReasons"]
    assert denial["Reason"] == "Unclear Opt-in Language"
    values = await sms.describe_registration_field_values(RegistrationId=identifier)
    assert values["RegistrationFieldValues"][0]["DeniedReason"] == "No"


async def test_an_arn_is_an_id_too(control: Control, sms: Any) -> None:
    identifier = await under_review(sms, control.emulator)
    [entry] = (await sms.describe_registrations())["Registrations"]
    arn = entry["RegistrationArn"].replace("/", "%2F")
    status, response = await control("POST", f"registrations/{arn}/approve")
    assert (status, response["status"]) == (200, "COMPLETE")
    assert identifier in arn


async def test_state_there_and_back(control: Control, sms: Any) -> None:
    await sms.create_opt_out_list(OptOutListName="a")
    status, state = await control("GET", "state")
    assert (status, state) == (200, control.emulator.snapshot())
    status, _ = await control("POST", "reset")
    assert status == 200
    assert len((await sms.describe_opt_out_lists())["OptOutLists"]) == 1
    assert (await control("PUT", "state", state))[0] == 200
    assert len((await sms.describe_opt_out_lists())["OptOutLists"]) == 2


async def test_reset_forgets_everything(control: Control, sms: Any) -> None:
    await sms.send_text_message(
        DestinationPhoneNumber="+12065550100",
        MessageBody="Hello",
        OriginationIdentity=(await lease(sms)),
    )
    await control("POST", "faults", {"fault": "throttle", "operation": "DescribePools"})
    await control("POST", "clock", {"advance": 5})
    assert (await control("POST", "reset"))[0] == 200
    for path in ("calls", "messages", "faults", "registrations"):
        assert await control("GET", path) == (200, [])
    assert control.emulator.clock.offset == 0


async def lease(sms: Any) -> str:
    made = await sms.request_phone_number(
        IsoCountryCode="US",
        MessageType="TRANSACTIONAL",
        NumberCapabilities=["SMS"],
        NumberType="LONG_CODE",
    )
    return str(made["PhoneNumberId"])


async def test_faults(control: Control, sms: Any, refused: Any) -> None:
    wanted = {"fault": "throttle", "operation": "describe_pools", "times": 2}
    status, added = await control("POST", "faults", wanted)
    assert status == 200
    assert (added["operation"], added["times"], added["hits"]) == ("DescribePools", 2, 0)
    await refused(sms.describe_pools(), "ThrottlingException")
    error = {"fault": "error", "code": "AccessDeniedException", "message": "no"}
    await control("POST", "faults", error)
    await control("POST", "faults", {"fault": "throttle_by_quota", "scale": 0.5})
    _, listed = await control("GET", "faults")
    assert [entry["fault"] for entry in listed] == ["throttle", "error", "throttle_by_quota"]
    assert listed[0]["hits"] == 1
    assert await control("DELETE", "faults") == (200, [])
    await sms.describe_pools()


FAULTS: list[dict[str, Any]] = [
    {"fault": "throttle"},
    {"fault": "server_error", "operation": "CreatePool", "skip": 1},
    {"fault": "error", "code": "X", "status": 500},
    {"fault": "drop", "after": True},
    {"fault": "delay", "seconds": 0.5, "probability": 0.5, "seed": 3},
    {"fault": "truncate", "times": None},
    {"fault": "malformed", "body": "<html>"},
    {"fault": "throttle_by_quota", "burst": 2},
    {"fault": "disturb_events", "lose": 0.5, "shuffle": True, "seed": 4},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["fault"])
async def test_every_fault_is_listed_as_it_was_set(control: Control, fault: dict[str, Any]) -> None:
    status, added = await control("POST", "faults", fault)
    assert status == 200
    [listed] = (await control("GET", "faults"))[1]
    assert listed == added
    for name, value in fault.items():
        if name != "seed":
            assert added[name] == value


async def test_what_was_received_and_sent(control: Control, sms: Any, connect: Any) -> None:
    number = await lease(sms)
    await sms.send_text_message(
        DestinationPhoneNumber="+12065550100", MessageBody="Hello", OriginationIdentity=number
    )
    _, calls = await control("GET", "calls")
    assert [call["operation"] for call in calls] == ["RequestPhoneNumber", "SendTextMessage"]
    assert calls[1]["params"]["MessageBody"] == "Hello"
    assert calls[1]["account"] == "123456789012"
    _, [message] = await control("GET", "messages")
    assert message["MessageBody"] == "Hello"
    keys = {"aws_access_key_id": "emulator-210987654321", "region_name": "eu-west-1"}
    async with connect(control.emulator, **keys) as (other, _):
        await other.describe_pools()
    _, [call] = await control("GET", f"calls{OTHER}")
    assert (call["operation"], call["region"]) == ("DescribePools", "eu-west-1")
    assert await control("GET", f"messages{OTHER}") == (200, [])
    assert len((await control("GET", "calls"))[1]) == 2
    assert await control("DELETE", "calls") == (200, [])


async def test_verification_codes(control: Control, sms: Any) -> None:
    made = await sms.create_verified_destination_number(DestinationPhoneNumber="+12065550100")
    identifier = made["VerifiedDestinationNumberId"]
    assert await control("GET", "verification-codes") == (200, {})
    await sms.request_sender_id(SenderId="EXAMPLE", IsoCountryCode="DE")
    await sms.send_destination_number_verification_code(
        VerifiedDestinationNumberId=identifier, VerificationChannel="TEXT"
    )
    _, codes = await control("GET", "verification-codes")
    await sms.verify_destination_number(
        VerifiedDestinationNumberId=identifier, VerificationCode=codes[identifier]
    )
    assert await control("GET", "verification-codes") == (200, {})


NONSENSE: list[tuple[str, str, Any, int, str]] = [
    ("POST", "clock", {}, 400, "advance"),
    ("POST", "clock", {"advance": "1"}, 400, "advance"),
    ("POST", "clock", {"advance": True}, 400, "advance"),
    ("POST", "clock", {"advance": -1}, 400, "advance"),
    ("POST", "clock", {"advance": 1e300}, 400, "advance"),
    ("POST", "clock", {"advance": 1, "days": 2}, 400, "days"),
    ("POST", "clock", b'{"advance": NaN}', 400, "JSON"),
    ("POST", "clock", b'{"advance": 1e999}', 400, "advance"),
    ("POST", "clock", b"", 400, "advance"),
    ("POST", "clock", b"[]", 400, "object"),
    ("POST", "clock", b"\xff", 400, "JSON"),
    ("POST", "clock", b"[" * 100_000, 400, "JSON"),
    ("POST", "reset", {"all": True}, 400, "all"),
    ("PUT", "state", {}, 400, "format"),
    ("PUT", "state", {"format": 2, "clock_offset": 0, "states": []}, 400, "states"),
    ("PUT", "state", b"[]", 400, "object"),
    ("POST", "registrations/none/approve", {}, 404, "none"),
    ("POST", "registrations/none/deny", {"reason": 7}, 400, "reason"),
    ("POST", "registrations/none/deny", {"reason": " "}, 400, "reason"),
    ("POST", "registrations/none/deny", {"fields": ["x"]}, 400, "fields"),
    ("POST", "registrations/none/deny", {"fields": {"a": 1}}, 400, "fields.a"),
    ("POST", "registrations/none/approve", {"reason": "x"}, 400, "reason"),
    ("POST", "registrations/none/praise", {}, 404, "praise"),
    ("POST", "faults", {}, 400, "fault"),
    ("POST", "faults", {"fault": "clear"}, 400, "fault"),
    ("POST", "faults", {"fault": "throttle", "operation": "Nothing"}, 400, "operation"),
    ("POST", "faults", {"fault": "throttle", "time": 2}, 400, "time"),
    ("POST", "faults", {"fault": "throttle", "times": -1}, 400, "times"),
    ("POST", "faults", {"fault": "throttle", "probability": 2}, 400, "probability"),
    ("POST", "faults", {"fault": "delay"}, 400, "seconds"),
    ("POST", "faults", {"fault": "delay", "seconds": -1}, 400, "seconds"),
    ("POST", "faults", {"fault": "error"}, 400, "code"),
    ("POST", "faults", {"fault": "drop", "after": "yes"}, 400, "after"),
    ("POST", "faults", {"fault": "malformed", "body": 7}, 400, "body"),
    ("GET", "health?account=1", None, 400, "account"),
    ("GET", "health?region=../x", None, 400, "region"),
    ("GET", "health?account=123456789012&account=123456789012", None, 400, "account"),
    ("GET", "health?who=me", None, 400, "who"),
    ("GET", "nothing", None, 404, "nothing"),
    ("GET", "%0d%0aX:y", None, 404, "control call"),
    ("DELETE", "state", None, 404, "DELETE"),
    ("GET", "health/", None, 404, "health/"),
]


@pytest.mark.parametrize(("method", "path", "sent", "status", "word"), NONSENSE)
async def test_nonsense_is_refused_and_changes_nothing(  # noqa: PLR0917  # pytest gives them by name
    control: Control, sms: Any, method: str, path: str, sent: Any, status: int, word: str
) -> None:
    await sms.create_opt_out_list(OptOutListName="a")
    before = control.emulator.snapshot()
    body = sent if isinstance(sent, bytes) else None
    document = None if isinstance(sent, bytes) else sent
    found, response = await control(method, path, document, body)
    assert (found, list(response)) == (status, ["error"])
    assert word in response["error"]
    assert control.emulator.snapshot() == before
    assert list(control.emulator.faults) == []


async def test_a_verdict_that_is_not_allowed(control: Control, sms: Any) -> None:
    identifier = await under_review(sms, control.emulator)
    path = f"registrations/{identifier}"
    await control("POST", f"{path}/approve")
    for verdict in ("approve", "deny", "require-authentication"):
        status, response = await control("POST", f"{path}/{verdict}")
        assert (status, "nothing to decide" in response["error"]) == (400, True)


async def test_a_change_that_cannot_be_written_is_undone(tmp_path: Path, connect: Any) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    emulator = Emulator(state_file=folder / "state.json", clock=Clock.fixed(), review_seconds=None)
    await emulator.start()
    async with connect(emulator) as (sms, _), aiohttp.ClientSession() as http:
        control = Control(emulator, http)
        identifier = await under_review(sms, emulator)
        shutil.rmtree(folder)
        status, response = await control("POST", f"registrations/{identifier}/approve")
        assert (status, "nothing was changed" in response["error"]) == (500, True)
        assert (await control("POST", "clock", {"advance": 5}))[0] == 500
        assert emulator.clock.offset == 0
        [entry] = (await control("GET", "registrations"))[1]
        assert entry["status"] == "REVIEWING"
        folder.mkdir()
        assert (await control("POST", f"registrations/{identifier}/approve"))[0] == 200
        assert identifier in (folder / "state.json").read_text()  # a small file
    await emulator.stop()
