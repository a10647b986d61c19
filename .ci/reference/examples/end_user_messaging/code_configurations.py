"""Examples of operations on the configurations of one-time passcodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import EndUserMessagingClient


async def create_notify_code_configuration(profiles: EndUserMessagingClient) -> None:
    result = await profiles.create_notify_code_configuration(
        notify_code_configuration_name="sign-in",
        code_configuration_parameters={"code_length": 6, "validity_period_minutes": 10},
        channel_parameters={"text": {"inline_template_body": "{{code}} is your code"}},
    )
    print(result.notify_code_configuration.notify_code_configuration_id)


async def list_notify_code_configurations(profiles: EndUserMessagingClient) -> None:
    async for configuration in profiles.list_notify_code_configurations():
        print(configuration.notify_code_configuration_name)


async def get_notify_code_configuration(
    profiles: EndUserMessagingClient, notify_code_configuration_id: str
) -> None:
    result = await profiles.get_notify_code_configuration(
        notify_code_configuration_id=notify_code_configuration_id
    )
    print(result.notify_code_configuration.code_configuration_parameters)


async def update_notify_code_configuration(
    profiles: EndUserMessagingClient, notify_code_configuration_id: str
) -> None:
    await profiles.update_notify_code_configuration(
        notify_code_configuration_id=notify_code_configuration_id,
        code_configuration_parameters={"max_attempts": 3},
    )


async def delete_notify_code_configuration(
    profiles: EndUserMessagingClient, notify_code_configuration_id: str
) -> None:
    await profiles.delete_notify_code_configuration(
        notify_code_configuration_id=notify_code_configuration_id
    )
