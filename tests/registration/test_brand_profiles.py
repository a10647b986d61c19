"""Registrations that a brand profile begins and a draft completes, and passcodes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import EndUserMessagingClient, SMSVoiceClient, end_user_messaging
from smsreg.registration import Registrar

from .drafts import BRAND, TOLL_FREE, draft_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from smsreg.emulator import Emulator

SENDER_ID = "GB_SENDER_ID_REGISTRATION"
ATTRIBUTES = {
    "Company name": "Example Dental",
    "Website": "https://dental.example",
    "Street": "1 Main St",
    "City": "Seattle",
    "State": "WA",
    "Postal code": "98101",
    "Country": "US",
    "Business type": "PRIVATE_PROFIT",
    "Industry": "healthcare",
    "Email": "help@dental.example",
    "Phone": "+12065550100",
}
PICTURE = b"\x89PNG\r\n\x1a\n opt-in"
RECIPIENT = "+12065550142"


@pytest.fixture
async def profiles(emulator: Emulator) -> AsyncIterator[EndUserMessagingClient]:
    async with EndUserMessagingClient(**emulator.client_options) as client:
        yield client


async def test_a_profile_begins_three_registrations_and_a_draft_completes_each(
    client: SMSVoiceClient, profiles: EndUserMessagingClient, emulator: Emulator
) -> None:
    profile = await profiles.create_brand_profile(brand_profile_name="Example Dental")
    profile_id = profile.brand_profile_id
    texts = [
        end_user_messaging.BrandProfileAttributeInput(
            attribute_name=name, attribute_type="TEXT", attribute_value=text
        )
        for name, text in ATTRIBUTES.items()
    ]
    picture = end_user_messaging.BrandProfileAttributeInput(
        attribute_name="Opt-in image", attribute_type="IMAGE", attachment_body=PICTURE
    )
    await profiles.create_brand_profile_attributes(
        brand_profile_id=profile_id, attributes=texts[:9]
    )
    await profiles.create_brand_profile_attributes(
        brand_profile_id=profile_id, attributes=[*texts[9:], picture]
    )

    started = await profiles.create_registrations_from_brand_profile(
        brand_profile_id=profile_id, registration_types=[TOLL_FREE, BRAND, SENDER_ID]
    )
    first = await profiles.get_job(job_id=started.results[0].job_id)
    assert first.status == "PROCESSING"
    assert await client.describe_registrations().collect() == []
    await emulator.advance(seconds=60)
    jobs = [await profiles.get_job(job_id=result.job_id) for result in started.results]
    assert {job.status for job in jobs} == {"SUCCESS"}
    made = {
        result.resource_identifier: (job.resources or [])[0]
        for result, job in zip(started.results, jobs, strict=True)
    }
    links = await profiles.list_registrations_from_brand_profile(
        brand_profile_id=profile_id
    ).collect()
    assert {link.registration_id for link in links} == {r.resource_id for r in made.values()}

    async def sleep(seconds: float) -> None:
        await emulator.advance(seconds=seconds)
        await asyncio.sleep(0)

    registrar = Registrar(client, sleep=sleep)
    for kind, resource in made.items():
        assert resource.resource_type == "REGISTRATION"
        registration_id = resource.resource_id
        values = await client.describe_registration_field_values(
            registration_id=registration_id
        ).collect()
        filled = {value.field_path: value for value in values}
        assert filled["companyInfo.companyName"].text_value == "Example Dental"
        assert len(filled) >= 8
        draft = draft_for(
            await registrar.form(kind),
            f"tenant-7/{kind}",
            registration_id=registration_id,
            values={p: v.text_value for p, v in filled.items() if v.text_value},
        )
        applied = await registrar.apply(draft, confirm=True, wait=True)
        assert (applied.registration_id, applied.status) == (registration_id, "COMPLETE")
    assert len(await client.describe_registrations().collect()) == 3


async def wrong(client: EndUserMessagingClient, code: str) -> Any:
    other = code[:-1] + ("0" if code[-1] != "0" else "1")
    return (
        await client.validate_notify_code_verification(destination_identity=RECIPIENT, code=other)
    ).status


async def test_a_passcode_is_wrong_until_its_limit_and_another_is_right(
    client: SMSVoiceClient, profiles: EndUserMessagingClient, emulator: Emulator
) -> None:
    number = await client.request_phone_number(
        iso_country_code="US",
        message_type="TRANSACTIONAL",
        number_capabilities=["SMS"],
        number_type="SIMULATOR",
    )
    assert number.phone_number_id
    await client.wait_until_phone_number_active(phone_number_id=number.phone_number_id)
    made = await profiles.create_notify_code_configuration(
        notify_code_configuration_name="Sign in",
        code_configuration_parameters=end_user_messaging.CodeConfigurationParameters(
            code_length=6, max_attempts=3, validity_period_minutes=5
        ),
        channel_parameters=end_user_messaging.ChannelParameters(
            text=end_user_messaging.TextParameters(inline_template_body="{{code}} is your code")
        ),
    )
    configuration = made.notify_code_configuration.notify_code_configuration_id

    async def send() -> str:
        sent = await profiles.send_notify_code_verification(
            channel="TEXT",
            destination_identity=RECIPIENT,
            origination_identity=number.phone_number_id or "",
            notify_code_configuration=configuration,
        )
        code = emulator.verification_code(sent.verification_id)
        assert code
        assert emulator.messages[-1]["MessageId"] == sent.message_id
        assert emulator.messages[-1]["MessageBody"] == f"{code} is your code"
        return code

    async def validate(code: str) -> str:
        result = await profiles.validate_notify_code_verification(
            destination_identity=RECIPIENT, code=code
        )
        assert code not in repr(result)
        return result.status

    code = await send()
    assert [await wrong(profiles, code) for _ in range(3)] == ["INVALID"] * 3
    assert await validate(code) == "INVALID"  # locked: even the right one
    code = await send()
    assert await wrong(profiles, code) == "INVALID"
    assert await validate(code) == "VALID"
    assert await validate(code) == "INVALID"  # used
    code = await send()
    await emulator.advance(minutes=6)
    assert await validate(code) == "INVALID"  # too late
