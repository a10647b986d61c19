"""Examples of operations on pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def create_pool(client: SMSVoiceClient, phone_number_id: str) -> None:
    result = await client.create_pool(
        origination_identity=phone_number_id,
        iso_country_code="GB",
        message_type="TRANSACTIONAL",
    )
    print(result.pool_id, result.status)


async def associate_origination_identity(
    client: SMSVoiceClient, pool_id: str, another_phone_number_id: str
) -> None:
    await client.associate_origination_identity(
        pool_id=pool_id, origination_identity=another_phone_number_id, iso_country_code="GB"
    )


async def list_pool_origination_identities(client: SMSVoiceClient, pool_id: str) -> None:
    async for identity in client.list_pool_origination_identities(pool_id=pool_id):
        print(identity.origination_identity, identity.iso_country_code)


async def describe_pools(client: SMSVoiceClient) -> None:
    async for pool in client.describe_pools():
        print(pool.pool_id, pool.status, pool.message_type)


async def update_pool(client: SMSVoiceClient, pool_id: str) -> None:
    result = await client.update_pool(pool_id=pool_id, deletion_protection_enabled=True)
    print(result.deletion_protection_enabled)


async def disassociate_origination_identity(
    client: SMSVoiceClient, pool_id: str, pooled_phone_number_id: str
) -> None:
    await client.disassociate_origination_identity(
        pool_id=pool_id, origination_identity=pooled_phone_number_id, iso_country_code="GB"
    )


async def delete_pool(client: SMSVoiceClient, pool_id: str) -> None:
    await client.delete_pool(pool_id=pool_id)
