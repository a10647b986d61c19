"""Examples of operations on configuration sets and their event destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def create_configuration_set(client: SMSVoiceClient) -> None:
    result = await client.create_configuration_set(
        configuration_set_name="receipts", tags=[{"key": "team", "value": "growth"}]
    )
    print(result.configuration_set_arn)


async def describe_configuration_sets(client: SMSVoiceClient) -> None:
    async for configuration_set in client.describe_configuration_sets():
        for destination in configuration_set.event_destinations:
            print(configuration_set.configuration_set_name, destination.event_destination_name)


async def delete_configuration_set(client: SMSVoiceClient, configuration_set_name: str) -> None:
    await client.delete_configuration_set(configuration_set_name=configuration_set_name)


async def create_event_destination(
    client: SMSVoiceClient, configuration_set_name: str, topic_arn: str
) -> None:
    result = await client.create_event_destination(
        configuration_set_name=configuration_set_name,
        event_destination_name="all",
        matching_event_types=["ALL"],
        sns_destination={"topic_arn": topic_arn},
    )
    print(result.event_destination)


async def update_event_destination(
    client: SMSVoiceClient, configuration_set_name: str, event_destination_name: str
) -> None:
    await client.update_event_destination(
        configuration_set_name=configuration_set_name,
        event_destination_name=event_destination_name,
        matching_event_types=["TEXT_DELIVERED", "TEXT_UNREACHABLE"],
        enabled=True,
    )


async def delete_event_destination(
    client: SMSVoiceClient, configuration_set_name: str, event_destination_name: str
) -> None:
    await client.delete_event_destination(
        configuration_set_name=configuration_set_name,
        event_destination_name=event_destination_name,
    )


async def set_default_message_type(client: SMSVoiceClient, configuration_set_name: str) -> None:
    result = await client.set_default_message_type(
        configuration_set_name=configuration_set_name, message_type="TRANSACTIONAL"
    )
    print(result.message_type)


async def delete_default_message_type(client: SMSVoiceClient, configuration_set_name: str) -> None:
    await client.delete_default_message_type(configuration_set_name=configuration_set_name)


async def set_default_sender_id(client: SMSVoiceClient, configuration_set_name: str) -> None:
    result = await client.set_default_sender_id(
        configuration_set_name=configuration_set_name, sender_id="EXAMPLE"
    )
    print(result.sender_id)


async def delete_default_sender_id(client: SMSVoiceClient, configuration_set_name: str) -> None:
    await client.delete_default_sender_id(configuration_set_name=configuration_set_name)


async def set_default_message_feedback_enabled(
    client: SMSVoiceClient, configuration_set_name: str
) -> None:
    result = await client.set_default_message_feedback_enabled(
        configuration_set_name=configuration_set_name, message_feedback_enabled=True
    )
    print(result.message_feedback_enabled)
