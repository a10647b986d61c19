"""Numbers, sender ids, pools, keywords, protection, spend: the rules between resources."""

from __future__ import annotations

from typing import Any

import pytest

from smsreg.emulator import Clock, Emulator

NUMBER = {
    "IsoCountryCode": "US",
    "MessageType": "TRANSACTIONAL",
    "NumberCapabilities": ["SMS", "VOICE"],
    "NumberType": "LONG_CODE",
}
TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"


async def lease(sms: Any, **changes: Any) -> str:
    return str((await sms.request_phone_number(**{**NUMBER, **changes}))["PhoneNumberId"])


async def pool_of(sms: Any, emulator: Emulator, identity: str, **more: Any) -> str:
    made = await sms.create_pool(OriginationIdentity=identity, MessageType="TRANSACTIONAL", **more)
    await emulator.advance(seconds=1)
    return str(made["PoolId"])


async def test_a_number_is_in_one_pool_and_a_pool_is_of_one_kind(
    emulator: Emulator, sms: Any, refused: Any
) -> None:
    first, second = await lease(sms), await lease(sms)
    pool = await pool_of(sms, emulator, first)
    [described] = (await sms.describe_pools(PoolIds=[pool]))["Pools"]
    assert described["Status"] == "ACTIVE"

    def join(identity: str, **more: Any) -> Any:
        return sms.associate_origination_identity(PoolId=pool, OriginationIdentity=identity, **more)

    await refused(join(first), "ConflictException", "RESOURCE_ALREADY_ASSOCIATED")
    other = await lease(sms, MessageType="PROMOTIONAL")
    await refused(join(other), "ConflictException", "MESSAGE_TYPE_MISMATCH")
    other = await lease(sms, NumberCapabilities=["SMS"])
    await refused(join(other), "ConflictException", "NUMBER_CAPABILITIES_MISMATCH")
    await sms.create_opt_out_list(OptOutListName="mine")
    other = await lease(sms, OptOutListName="mine")
    await refused(join(other), "ConflictException", "OPT_OUT_LIST_MISMATCH")
    other = await lease(sms)
    await sms.update_phone_number(PhoneNumberId=other, TwoWayEnabled=True, TwoWayChannelArn=TOPIC)
    await refused(join(other), "ConflictException", "TWO_WAY_CONFIG_MISMATCH")
    other = await lease(sms)
    await sms.update_phone_number(PhoneNumberId=other, SelfManagedOptOutsEnabled=True)
    await refused(join(other), "ConflictException", "SELF_MANAGED_OPT_OUTS_MISMATCH")
    await refused(join(second, IsoCountryCode="DE"), "ValidationException", "COUNTRY_CODE_MISMATCH")
    slow = await lease(sms, NumberType="TOLL_FREE")
    await refused(join(slow), "ConflictException", "RESOURCE_NOT_ACTIVE")

    await join(second)
    elsewhere = sms.create_pool(OriginationIdentity=second, MessageType="TRANSACTIONAL")
    await refused(elsewhere, "ConflictException", "PHONE_NUMBER_ASSOCIATED_TO_POOL")
    alone = sms.update_phone_number(PhoneNumberId=second, SelfManagedOptOutsEnabled=True)
    await refused(alone, "ConflictException", "SELF_MANAGED_OPT_OUTS_MISMATCH")
    release = sms.release_phone_number(PhoneNumberId=second)
    await refused(release, "ConflictException", "PHONE_NUMBER_ASSOCIATED_TO_POOL")
    members = await sms.list_pool_origination_identities(PoolId=pool)
    assert {m["OriginationIdentity"] for m in members["OriginationIdentities"]} == {first, second}

    leave = {"PoolId": pool, "OriginationIdentity": second}
    await sms.disassociate_origination_identity(**leave)
    again = sms.disassociate_origination_identity(**leave)
    await refused(again, "ConflictException", "PHONE_NUMBER_NOT_ASSOCIATED_TO_POOL")
    last = sms.disassociate_origination_identity(PoolId=pool, OriginationIdentity=first)
    await refused(last, "ConflictException", "LAST_PHONE_NUMBER")
    await sms.release_phone_number(PhoneNumberId=second)
    await sms.delete_pool(PoolId=pool)
    await sms.release_phone_number(PhoneNumberId=first)


