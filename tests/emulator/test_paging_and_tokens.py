"""Pages, filters, id lists and client tokens."""

from __future__ import annotations

from typing import Any

from smsreg.emulator import Clock, Emulator


async def pages(call: Any, **params: Any) -> list[dict[str, Any]]:
    found = [await call(**params)]
    while "NextToken" in found[-1]:
        found.append(await call(**params, NextToken=found[-1]["NextToken"]))
    return found


async def test_pages_hold_every_item_once(sms: Any) -> None:
    names = [f"set-{index}" for index in range(7)]
    for name in names:
        await sms.create_configuration_set(ConfigurationSetName=name)
    found = await pages(sms.describe_configuration_sets, MaxResults=3)
    assert [len(page["ConfigurationSets"]) for page in found] == [3, 3, 1]
    seen = [entry["ConfigurationSetName"] for page in found for entry in page["ConfigurationSets"]]
    assert seen == names


async def test_items_that_go_between_pages_hide_no_others(sms: Any) -> None:
    for index in range(4):
        await sms.create_configuration_set(ConfigurationSetName=f"set-{index}")
    first = await sms.describe_configuration_sets(MaxResults=2)
    await sms.delete_configuration_set(ConfigurationSetName="set-0")
    second = await sms.describe_configuration_sets(MaxResults=2, NextToken=first["NextToken"])
    names = [entry["ConfigurationSetName"] for entry in second["ConfigurationSets"]]
    assert names == ["set-2", "set-3"]


async def test_a_token_of_another_request_is_refused(sms: Any, social: Any, refused: Any) -> None:
    for index in range(3):
        await sms.create_opt_out_list(OptOutListName=f"list-{index}")
    token = (await sms.describe_opt_out_lists(MaxResults=1))["NextToken"]
    assert "list" not in token
    for call in (
        sms.describe_opt_out_lists(NextToken="nonsense"),
        sms.describe_opt_out_lists(NextToken=token[:-4]),
        sms.describe_opt_out_lists(NextToken=token, Owner="SELF"),
        sms.describe_configuration_sets(NextToken=token),
    ):
        await refused(call, "ValidationException", "INVALID_NEXT_TOKEN")
    other = social.list_linked_whatsapp_business_accounts(nextToken="nonsense")
    await refused(other, "ValidationException")


async def test_ids_and_filters(sms: Any, refused: Any) -> None:
    for country in ("DE", "FR", "SE"):
        await sms.request_sender_id(
            SenderId="HELLO", IsoCountryCode=country, DeletionProtectionEnabled=country == "FR"
        )

    async def countries(**params: Any) -> list[str]:
        response = await sms.describe_sender_ids(**params)
        return [entry["IsoCountryCode"] for entry in response["SenderIds"]]

    assert await countries(Filters=[{"Name": "iso-country-code", "Values": ["DE", "SE"]}]) == [
        "DE",
        "SE",
    ]
    both = [
        {"Name": "deletion-protection-enabled", "Values": ["true"]},
        {"Name": "sender-id", "Values": ["HELLO"]},
    ]
    assert await countries(Filters=both) == ["FR"]
    assert await countries(Owner="SHARED") == []
    one = [{"SenderId": "HELLO", "IsoCountryCode": "SE"}]
    assert await countries(SenderIds=one) == ["SE"]
    bad = countries(Filters=[{"Name": "registered", "Values": ["perhaps"]}])
    await refused(bad, "ValidationException", "INVALID_FILTER_VALUES")
    many = sms.describe_registrations(RegistrationIds=["a"] * 6)
    await refused(many, "ValidationException", "INVALID_PARAMETER")
    unknown = sms.describe_registrations(RegistrationIds=["registration-1"])
    await refused(unknown, "ResourceNotFoundException")


async def test_arns_do_as_well_as_ids(sms: Any, refused: Any) -> None:
    made = await sms.create_protect_configuration()
    arn = made["ProtectConfigurationArn"]
    response = await sms.describe_protect_configurations(ProtectConfigurationIds=[arn])
    [found] = response["ProtectConfigurations"]
    assert found["ProtectConfigurationId"] == made["ProtectConfigurationId"]
    other = sms.describe_pools(PoolIds=[arn])
    await refused(other, "ValidationException", "INVALID_ARN")


async def test_a_client_token_gets_the_same_resource(
    emulator: Emulator, sms: Any, refused: Any
) -> None:
    request = {"RegistrationType": "US_TOLL_FREE_REGISTRATION", "ClientToken": "once"}
    first = await sms.create_registration(**request)
    second = await sms.create_registration(**request)
    assert first["RegistrationId"] == second["RegistrationId"]
    assert len((await sms.describe_registrations())["Registrations"]) == 1
    other = sms.create_registration(
        RegistrationType="US_TEN_DLC_BRAND_REGISTRATION", ClientToken="once"
    )
    await refused(other, "ConflictException", "RESOURCE_ALREADY_EXISTS")
    await emulator.advance(days=2)
    third = await sms.create_registration(**request)
    assert third["RegistrationId"] != first["RegistrationId"]


async def test_a_token_belongs_to_its_operation(sms: Any) -> None:
    body = {"AttachmentBody": b"%PDF-", "ClientToken": "t"}
    one = await sms.create_registration_attachment(**body)
    two = await sms.create_registration_attachment(**body)
    assert one["RegistrationAttachmentId"] == two["RegistrationAttachmentId"]
    await sms.create_opt_out_list(OptOutListName="a", ClientToken="t")


async def test_a_failed_call_leaves_its_token_free(connect: Any, refused: Any) -> None:
    async with (
        Emulator(clock=Clock.fixed(), quotas={"REGISTRATIONS": 0}) as emulator,
        connect(emulator) as (sms, _),
    ):
        request = {"RegistrationType": "US_TOLL_FREE_REGISTRATION", "ClientToken": "t"}
        full = sms.create_registration(**request)
        await refused(full, "ServiceQuotaExceededException", "REGISTRATIONS_PER_ACCOUNT")
        emulator.settings.quotas["REGISTRATIONS"] = 1
        await sms.create_registration(**request)
