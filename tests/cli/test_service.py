"""``smsreg quickstart`` with a region or an endpoint; an emulator replaces the service."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import re
import signal
import sys

import pytest

from smsreg import SMSVoiceClient, SocialMessagingClient
from smsreg.cli.console import Console
from smsreg.cli.quickstart.demo_data import OPTIONS, TEXTS
from smsreg.cli.quickstart.flow import PATIENT, Flow
from smsreg.cli.quickstart.steps import Steps
from smsreg.cli.quickstart.target import Target

FORM = "US_TOLL_FREE_REGISTRATION"
CREATING = [
    "CreateRegistration",
    "CreateRegistrationAttachment",
    "RequestPhoneNumber",
    "CreateRegistrationAssociation",
]


async def test_without_yes_it_only_reads(service, emulator):
    async with SMSVoiceClient(**emulator.client_options) as client:
        registration = await client.create_registration(registration_type=FORM)
        number = await client.request_phone_number(
            iso_country_code="US",
            message_type="TRANSACTIONAL",
            number_capabilities=["SMS"],
            number_type="TOLL_FREE",
        )
    emulator.calls.clear()
    ran = await service()
    assert (ran.status, ran.err) == (0, "")
    assert set(emulator.calls.operations) == {
        "DescribeRegistrationTypeDefinitions",
        "DescribeRegistrations",
        "DescribePhoneNumbers",
    }
    assert f"{registration.registration_id}  {FORM}  CREATED" in ran.out
    assert f"{number.phone_number_id}  US  TOLL_FREE  " in ran.out
    assert number.phone_number not in ran.out
    assert "4/4 " in ran.out
    assert "Nothing was created or changed" in ran.out
    assert "COSTS MONEY" in ran.out


async def test_an_empty_account_is_fine(service):
    ran = await service()
    assert ran.status == 0
    assert "no registrations" in ran.out
    assert "no numbers" in ran.out


async def test_with_yes_it_warns_first_and_runs_until_the_submission(service, emulator):
    ran = await service("--yes")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.index("COSTS MONEY") < ran.out.index(" 1/7 ")
    operations = emulator.calls.operations
    assert [name for name in operations if name in CREATING] == CREATING
    mutations = [name for name in operations if not name.startswith(("Describe", "List"))]
    assert mutations[-1] == "SubmitRegistrationVersion"
    assert not [name for name in operations if "WhatsApp" in name]
    assert "wait_until_registration_complete(registration_id=" in ran.out
    assert f'SMSVoiceClient(region_name="us-east-1", endpoint_url="{emulator.url}")' in ran.out
    assert "WhatsApp step was left out" in ran.out
    assert "COMPLETE:" not in ran.out


async def test_with_yes_it_lists_what_exists_afterwards(service, emulator):
    ran = await service("--yes")
    (call,) = emulator.calls.of("SubmitRegistrationVersion")
    leftovers = ran.out.partition("These exist now")[2]
    assert f'delete_registration(registration_id="{call.params["RegistrationId"]}")' in leftovers
    assert "release_phone_number(" in leftovers
    assert "delete_registration_attachment(" in leftovers


async def test_the_whatsapp_step_needs_a_number_and_a_file(service, emulator):
    number = emulator.whatsapp_phone_number_id
    media = ("--whatsapp-phone-number-id", number, "--whatsapp-media", "s3://mine-123/a/b.png")
    ran = await service("--yes", *media)
    assert ran.status == 0
    assert " 9/9 " in ran.out
    (posted,) = emulator.calls.of("PostWhatsAppMessageMedia")
    assert posted.params["sourceS3File"] == {"bucketName": "mine-123", "key": "a/b.png"}
    assert len(emulator.calls.of("DeleteWhatsAppMessageMedia")) == 1
    assert "WhatsApp file" not in ran.out.partition("These exist now")[2]


async def test_the_quota_of_one_call_per_second_is_waited_for(emulator):
    async def no_time(seconds):
        emulator.clock.advance(seconds=seconds)

    emulator.faults.throttle_by_quota()
    emulator.faults.throttle("PutRegistrationFieldValue", times=5)
    options = emulator.client_options
    async with SMSVoiceClient(**options) as sms, SocialMessagingClient(**options) as social:
        target = Target(sms=sms, social=social, embedded=False, whatsapp=None, options=options)
        steps = Steps(Console(io.StringIO()))
        await Flow(target, steps, [], patient=dataclasses.replace(PATIENT, sleep=no_time)).run()
    assert len(emulator.calls.of("SubmitRegistrationVersion")) == 1


@pytest.mark.parametrize(
    ("operation", "step"),
    [
        ("DescribeRegistrationTypeDefinitions", "2 of 7: List the registration types"),
        ("DescribeRegistrationFieldDefinitions", "3 of 7: Check a draft of the form"),
        ("CreateRegistration", "4 of 7: Create it and fill it in"),
        ("CreateRegistrationAttachment", "4 of 7: Create it and fill it in"),
        ("PutRegistrationFieldValue", "4 of 7: Create it and fill it in"),
        ("RequestPhoneNumber", "5 of 7: Lease a toll-free number"),
        ("CreateRegistrationAssociation", "5 of 7: Lease a toll-free number"),
        ("SubmitRegistrationVersion", "6 of 7: Submit it for review"),
    ],
)
async def test_a_failing_step_is_named_with_its_reason(service, emulator, operation, step):
    skip = 8 if operation == "PutRegistrationFieldValue" else 0
    emulator.faults.error(operation, code="AccessDeniedException", message="not you", skip=skip)
    ran = await service("--yes")
    assert ran.status == 1
    assert f"failed in step {step}\n" in ran.err
    assert f"AccessDeniedException from {operation}: not you (HTTP 400, request id " in ran.err
    assert_nothing_personal(ran.err)


def assert_nothing_personal(text):
    assert not re.search(r"\+\d{7,}", text)
    for value in (*TEXTS.values(), *OPTIONS.values()):
        assert len(value) < 6 or value not in text


async def test_a_failure_lists_what_exists(service, emulator):
    emulator.faults.error("CreateRegistrationAssociation", code="ConflictException")
    ran = await service("--yes")
    assert re.search(r"phone number +phone-\w+\n +release_phone_number\(", ran.err)
    assert re.search(r"registration +registration-\w+\n +delete_registration\(", ran.err)
    assert re.search(r"attachment +attachment-\w+\n +delete_registration_attachment\(", ran.err)


async def test_a_server_cannot_talk_to_the_terminal(service, emulator):
    emulator.faults.error("CreateRegistration", code="ConflictException", message="a\x1b[2Jb")
    ran = await service("--yes")
    assert "\x1b" not in ran.out + ran.err
    assert r"a\x1b[2Jb" in ran.err


async def test_a_form_that_is_not_offered_ends_it_before_anything_is_created(service, emulator):
    emulator.faults.malformed(
        "DescribeRegistrationTypeDefinitions", body=b'{"RegistrationTypeDefinitions": []}'
    )
    ran = await service("--yes")
    assert ran.status == 1
    assert f"{FORM} is not offered here" in ran.err
    assert emulator.calls.operations == ["DescribeRegistrationTypeDefinitions"]


async def test_a_response_without_an_id_ends_it(service, emulator):
    emulator.faults.malformed("RequestPhoneNumber", body=b"{}")
    ran = await service("--yes")
    assert ran.status == 1
    assert "the response has no PhoneNumberId" in ran.err


async def test_a_second_run_continues_the_registration_of_the_first(service, emulator):
    emulator.faults.error("SubmitRegistrationVersion", code="AccessDeniedException")
    assert (await service("--yes")).status == 1
    assert (await service("--yes")).status == 0
    assert len(emulator.calls.of("CreateRegistration")) == 1
    assert len(emulator.calls.of("RequestPhoneNumber")) == 1
    ran = await service("--yes")
    assert "submitted before" in ran.out
    assert "These exist now" not in ran.out


async def test_without_credentials_the_message_names_what_to_set(service, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    ran = await service()
    assert ran.status == 1
    assert "AWS_ACCESS_KEY_ID" in ran.err
    assert "CredentialsError" in ran.err


async def test_an_unknown_profile_fails_the_first_step(service):
    ran = await service("--profile", "missing")
    assert ran.status == 1
    assert "failed in step 1 of 4: Open the clients" in ran.err


async def test_an_endpoint_that_refuses_connections(service, emulator):
    ran = await service("--endpoint-url", "http://127.0.0.1:9")
    assert ran.status == 1
    assert "ConnectError" in ran.err
    assert len(emulator.calls) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
async def test_ctrl_c_reports_the_step_and_what_exists(emulator):
    emulator.faults.delay(20, "RequestPhoneNumber")
    where = ("--endpoint-url", emulator.url, "--region", "us-east-1")
    # Shells start background jobs with SIGINT ignored, which programs inherit, unlike a handler.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "smsreg.cli", "quickstart", *where, "--yes"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        while not emulator.calls.of("RequestPhoneNumber"):
            assert process.returncode is None
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = await asyncio.wait_for(process.communicate(), 15)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 130
    assert b"interrupted" in out
    assert b"interrupted in step 5 of 7: Lease a toll-free number\n" in err
    assert b"delete_registration(" in err
    assert b"Traceback" not in err
