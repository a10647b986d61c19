"""Examples of operations on a brand profile's attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import EndUserMessagingClient


async def create_brand_profile_attributes(
    profiles: EndUserMessagingClient, brand_profile_id: str
) -> None:
    result = await profiles.create_brand_profile_attributes(
        brand_profile_id=brand_profile_id,
        attributes=[
            {
                "attribute_name": "Website",
                "attribute_type": "TEXT",
                "attribute_value": "https://dental.example",
            }
        ],
    )
    print(len(result.attributes))


async def list_brand_profile_attributes(
    profiles: EndUserMessagingClient, brand_profile_id: str
) -> None:
    attributes = profiles.list_brand_profile_attributes(brand_profile_id=brand_profile_id)
    async for attribute in attributes:
        print(attribute.attribute_name, attribute.attribute_type)


async def get_brand_profile_attribute(
    profiles: EndUserMessagingClient, brand_profile_id: str, attribute_name: str
) -> None:
    result = await profiles.get_brand_profile_attribute(
        brand_profile_id=brand_profile_id, attribute_name=attribute_name
    )
    print(result.attribute_value)


async def update_brand_profile_attribute(
    profiles: EndUserMessagingClient, brand_profile_id: str, attribute_name: str
) -> None:
    await profiles.update_brand_profile_attribute(
        brand_profile_id=brand_profile_id,
        attribute_name=attribute_name,
        attribute_value="https://www.dental.example",
    )


async def delete_brand_profile_attribute(
    profiles: EndUserMessagingClient, brand_profile_id: str, attribute_name: str
) -> None:
    await profiles.delete_brand_profile_attribute(
        brand_profile_id=brand_profile_id, attribute_name=attribute_name
    )
