"""Examples of operations on notify configurations and their messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def create_notify_configuration(client: SMSVoiceClient) -> None:
    result = await client.create_notify_configuration(
        display_name="sign-in codes",
        use_case="CODE_VERIFICATION",
        enabled_channels=["SMS"],
        enabled_countries=["US"],
    )
    print(result.notify_configuration_id, result.status)


async def describe_notify_configurations(client: SMSVoiceClient) -> None:
    async for configuration in client.describe_notify_configurations():
        print(configuration.notify_configuration_id, configuration.tier, configuration.status)


async def describe_notify_templates(client: SMSVoiceClient) -> None:
    async for template in client.describe_notify_templates():
        print(template.template_id, template.channels)


async def list_notify_countries(client: SMSVoiceClient) -> None:
    async for country in client.list_notify_countries(channels=["SMS"]):
        print(country.iso_country_code, country.country_name)


async def update_notify_configuration(client: SMSVoiceClient, notify_configuration_id: str) -> None:
    result = await client.update_notify_configuration(
        notify_configuration_id=notify_configuration_id, enabled_countries=["US", "CA"]
    )
    print(result.enabled_countries)


async def send_notify_text_message(
    client: SMSVoiceClient, notify_configuration_id: str, template_id: str
) -> None:
    result = await client.send_notify_text_message(
        notify_configuration_id=notify_configuration_id,
        destination_phone_number="+12065550123",
        template_id=template_id,
        template_variables={"code": "123456"},
    )
    print(result.message_id)


async def send_notify_voice_message(
    client: SMSVoiceClient, notify_voice_configuration_id: str, voice_template_id: str
) -> None:
    result = await client.send_notify_voice_message(
        notify_configuration_id=notify_voice_configuration_id,
        destination_phone_number="+12065550123",
        template_id=voice_template_id,
        template_variables={"code": "123456"},
        voice_id="JOANNA",
    )
    print(result.message_id)


async def delete_notify_configuration(client: SMSVoiceClient, notify_configuration_id: str) -> None:
    await client.delete_notify_configuration(notify_configuration_id=notify_configuration_id)