async def test_a_sender_id_is_in_many_pools(emulator: Emulator, sms: Any, refused: Any) -> None:
    await sms.request_sender_id(SenderId="HELLO", IsoCountryCode="DE")
    for _ in range(2):
        pool = await pool_of(sms, emulator, "HELLO", IsoCountryCode="DE")
    release = sms.release_sender_id(SenderId="HELLO", IsoCountryCode="DE")
    await refused(release, "ConflictException", "SENDER_ID_ASSOCIATED_TO_POOL")
    await sms.list_pool_origination_identities(PoolId=pool)


@pytest.mark.parametrize(
    ("name", "country", "reason"),
    [
        ("12345", "DE", "INVALID_PARAMETER"),
        ("HELLO", "US", "SENDER_ID_NOT_SUPPORTED"),
        ("HELLO", "IN", "SENDER_ID_REQUIRES_REGISTRATION"),
    ],
)
async def test_sender_ids_that_cannot_be_had(
    sms: Any, refused: Any, name: str, country: str, reason: str
) -> None:
    call = sms.request_sender_id(SenderId=name, IsoCountryCode=country)
    await refused(call, "ValidationException", reason)


async def test_deletion_protection(emulator: Emulator, sms: Any, refused: Any) -> None:
    on = {"DeletionProtectionEnabled": True}
    number = await lease(sms, **on)
    pool = await pool_of(sms, emulator, await lease(sms), **on)
    await sms.request_sender_id(SenderId="HELLO", IsoCountryCode="DE", **on)
    protect = (await sms.create_protect_configuration(**on))["ProtectConfigurationId"]
    agent = (await sms.create_rcs_agent(**on))["RcsAgentId"]
    notify = await sms.create_notify_configuration(
        DisplayName="x", UseCase="CODE_VERIFICATION", EnabledChannels=["SMS"], **on
    )
    sender = {"SenderId": "HELLO", "IsoCountryCode": "DE"}
    notify_id = {"NotifyConfigurationId": notify["NotifyConfigurationId"]}
    protect_id = {"ProtectConfigurationId": protect}
    off = {"DeletionProtectionEnabled": False}
    for remove, update, key in (
        (sms.release_phone_number, sms.update_phone_number, {"PhoneNumberId": number}),
        (sms.delete_pool, sms.update_pool, {"PoolId": pool}),
        (sms.release_sender_id, sms.update_sender_id, sender),
        (sms.delete_protect_configuration, sms.update_protect_configuration, protect_id),
        (sms.delete_rcs_agent, sms.update_rcs_agent, {"RcsAgentId": agent}),
        (sms.delete_notify_configuration, sms.update_notify_configuration, notify_id),
    ):
        await refused(remove(**key), "ConflictException", "DELETION_PROTECTION_ENABLED")
        await update(**key, **off)
        await remove(**key)


async def test_quotas(connect: Any, refused: Any) -> None:
    quotas = {"PHONE_NUMBERS": 1, "POOLS": 0, "CONFIGURATION_SETS": 1, "OPT_OUT_LISTS": 1}
    async with (
        Emulator(clock=Clock.fixed(), quotas=quotas) as emulator,
        connect(emulator) as (sms, _),
    ):
        number = await lease(sms)
        code = "ServiceQuotaExceededException"
        await refused(sms.request_phone_number(**NUMBER), code, "PHONE_NUMBERS_PER_ACCOUNT")
        pool = sms.create_pool(OriginationIdentity=number, MessageType="TRANSACTIONAL")
        await refused(pool, code, "POOLS_PER_ACCOUNT")
        await sms.create_configuration_set(ConfigurationSetName="a")
        more = sms.create_configuration_set(ConfigurationSetName="b")
        await refused(more, code, "CONFIGURATION_SETS_PER_ACCOUNT")
        lists = sms.create_opt_out_list(OptOutListName="b")
        await refused(lists, code, "OPT_OUT_LISTS_PER_ACCOUNT")
        limits = (await sms.describe_account_limits())["AccountLimits"]
        assert {"Name": "PHONE_NUMBERS", "Used": 1, "Max": 1} in limits
    with pytest.raises(ValueError, match="quotas: unknown: NONSENSE"):
        Emulator(quotas={"NONSENSE": 1})


