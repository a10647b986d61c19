"""Examples of operations on registration forms: definitions and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def describe_registration_type_definitions(client: SMSVoiceClient) -> None:
    async for definition in client.describe_registration_type_definitions():
        print(definition.registration_type, definition.display_hints.title)


async def describe_registration_section_definitions(client: SMSVoiceClient) -> None:
    sections = client.describe_registration_section_definitions(
        registration_type="US_TOLL_FREE_REGISTRATION"
    )
    async for section in sections:
        print(section.section_path, section.display_hints.title)


async def describe_registration_field_definitions(client: SMSVoiceClient) -> None:
    fields = client.describe_registration_field_definitions(
        registration_type="US_TOLL_FREE_REGISTRATION", section_path="companyInfo"
    )
    async for field in fields:
        print(field.field_path, field.field_type, field.field_requirement)


async def put_registration_field_value(client: SMSVoiceClient, registration_id: str) -> None:
    result = await client.put_registration_field_value(
        registration_id=registration_id,
        field_path="companyInfo.businessType",
        select_choices=["PRIVATE_PROFIT"],  # or text_value=, or registration_attachment_id=
    )
    print(result.version_number)


async def describe_registration_field_values(client: SMSVoiceClient, registration_id: str) -> None:
    async for value in client.describe_registration_field_values(registration_id=registration_id):
        print(value.field_path, value.denied_reason)


async def delete_registration_field_value(
    client: SMSVoiceClient, registration_id: str, field_path: str
) -> None:
    await client.delete_registration_field_value(
        registration_id=registration_id, field_path=field_path
    )
