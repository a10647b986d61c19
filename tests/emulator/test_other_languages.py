"""Clients in other languages, which use the emulator and its control API."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import boto3
import pytest

from smsreg.emulator import Emulator
from tests.programs import program

SCRIPT = Path(__file__).with_name("life.mjs")
PACKAGE = "@aws-sdk/client-pinpoint-sms-voice-v2"
TEXTS = {
    "companyInfo.companyName": "Example Dental",
    "companyInfo.website": "https://example.com",
    "companyInfo.isoCountryCode": "GB",
    "messagingUseCase.useCaseDescription": "Reminders of appointments that patients have made.",
    "messageSamples.messageSample1": "Example Dental: see you on Monday at 9:00.",
}
FOLDER = Path(os.environ.get("SMSREG_NODE_MODULES", ".")).resolve()
"""The folder in which the package is installed: tests download nothing."""


def node() -> str:
    found = program("nodejs", "node")
    if not (FOLDER / "node_modules" / PACKAGE).is_dir():
        pytest.skip(f"needs `npm install {PACKAGE}` in a folder named by SMSREG_NODE_MODULES")
    return found


def test_a_registration_s_whole_life_in_javascript() -> None:
    program = node()
    with Emulator.in_thread(review_seconds=86_400.0) as emulator:
        done = subprocess.run(  # noqa: S603  # our own script
            [program, str(SCRIPT), emulator.url],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true"},
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["seen"] == ["CREATED", "REQUIRES_UPDATES", "COMPLETE"]
        assert found["pushed"][:2] == ["SUBMITTED", "REQUIRES_UPDATES"]
        assert found["pushed"][-1] == "COMPLETE"
        assert emulator.unexpected == []


def test_a_registration_s_whole_life_in_boto3() -> None:
    with Emulator.in_thread(review_seconds=86_400.0) as emulator:
        sms = boto3.client("pinpoint-sms-voice-v2", **emulator.boto_options)

        def control(method: str, path: str, document: Any = None) -> Any:
            request = urllib.request.Request(  # noqa: S310  # the emulator's own address
                f"{emulator.url}/_emulator/{path}",
                method=method,
                data=None if document is None else json.dumps(document).encode(),
            )
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310  # the same
                return json.load(response)

        def status() -> str:
            response = sms.describe_registrations(RegistrationIds=[identifier])
            return str(response["Registrations"][0]["RegistrationStatus"])

        def fill() -> None:
            for path, text in TEXTS.items():
                sms.put_registration_field_value(
                    RegistrationId=identifier, FieldPath=path, TextValue=text
                )
            sms.put_registration_field_value(
                RegistrationId=identifier,
                FieldPath="messagingUseCase.useCaseCategory",
                SelectChoices=["CUSTOMER_CARE"],
            )
            sms.submit_registration_version(RegistrationId=identifier)

        made = sms.create_registration(RegistrationType="GB_LONG_CODE_REGISTRATION")
        identifier = made["RegistrationId"]
        number = sms.request_phone_number(
            IsoCountryCode="GB",
            MessageType="TRANSACTIONAL",
            NumberCapabilities=["SMS"],
            NumberType="LONG_CODE",
        )["PhoneNumberId"]
        sms.create_registration_association(RegistrationId=identifier, ResourceId=number)
        fill()
        denial = {"reason": "Unclear Opt-in Language", "fields": {"companyInfo.website": "No"}}
        control("POST", f"registrations/{identifier}/deny", denial)
        assert status() == "REQUIRES_UPDATES"
        sms.create_registration_version(RegistrationId=identifier)
        fill()
        control("POST", "clock", {"advance": 30 * 86_400})
        assert status() == "COMPLETE"
        message = {
            "DestinationPhoneNumber": "+447700900123",
            "MessageBody": "Hello",
            "OriginationIdentity": number,
        }
        sms.send_text_message(**message)
        inbound = {"from": "+447700900123", "to": number, "body": "STOP"}
        assert control("POST", "inbound/text", inbound)["action"] == "OPT_OUT"
        with pytest.raises(sms.exceptions.ConflictException, match="opted out"):
            sms.send_text_message(**message)
        assert control("GET", "health")["unexpected"] == []