async def test_verified_numbers(emulator: Emulator, sms: Any, refused: Any) -> None:
    made = await sms.create_verified_destination_number(DestinationPhoneNumber="+12065550100")
    key = {"VerifiedDestinationNumberId": made["VerifiedDestinationNumberId"]}
    none = sms.send_destination_number_verification_code(**key, VerificationChannel="TEXT")
    await refused(none, "ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND")
    simulator = await lease(sms, NumberType="SIMULATOR")
    for origin in ({}, {"OriginationIdentity": simulator}):
        none = sms.send_destination_number_verification_code(
            **key, VerificationChannel="TEXT", **origin
        )
        await refused(none, "ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND")
    await lease(sms)
    early = sms.verify_destination_number(**key, VerificationCode="123456")
    await refused(early, "ConflictException", "VERIFICATION_CODE_EXPIRED")
    for _ in range(2):
        await sms.send_destination_number_verification_code(**key, VerificationChannel="TEXT")
        code = str(emulator.verification_code(key["VerifiedDestinationNumberId"]))
        assert code in emulator.messages[-1]["MessageBody"]
        wrong = sms.verify_destination_number(**key, VerificationCode=f"{code}9")
        await refused(wrong, "ValidationException", "VERIFICATION_CODE_MISMATCH")
        await emulator.advance(minutes=20)
        late = sms.verify_destination_number(**key, VerificationCode=code)
        await refused(late, "ConflictException", "VERIFICATION_CODE_EXPIRED")
    for _ in range(3):
        await sms.send_destination_number_verification_code(**key, VerificationChannel="VOICE")
    more = sms.send_destination_number_verification_code(**key, VerificationChannel="TEXT")
    await refused(more, "ServiceQuotaExceededException", "VERIFICATION_ATTEMPTS_PER_DAY")
    code = str(emulator.verification_code(key["VerifiedDestinationNumberId"]))
    verified = await sms.verify_destination_number(**key, VerificationCode=code)
    assert verified["Status"] == "VERIFIED"
    done = sms.verify_destination_number(**key, VerificationCode=code)
    await refused(done, "ConflictException", "VERIFICATION_ALREADY_COMPLETE")
    for index in range(9):
        await sms.create_verified_destination_number(DestinationPhoneNumber=f"+1206555020{index}")
    many = sms.create_verified_destination_number(DestinationPhoneNumber="+12065550300")
    reason = "VERIFIED_DESTINATION_NUMBERS_PER_ACCOUNT"
    await refused(many, "ServiceQuotaExceededException", reason)


async def test_messages(emulator: Emulator, sms: Any, refused: Any) -> None:
    number = await lease(sms)
    send = {"DestinationPhoneNumber": "+12065550100", "MessageBody": "Hello"}
    sent = await sms.send_text_message(**send, OriginationIdentity=number)
    [message] = emulator.messages
    assert message["MessageId"] == sent["MessageId"]
    assert (message["MessageBody"], message["Outcome"]) == ("Hello", "DELIVERED")
    await sms.send_text_message(**send)
    await sms.send_text_message(**send, DryRun=True)
    assert len(emulator.messages) == 2
    await sms.put_message_feedback(MessageId=sent["MessageId"], MessageFeedbackStatus="RECEIVED")
    unknown = sms.put_message_feedback(MessageId="x", MessageFeedbackStatus="RECEIVED")
    await refused(unknown, "ResourceNotFoundException")
    failing = {**send, "DestinationPhoneNumber": "+14254147167"}
    await sms.send_text_message(**failing)
    assert emulator.messages[-1]["Outcome"] == "FAILED"

    emulator.opt_out("Default", "+12065550100")
    stopped = sms.send_text_message(**send, OriginationIdentity=number)
    await refused(stopped, "ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT")
    back = sms.delete_opted_out_number(OptOutListName="Default", OptedOutNumber="+12065550100")
    await refused(back, "ValidationException", "PHONE_NUMBER_CANNOT_BE_OPTED_IN")
    dear = sms.send_text_message(**failing, MaxPrice="0.001")
    await refused(dear, "ValidationException", "PRICE_OVER_THRESHOLD")
    media = sms.send_media_message(**failing, OriginationIdentity=number)
    await refused(media, "ConflictException", "NUMBER_CAPABILITIES_MISMATCH")
    await sms.set_text_message_spend_limit_override(MonthlyLimit=0)
    broke = sms.send_text_message(**failing)
    reason = "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"
    await refused(broke, "ServiceQuotaExceededException", reason)
    high = sms.set_text_message_spend_limit_override(MonthlyLimit=10_000)
    reason = "REQUESTED_SPEND_LIMIT_HIGHER_THAN_SERVICE_LIMIT"
    await refused(high, "ValidationException", reason)
    await sms.delete_text_message_spend_limit_override()
    await sms.send_text_message(**failing)
    await sms.send_voice_message(**failing, OriginationIdentity=number)


