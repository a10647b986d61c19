"""The WhatsApp service through a plain aiobotocore client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smsreg.emulator import Emulator


def blob(**document: Any) -> bytes:
    return json.dumps(document).encode()


async def test_media(emulator: Emulator, social: Any, refused: Any) -> None:
    phone = {"originationPhoneNumberId": emulator.whatsapp_phone_number_id}
    file = {"bucketName": "bucket", "key": "picture.png"}
    neither = social.post_whatsapp_message_media(**phone)
    await refused(neither, "InvalidParametersException")
    made = await social.post_whatsapp_message_media(**phone, sourceS3File=file)
    key = {**phone, "mediaId": made["mediaId"]}
    got = await social.get_whatsapp_message_media(**key, destinationS3File=file)
    assert got["mimeType"] == "image/png"
    await refused(social.get_whatsapp_message_media(**key), "InvalidParametersException")
    await social.get_whatsapp_message_media(**key, metadataOnly=True)
    assert (await social.delete_whatsapp_message_media(**key))["success"] is True
    error = await refused(social.delete_whatsapp_message_media(**key), "ResourceNotFoundException")
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 404
    made = await social.post_whatsapp_message_media(**phone, sourceS3File=file)
    await emulator.advance(days=31)
    old = social.delete_whatsapp_message_media(**phone, mediaId=made["mediaId"])
    await refused(old, "ResourceNotFoundException")


async def test_linking_and_unlinking(emulator: Emulator, social: Any, refused: Any) -> None:
    begun = await social.associate_whatsapp_business_account(signupCallback={"accessToken": "x"})
    result = begun["signupCallbackResult"]
    [(_, incomplete)] = result["linkedAccountsWithIncompleteSetup"].items()
    [number] = incomplete["unregisteredWhatsAppPhoneNumbers"]
    setup = {
        "associateInProgressToken": result["associateInProgressToken"],
        "phoneNumbers": [{"id": number["metaPhoneNumberId"], "twoFactorPin": "123456"}],
        "waba": {"tags": [{"key": "team", "value": "a"}]},
    }
    linked = await social.associate_whatsapp_business_account(setupFinalization=setup)
    key = {"id": linked["linkedWhatsAppBusinessAccountId"]}
    again = social.associate_whatsapp_business_account(setupFinalization=setup)
    await refused(again, "InvalidParametersException")
    accounts = await social.list_linked_whatsapp_business_accounts()
    assert len(accounts["linkedAccounts"]) == 2
    account = (await social.get_linked_whatsapp_business_account(**key))["account"]
    [phone] = account["phoneNumbers"]
    tags = await social.list_tags_for_resource(resourceArn=account["arn"])
    assert tags["tags"] == [{"key": "team", "value": "a"}]
    await social.update_linked_whatsapp_business_account_phone_number(
        id=phone["phoneNumberId"], callSettings={"callEnabled": True}
    )
    got = await social.get_linked_whatsapp_business_account_phone_number(id=phone["arn"])
    assert got["callSettings"] == {"callEnabled": True}
    await social.disassociate_whatsapp_business_account(**key)
    await refused(social.get_linked_whatsapp_business_account(**key), "ResourceNotFoundException")
    assert emulator.whatsapp_account_id != key["id"]


async def test_templates_and_messages(emulator: Emulator, social: Any, refused: Any) -> None:
    account = {"id": emulator.whatsapp_account_id}
    definition = {"name": "hello", "language": "en", "category": "UTILITY", "components": []}
    made = await social.create_whatsapp_message_template(
        **account, templateDefinition=blob(**definition)
    )
    assert made["templateStatus"] == "PENDING"
    twice = social.create_whatsapp_message_template(
        **account, templateDefinition=blob(**definition)
    )
    await refused(twice, "InvalidParametersException")
    send = {
        "originationPhoneNumberId": emulator.whatsapp_phone_number_id,
        "metaApiVersion": "v20.0",
        "message": blob(
            messaging_product="whatsapp", to="+1", type="template", template={"name": "hello"}
        ),
    }
    await refused(social.send_whatsapp_message(**send), "InvalidParametersException")
    await emulator.advance(seconds=1)
    sent = await social.send_whatsapp_message(**send)
    assert emulator.messages[-1]["MessageId"] == sent["messageId"]
    got = await social.get_whatsapp_message_template(**account, templateName="hello")
    assert json.loads(got["template"])["status"] == "APPROVED"
    not_json = {**send, "message": b"{"}
    await refused(social.send_whatsapp_message(**not_json), "InvalidParametersException")
    await social.create_whatsapp_message_template_from_library(
        **account,
        metaLibraryTemplate={
            "templateName": "code",
            "libraryTemplateName": "verify_code",
            "templateCategory": "AUTHENTICATION",
            "templateLanguage": "en_US",
        },
    )
    page = await social.list_whatsapp_message_templates(**account, maxResults=1)
    rest = await social.list_whatsapp_message_templates(**account, nextToken=page["nextToken"])
    names = [t["templateName"] for p in (page, rest) for t in p["templates"]]
    assert names == ["hello", "code"]
    await social.delete_whatsapp_message_template(
        **account, templateName="hello", deleteAllLanguages=True
    )
    gone = social.get_whatsapp_message_template(**account, templateName="hello")
    await refused(gone, "ResourceNotFoundException")


async def test_flows(emulator: Emulator, social: Any, refused: Any) -> None:
    account = {"id": emulator.whatsapp_account_id}
    made = await social.create_whatsapp_flow(**account, flowName="f", categories=["SURVEY"])
    key = {**account, "flowId": made["flowId"]}
    assert made["validationErrors"]
    await refused(social.publish_whatsapp_flow(**key), "InvalidParametersException")
    checked = await social.update_whatsapp_flow_assets(
        **key, flowJson=blob(version="7.0", screens=[])
    )
    assert checked["validationErrors"] == []
    await social.publish_whatsapp_flow(**key)
    await refused(social.delete_whatsapp_flow(**key), "InvalidParametersException")
    await social.deprecate_whatsapp_flow(**key)
    assert (await social.get_whatsapp_flow(**key))["flowStatus"] == "DEPRECATED"
    old = (await social.get_whatsapp_flow_preview(**key))["preview"]
    new = (await social.get_whatsapp_flow_preview(**key, invalidate=True))["preview"]
    assert old["previewUrl"] != new["previewUrl"]


async def test_calls_and_conversions(emulator: Emulator, social: Any, refused: Any) -> None:
    call = {
        "originationPhoneNumberId": emulator.whatsapp_phone_number_id,
        "metaApiVersion": "v20.0",
    }
    send = social.send_whatsapp_call_event
    begun = await send(**call, callEvent=blob(action="connect", to="+1"))
    await send(**call, callEvent=blob(action="terminate", call_id=begun["callId"]))
    late = send(**call, callEvent=blob(action="accept", call_id=begun["callId"]))
    await refused(late, "ConflictException")
    account = {"id": emulator.whatsapp_account_id}
    dataset = await social.create_whatsapp_dataset(**account)
    assert dataset["datasetId"] == (await social.create_whatsapp_dataset(**account))["datasetId"]
    await social.send_whatsapp_conversion_event(
        **account, datasetId=dataset["datasetId"], eventData=blob(event="x")
    )
