"""Plain boto3, synchronous and without smsreg on the client's side."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from smsreg.emulator import Clock, Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = "US_TOLL_FREE_REGISTRATION"
BLAMED = "messagingUseCase.useCaseDetails"
CONFIG = Config(retries={"max_attempts": 0})


class Registration:
    """A toll-free registration, as a script with boto3 handles it."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.id: str = client.create_registration(RegistrationType=KIND)["RegistrationId"]
        number = client.request_phone_number(
            IsoCountryCode="US",
            MessageType="TRANSACTIONAL",
            NumberCapabilities=["SMS"],
            NumberType="TOLL_FREE",
        )
        self.number: str = number["PhoneNumberId"]
        client.create_registration_association(RegistrationId=self.id, ResourceId=self.number)

    def fill(self) -> None:
        client = self.client
        body = b"\x89PNG\r\n\x1a\n picture"
        attachment = client.create_registration_attachment(AttachmentBody=body)
        pages = client.get_paginator("describe_registration_field_definitions")
        for page in pages.paginate(RegistrationType=KIND, PaginationConfig={"PageSize": 7}):
            for field in page["RegistrationFieldDefinitions"]:
                if field["FieldRequirement"] == "OPTIONAL":
                    continue
                options = field.get("SelectValidation", {}).get("Options", [])
                value = {
                    "TEXT": {"TextValue": field["DisplayHints"].get("ExampleTextValue")},
                    "SELECT": {"SelectChoices": options[:1]},
                    "ATTACHMENT": {
                        "RegistrationAttachmentId": attachment["RegistrationAttachmentId"]
                    },
                }[field["FieldType"]]
                client.put_registration_field_value(
                    RegistrationId=self.id, FieldPath=field["FieldPath"], **value
                )

    def submit(self) -> str:
        response = self.client.submit_registration_version(RegistrationId=self.id)
        return str(response["RegistrationVersionStatus"])

    def status(self) -> str:
        response = self.client.describe_registrations(RegistrationIds=[self.id])
        return str(response["Registrations"][0]["RegistrationStatus"])

    def version(self) -> dict[str, Any]:
        response = self.client.describe_registration_versions(RegistrationId=self.id)
        versions: list[dict[str, Any]] = response["RegistrationVersions"]
        return max(versions, key=lambda version: version["VersionNumber"])

    def values(self) -> dict[str, dict[str, Any]]:
        response = self.client.describe_registration_field_values(RegistrationId=self.id)
        return {value["FieldPath"]: value for value in response["RegistrationFieldValues"]}


def in_one_go(client: Any, emulator: Emulator) -> list[str]:
    """From creation to COMPLETE."""
    registration = Registration(client)
    registration.fill()
    seen = [registration.status(), registration.submit()]
    for _ in range(4):
        emulator.clock.advance(seconds=0.3)
        seen.append(registration.status())
    return seen


def with_a_denial(client: Any, emulator: Emulator) -> list[str]:
    """A denial, a new version, which is blank, a resubmission, an approval and a deletion."""
    registration = Registration(client)
    registration.fill()
    seen = [registration.submit()]
    emulator.deny(registration.id, "Not clear", field=BLAMED)
    seen.append(registration.status())
    assert registration.version()["DeniedReasons"][0]["Reason"] == "Not clear"
    assert registration.values()[BLAMED]["DeniedReason"] == "Not clear"

    created = client.create_registration_version(RegistrationId=registration.id)
    assert created["VersionNumber"] == 2
    assert registration.values() == {}
    with pytest.raises(client.exceptions.ConflictException) as caught:
        registration.submit()
    assert caught.value.response["Reason"] == "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED"

    registration.fill()
    seen.append(registration.submit())
    emulator.approve(registration.id)
    seen += [registration.status(), registration.version()["RegistrationVersionStatus"]]

    with pytest.raises(ClientError) as conflict:
        client.delete_registration(RegistrationId=registration.id)
    assert conflict.value.response["Error"]["Code"] == "ConflictException"
    client.release_phone_number(PhoneNumberId=registration.number)
    deleted = client.delete_registration(RegistrationId=registration.id)
    seen.append(deleted["RegistrationStatus"])
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        registration.status()
    return seen