async def test_protect_configurations_and_the_sandbox(
    emulator: Emulator, sms: Any, refused: Any
) -> None:
    number = await lease(sms, IsoCountryCode="DE")
    send = {
        "DestinationPhoneNumber": "+4915112345678",
        "MessageBody": "Hello",
        "OriginationIdentity": number,
    }
    protect = await sms.create_protect_configuration()
    key = {"ProtectConfigurationId": protect["ProtectConfigurationId"]}
    await sms.update_protect_configuration_country_rule_set(
        **key, NumberCapability="SMS", CountryRuleSetUpdates={"DE": {"ProtectStatus": "BLOCK"}}
    )
    rules = await sms.get_protect_configuration_country_rule_set(**key, NumberCapability="SMS")
    assert rules["CountryRuleSet"]["DE"] == {"ProtectStatus": "BLOCK"}
    assert rules["CountryRuleSet"]["US"] == {"ProtectStatus": "ALLOW"}
    await sms.send_text_message(**send)
    await sms.set_account_default_protect_configuration(**key)
    blocked = sms.send_text_message(**send)
    reason = "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"
    await refused(blocked, "ConflictException", reason)
    override = {**key, "DestinationPhoneNumber": send["DestinationPhoneNumber"]}
    until = emulator.clock.now() + 60
    await sms.put_protect_configuration_rule_set_number_override(
        **override, Action="ALLOW", ExpirationTimestamp=until
    )
    await sms.send_text_message(**send)
    listed = await sms.list_protect_configuration_rule_set_number_overrides(**key)
    assert listed["RuleSetNumberOverrides"][0]["IsoCountryCode"] == "DE"
    await emulator.advance(minutes=2)
    await refused(sms.send_text_message(**send), "ConflictException", reason)
    refused_call = sms.delete_protect_configuration(**key)
    await refused(refused_call, "ConflictException", "PROTECT_CONFIGURATION_IS_ACCOUNT_DEFAULT")
    await sms.delete_account_default_protect_configuration()
    await sms.create_configuration_set(ConfigurationSetName="c")
    await sms.associate_protect_configuration(**key, ConfigurationSetName="c")
    through = sms.send_text_message(**send, ConfigurationSetName="c")
    await refused(through, "ConflictException", reason)
    refused_call = sms.delete_protect_configuration(**key)
    associated = "PROTECT_CONFIGURATION_ASSOCIATED_WITH_CONFIGURATION_SET"
    await refused(refused_call, "ConflictException", associated)
    await sms.disassociate_protect_configuration(**key, ConfigurationSetName="c")
    await sms.delete_protect_configuration(**key)
    emulator.settings.account_tier = "SANDBOX"
    unverified = sms.send_text_message(**send)
    await refused(unverified, "ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED")


async def test_event_destinations(sms: Any, refused: Any) -> None:
    key = {"ConfigurationSetName": "c"}
    await sms.create_configuration_set(**key)
    sns = {"SnsDestination": {"TopicArn": TOPIC}}
    logs = {"CloudWatchLogsDestination": {"IamRoleArn": TOPIC, "LogGroupArn": TOPIC}}
    make = {**key, "EventDestinationName": "e", "MatchingEventTypes": ["ALL"]}
    none = sms.create_event_destination(**make)
    await refused(none, "ValidationException", "MISSING_PARAMETER")
    both = sms.create_event_destination(**make, **sns, **logs)
    await refused(both, "ValidationException", "PARAMETERS_CANNOT_BE_USED_TOGETHER")
    await sms.create_event_destination(**make, **sns)
    twice = sms.create_event_destination(**make, **sns)
    await refused(twice, "ConflictException", "RESOURCE_ALREADY_EXISTS")
    update = {**key, "EventDestinationName": "e"}
    other = sms.update_event_destination(**update, **logs)
    await refused(other, "ConflictException", "EVENT_DESTINATION_MISMATCH")
    await sms.update_event_destination(**update, Enabled=False)
    named = [{"Name": "event-destination-name", "Values": ["e"]}]
    [found] = (await sms.describe_configuration_sets(Filters=named))["ConfigurationSets"]
    assert found["EventDestinations"][0]["Enabled"] is False


