"""The reminders against the emulator: no account, no network, no mocks."""

import pytest
from reminders import Reminders

from smsreg import SMSVoiceClient
from smsreg.emulator import Emulator

PATIENT = "+447700900123"
ANSWERS: dict[str, str | list[str]] = {
    "companyInfo.companyName": "Example Dental",
    "companyInfo.website": "https://example.com",
    "companyInfo.isoCountryCode": "GB",
    "messagingUseCase.useCaseCategory": ["CUSTOMER_CARE"],
    "messagingUseCase.useCaseDescription": "Reminders of appointments that patients have made.",
    "messageSamples.messageSample1": "Example Dental: see you on Monday at 9:00.",
}


@pytest.fixture
async def reminders(sms_voice_client: SMSVoiceClient) -> Reminders:
    number = await sms_voice_client.request_phone_number(
        iso_country_code="GB",
        message_type="TRANSACTIONAL",
        number_capabilities=["SMS"],
        number_type="LONG_CODE",
    )
    assert number.phone_number_id
    return Reminders(sms_voice_client, number.phone_number_id)


async def test_a_review_of_three_weeks(
    reminders: Reminders, sms_voice_client: SMSVoiceClient, smsreg_emulator: Emulator
) -> None:
    smsreg_emulator.settings.review_seconds = 21 * 86_400
    registration_id = await reminders.register(ANSWERS)
    await smsreg_emulator.advance(days=22)
    await sms_voice_client.wait_until_registration_complete(registration_id=registration_id)
    assert await reminders.complaints(registration_id) == {}


async def test_a_denial_says_what_is_wrong(reminders: Reminders, smsreg_emulator: Emulator) -> None:
    registration_id = await reminders.register(ANSWERS)
    smsreg_emulator.deny(registration_id, "It does not answer", field="companyInfo.website")
    complaints = await reminders.complaints(registration_id)
    assert complaints == {"companyInfo.website": "It does not answer"}


async def test_a_reminder(reminders: Reminders, smsreg_emulator: Emulator) -> None:
    assert await reminders.remind(PATIENT, "See you on Monday") == "sent"
    [message] = smsreg_emulator.messages
    assert message["DestinationPhoneNumber"] == PATIENT
    assert message["MessageBody"] == "See you on Monday"


async def test_opted_out_patients_are_not_reminded(
    reminders: Reminders, smsreg_emulator: Emulator
) -> None:
    smsreg_emulator.opt_out("Default", PATIENT)
    assert await reminders.remind(PATIENT, "See you on Monday") == "opted out"
    assert smsreg_emulator.messages == []


async def test_nobody_is_reminded_twice_when_the_response_is_lost(
    reminders: Reminders, smsreg_emulator: Emulator
) -> None:
    smsreg_emulator.faults.drop("SendTextMessage", after=True)
    assert await reminders.remind(PATIENT, "See you on Monday") == "unknown"
    assert len(smsreg_emulator.messages) == 1


async def test_a_server_error_does_not_register_twice(
    reminders: Reminders, sms_voice_client: SMSVoiceClient, smsreg_emulator: Emulator
) -> None:
    smsreg_emulator.faults.server_error("CreateRegistration")
    await reminders.register(ANSWERS)
    assert len(smsreg_emulator.calls.of("CreateRegistration")) == 2
    assert len(await sms_voice_client.describe_registrations().collect()) == 1