def whatsapp_media(client: Any, phone_number_id: str) -> bool:
    phone = {"originationPhoneNumberId": phone_number_id}
    location = {"bucketName": "bucket", "key": "a.png"}
    media = client.post_whatsapp_message_media(**phone, sourceS3File=location)
    return bool(client.delete_whatsapp_message_media(**phone, mediaId=media["mediaId"])["success"])


async def test_a_registration_through_boto3() -> None:
    async with Emulator(clock=Clock.fixed()) as emulator:

        def drive() -> tuple[list[str], list[str], bool]:
            options: dict[str, Any] = {**emulator.boto_options, "config": CONFIG}
            sms = boto3.client("pinpoint-sms-voice-v2", **options)
            social = boto3.client("socialmessaging", **options)
            try:
                return (
                    in_one_go(sms, emulator),
                    with_a_denial(sms, emulator),
                    whatsapp_media(social, emulator.whatsapp_phone_number_id),
                )
            finally:
                sms.close()
                social.close()

        straight, detour, media = await asyncio.to_thread(drive)
        assert emulator.unexpected == []
    assert straight == ["CREATED", "SUBMITTED", "REVIEWING", "REVIEWING", "REVIEWING", "COMPLETE"]
    assert detour == [
        *("SUBMITTED", "REQUIRES_UPDATES"),
        *("SUBMITTED", "COMPLETE", "APPROVED"),
        "DELETED",
    ]
    assert media is True


@pytest.fixture(scope="module")
def printed() -> Iterator[str]:
    """The running command's output on how to connect to it."""
    command = [sys.executable, "-m", "smsreg.emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own command
        assert process.stdout is not None
        lines = []
        while not lines or not lines[-1].startswith("Stop with"):
            lines.append(process.stdout.readline())
            assert lines[-1], "it ended"
        yield "".join(lines)
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


@pytest.fixture
def environment(printed: str) -> dict[str, str]:
    """The process's environment without its AWS settings, but with the printed ones."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    exports = re.findall(r"^ *export (.*)$", printed, re.MULTILINE)
    assert len(exports) == 6
    exported = dict(pair.split("=", 1) for line in exports for pair in line.split())
    nothing = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    return {**kept, **nothing, **exported}


def run(code: str, environment: dict[str, str]) -> str:
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_boto3_reaches_the_command_by_the_variables_it_prints(environment: dict[str, str]) -> None:
    code = (
        "import boto3\n"
        "sms, social = boto3.client('pinpoint-sms-voice-v2'), boto3.client('socialmessaging')\n"
        "print(len(sms.describe_pools()['Pools']),"
        " len(social.list_linked_whatsapp_business_accounts()['linkedAccounts']))"
    )
    assert run(code, environment) == "0 1"


def test_boto3_reaches_the_command_by_the_line_it_prints(
    printed: str, environment: dict[str, str]
) -> None:
    [line] = re.findall(r"^ *boto3 +(boto3\.client\([^)]*\))$", printed, re.MULTILINE)
    for name in [name for name in environment if name.startswith("AWS_ENDPOINT_URL")]:
        del environment[name]
    assert run(f"import boto3\nprint({line}.describe_pools()['Pools'])", environment) == "[]"


def test_smsreg_reaches_the_command_by_the_line_it_prints(printed: str) -> None:
    [call] = re.findall(r"SMSVoiceClient\(.*?\)", printed, re.DOTALL)
    ast.parse(call)
    code = (
        "import asyncio\nfrom smsreg import SMSVoiceClient\n"
        f"async def main():\n  async with {call} as client:\n"
        "    print(await client.describe_pools().collect())\n"
        "asyncio.run(main())"
    )
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    assert run(code, kept) == "[]"