async def test_keywords_notify_and_tags(emulator: Emulator, sms: Any, refused: Any) -> None:
    number = await lease(sms, Tags=[{"Key": "team", "Value": "a"}])
    key = {"OriginationIdentity": number}
    await sms.put_keyword(**key, Keyword="info", KeywordMessage="Hello")
    words = (await sms.describe_keywords(**key))["Keywords"]
    assert {word["Keyword"] for word in words} == {"HELP", "STOP", "INFO"}
    fixed = sms.delete_keyword(**key, Keyword="STOP")
    await refused(fixed, "ConflictException", "RESOURCE_DELETION_NOT_ALLOWED")
    await sms.delete_keyword(**key, Keyword="INFO")
    [described] = (await sms.describe_phone_numbers())["PhoneNumbers"]
    arn = {"ResourceArn": described["PhoneNumberArn"]}
    await sms.tag_resource(**arn, Tags=[{"Key": "b", "Value": ""}])
    await sms.untag_resource(**arn, TagKeys=["team", "nothing"])
    assert (await sms.list_tags_for_resource(**arn))["Tags"] == [{"Key": "b", "Value": ""}]

    notify = await sms.create_notify_configuration(
        DisplayName="Codes", UseCase="CODE_VERIFICATION", EnabledChannels=["SMS"]
    )
    send = {
        "NotifyConfigurationId": notify["NotifyConfigurationId"],
        "DestinationPhoneNumber": "+12065550100",
        "TemplateId": "code-verification-en",
        "TemplateVariables": {"code": "4711"},
    }
    early = sms.send_notify_text_message(**send)
    await refused(early, "ConflictException", "NOTIFY_CONFIGURATION_NOT_ACTIVE")
    await emulator.advance(seconds=1)
    sent = await sms.send_notify_text_message(**send)
    assert sent["ResolvedMessageBody"] == "Your code is 4711."
    voice = sms.send_notify_voice_message(**send)
    await refused(voice, "ValidationException", "CHANNEL_NOT_ENABLED")


async def test_attachments(emulator: Emulator, sms: Any, refused: Any) -> None:
    make = sms.create_registration_attachment
    none = make()
    await refused(none, "ValidationException", "MISSING_PARAMETER")
    both = make(AttachmentBody=b"%PDF-", AttachmentUrl="s3://bucket/a.pdf")
    await refused(both, "ValidationException", "PARAMETERS_CANNOT_BE_USED_TOGETHER")
    text = make(AttachmentBody=b"hello")
    await refused(text, "ValidationException", "ATTACHMENT_TYPE_NOT_SUPPORTED")
    await refused(make(AttachmentUrl="s3://bucket/a.doc"), "ValidationException",
                  "ATTACHMENT_TYPE_NOT_SUPPORTED")  # fmt: skip
    await refused(make(AttachmentUrl="https://x/a.pdf"), "ValidationException", "INVALID_PARAMETER")
    emulator.settings.attachment_limit = 10
    large = make(AttachmentBody=b"%PDF-12345678")
    await refused(large, "ValidationException", "MAXIMUM_SIZE_EXCEEDED")
    good = await make(AttachmentUrl="s3://bucket/a.jpeg")
    bad = await make(AttachmentBody=b"%PDF-")
    emulator.fail_upload(bad["RegistrationAttachmentId"])
    await emulator.advance(seconds=1)
    found = (await sms.describe_registration_attachments())["RegistrationAttachments"]
    assert [entry["AttachmentStatus"] for entry in found] == ["UPLOAD_COMPLETE", "UPLOAD_FAILED"]
    deleted = await sms.delete_registration_attachment(
        RegistrationAttachmentId=good["RegistrationAttachmentId"]
    )
    assert deleted["AttachmentStatus"] == "DELETED"
