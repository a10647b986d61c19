"""Examples of operations on registrations and their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def create_registration(client: SMSVoiceClient) -> None:
    result = await client.create_registration(
        registration_type="US_TOLL_FREE_REGISTRATION", client_token="tenant-7-toll-free"
    )
    print(result.registration_id, result.registration_status)


async def describe_registrations(client: SMSVoiceClient) -> None:
    denied = client.describe_registrations(
        filters=[{"name": "registration-status", "values": ["REQUIRES_UPDATES"]}]
    )
    async for registration in denied:
        print(registration.registration_id, registration.latest_denied_version_number)


async def create_registration_association(
    client: SMSVoiceClient, registration_id: str, toll_free_number_id: str
) -> None:
    result = await client.create_registration_association(
        registration_id=registration_id, resource_id=toll_free_number_id
    )
    print(result.resource_arn)


async def list_registration_associations(client: SMSVoiceClient, registration_id: str) -> None:
    async for resource in client.list_registration_associations(registration_id=registration_id):
        print(resource.resource_type, resource.resource_id)


async def submit_registration_version(
    client: SMSVoiceClient, complete_registration_id: str
) -> None:
    result = await client.submit_registration_version(registration_id=complete_registration_id)
    print(result.version_number, result.registration_version_status)


async def describe_registration_versions(client: SMSVoiceClient, registration_id: str) -> None:
    async for version in client.describe_registration_versions(registration_id=registration_id):
        print(version.version_number, version.registration_version_status)
        for reason in version.denied_reasons or ():
            print(reason.reason, reason.short_description)


async def create_registration_version(client: SMSVoiceClient, denied_registration_id: str) -> None:
    result = await client.create_registration_version(registration_id=denied_registration_id)
    print(result.version_number)  # a draft without any values


async def discard_registration_version(client: SMSVoiceClient, registration_id: str) -> None:
    result = await client.discard_registration_version(registration_id=registration_id)
    print(result.registration_version_status)


async def delete_registration(client: SMSVoiceClient, registration_id: str) -> None:
    result = await client.delete_registration(registration_id=registration_id)
    print(result.registration_status)
