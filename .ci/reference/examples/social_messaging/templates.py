"""Examples of operations on message templates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SocialMessagingClient


async def create_whatsapp_message_template(
    social: SocialMessagingClient, whatsapp_account_id: str
) -> None:
    definition = {
        "name": "appointment",
        "language": "en",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "See you tomorrow at 9:00."}],
    }
    result = await social.create_whatsapp_message_template(
        id=whatsapp_account_id, template_definition=json.dumps(definition).encode()
    )
    print(result.meta_template_id, result.template_status)


async def create_whatsapp_message_template_from_library(
    social: SocialMessagingClient, whatsapp_account_id: str
) -> None:
    result = await social.create_whatsapp_message_template_from_library(
        id=whatsapp_account_id,
        meta_library_template={
            "template_name": "code",
            "library_template_name": "verify_code",
            "template_category": "AUTHENTICATION",
            "template_language": "en_US",
        },
    )
    print(result.meta_template_id, result.template_status)


async def create_whatsapp_message_template_media(
    social: SocialMessagingClient, whatsapp_account_id: str
) -> None:
    result = await social.create_whatsapp_message_template_media(
        id=whatsapp_account_id,
        source_s3_file={"bucket_name": "example-media", "key": "header.png"},
    )
    print(result.meta_header_handle)


async def list_whatsapp_message_templates(
    social: SocialMessagingClient, whatsapp_account_id: str
) -> None:
    async for template in social.list_whatsapp_message_templates(id=whatsapp_account_id):
        print(template.template_name, template.template_status)


async def list_whatsapp_template_library(
    social: SocialMessagingClient, whatsapp_account_id: str
) -> None:
    templates = social.list_whatsapp_template_library(id=whatsapp_account_id)
    async for template in templates:
        print(template.template_name, template.template_language)


async def get_whatsapp_message_template(
    social: SocialMessagingClient, whatsapp_account_id: str, template_name: str
) -> None:
    result = await social.get_whatsapp_message_template(
        id=whatsapp_account_id, template_name=template_name
    )
    if result.template:
        print(json.loads(result.template)["status"])


async def update_whatsapp_message_template(
    social: SocialMessagingClient, whatsapp_account_id: str, template_name: str
) -> None:
    components = [{"type": "BODY", "text": "See you tomorrow at 10:00."}]
    await social.update_whatsapp_message_template(
        id=whatsapp_account_id,
        template_name=template_name,
        template_language_code="en",
        template_components=json.dumps(components).encode(),
    )


async def delete_whatsapp_message_template(
    social: SocialMessagingClient, whatsapp_account_id: str, template_name: str
) -> None:
    await social.delete_whatsapp_message_template(
        id=whatsapp_account_id, template_name=template_name, delete_all_languages=True
    )
