"""Examples of operations on protect configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def create_protect_configuration(client: SMSVoiceClient) -> None:
    result = await client.create_protect_configuration()
    print(result.protect_configuration_id)


async def describe_protect_configurations(client: SMSVoiceClient) -> None:
    async for configuration in client.describe_protect_configurations():
        print(configuration.protect_configuration_id, configuration.account_default)


async def update_protect_configuration(
    client: SMSVoiceClient, protect_configuration_id: str
) -> None:
    await client.update_protect_configuration(
        protect_configuration_id=protect_configuration_id, deletion_protection_enabled=True
    )


async def delete_protect_configuration(
    client: SMSVoiceClient, protect_configuration_id: str
) -> None:
    await client.delete_protect_configuration(protect_configuration_id=protect_configuration_id)


async def update_protect_configuration_country_rule_set(
    client: SMSVoiceClient, protect_configuration_id: str
) -> None:
    await client.update_protect_configuration_country_rule_set(
        protect_configuration_id=protect_configuration_id,
        number_capability="SMS",
        country_rule_set_updates={"FR": {"protect_status": "BLOCK"}},
    )


async def get_protect_configuration_country_rule_set(
    client: SMSVoiceClient, protect_configuration_id: str
) -> None:
    result = await client.get_protect_configuration_country_rule_set(
        protect_configuration_id=protect_configuration_id, number_capability="SMS"
    )
    for country, rule in result.country_rule_set.items():
        print(country, rule.protect_status)


async def put_protect_configuration_rule_set_number_override(
    client: SMSVoiceClient, protect_configuration_id: str
) -> None:
    await client.put_protect_configuration_rule_set_number_override(
        protect_configuration_id=protect_configuration_id,
        destination_phone_number="+447700900123",
        action="ALLOW",
    )


async def list_protect_configuration_rule_set_number_overrides(
    client: SMSVoiceClient, protect_configuration_id: str
) -> None:
    overrides = client.list_protect_configuration_rule_set_number_overrides(
        protect_configuration_id=protect_configuration_id
    )
    async for override in overrides:
        print(override.action, override.expiration_timestamp)


async def delete_protect_configuration_rule_set_number_override(
    client: SMSVoiceClient, protect_configuration_id: str, overridden_phone_number: str
) -> None:
    await client.delete_protect_configuration_rule_set_number_override(
        protect_configuration_id=protect_configuration_id,
        destination_phone_number=overridden_phone_number,
    )


async def associate_protect_configuration(
    client: SMSVoiceClient, protect_configuration_id: str, configuration_set_name: str
) -> None:
    await client.associate_protect_configuration(
        protect_configuration_id=protect_configuration_id,
        configuration_set_name=configuration_set_name,
    )


async def disassociate_protect_configuration(
    client: SMSVoiceClient, protect_configuration_id: str, protected_configuration_set_name: str
) -> None:
    await client.disassociate_protect_configuration(
        protect_configuration_id=protect_configuration_id,
        configuration_set_name=protected_configuration_set_name,
    )


async def set_account_default_protect_configuration(
    client: SMSVoiceClient, protect_configuration_id: str
) -> None:
    result = await client.set_account_default_protect_configuration(
        protect_configuration_id=protect_configuration_id
    )
    print(result.default_protect_configuration_id)


async def delete_account_default_protect_configuration(client: SMSVoiceClient) -> None:
    result = await client.delete_account_default_protect_configuration()
    print(result.default_protect_configuration_id)
