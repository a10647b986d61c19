"""Accounts and Regions are independent of each other."""

from __future__ import annotations

from typing import Any

import pytest
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from smsreg.emulator import Clock, Emulator
from smsreg.emulator import accounts as accounts_module

OTHER = {"aws_access_key_id": "emulator-210987654321"}


async def lists(sms: Any) -> list[str]:
    response = await sms.describe_opt_out_lists()
    return [entry["OptOutListName"] for entry in response["OptOutLists"]]


async def test_a_region_and_an_account_have_what_they_made(
    emulator: Emulator, connect: Any
) -> None:
    async with (
        connect(emulator) as (home, _),
        connect(emulator, region_name="eu-west-1") as (abroad, _),
        connect(emulator, **OTHER) as (other, social),
    ):
        for client, name in ((home, "home"), (abroad, "abroad"), (other, "other")):
            made = await client.create_opt_out_list(OptOutListName=name, ClientToken="t")
            region = client.meta.region_name
            account = "210987654321" if client is other else "123456789012"
            assert made["OptOutListArn"] == (
                f"arn:aws:sms-voice:{region}:{account}:opt-out-list/{name}"
            )
        assert await lists(home) == ["Default", "home"]
        assert await lists(abroad) == ["Default", "abroad"]
        assert await lists(other) == ["Default", "other"]
        arn = (await home.describe_opt_out_lists(OptOutListNames=["home"]))["OptOutLists"][0]
        with pytest.raises(ClientError) as caught:
            await other.describe_opt_out_lists(OptOutListNames=[arn["OptOutListArn"]])
        assert caught.value.response["Reason"] == "INVALID_ARN"
        linked = await social.list_linked_whatsapp_business_accounts()
        assert "210987654321" in linked["linkedAccounts"][0]["arn"]
    assert {call.scope.account_id for call in emulator.calls} == {"123456789012", "210987654321"}
    assert emulator.controls(account_id="210987654321").messages == []


async def test_time_is_the_same_and_snapshots_have_all(emulator: Emulator, connect: Any) -> None:
    async with connect(emulator) as (home, _), connect(emulator, **OTHER) as (other, _):
        await home.create_opt_out_list(OptOutListName="a")
        await other.create_opt_out_list(OptOutListName="b")
        taken = emulator.snapshot()
        await other.delete_opt_out_list(OptOutListName="b")
        emulator.restore(taken)
        assert await lists(other) == ["Default", "b"]
        emulator.reset()
        assert await lists(home) == await lists(other) == ["Default"]


async def test_rates_are_each_account_s(connect: Any) -> None:
    async with Emulator(clock=Clock.fixed()) as emulator:
        emulator.faults.throttle_by_quota()
        async with connect(emulator) as (home, _), connect(emulator, **OTHER) as (other, _):
            await home.describe_pools()
            await other.describe_pools()
            with pytest.raises(ClientError, match="Rate exceeded"):
                await home.describe_pools()


@pytest.mark.parametrize(
    ("key_id", "secret"),
    [
        ("emulator-21098765432", "emulator"),
        ("emulator-2109876543211", "emulator"),
        ("emulator-", "emulator"),
        ("emulator-210987654321", "other"),
        ("nobody-210987654321", "emulator"),
    ],
)
async def test_other_keys_are_refused(
    emulator: Emulator, connect: Any, key_id: str, secret: str
) -> None:
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": secret}
    async with connect(emulator, **keys) as (sms, _):
        with pytest.raises(ClientError):
            await sms.describe_pools()
    assert len(emulator.accounts.scopes) == 1


async def test_there_is_an_end_to_them(
    emulator: Emulator, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts_module, "MOST_SCOPES", 1)
    async with connect(emulator, **OTHER) as (sms, _):
        with pytest.raises(ClientError, match="Too many accounts"):
            await sms.describe_pools()


async def test_who_am_i(emulator: Emulator) -> None:
    session = get_session()
    for keys, account in (({}, "123456789012"), (OTHER, "210987654321")):
        options = {**emulator.boto_options, **keys}
        async with session.create_client("sts", **options) as sts:
            response = await sts.get_caller_identity()
            assert response["Account"] == account
            assert response["Arn"] == f"arn:aws:iam::{account}:user/emulator"
            with pytest.raises(ClientError) as caught:
                await sts.get_session_token()
            assert caught.value.response["Error"]["Code"] == "InvalidAction"
    assert emulator.calls.operations == ["GetCallerIdentity"] * 2
    options = {**emulator.boto_options, "aws_secret_access_key": "wrong"}
    async with session.create_client("sts", **options) as sts:
        with pytest.raises(ClientError) as caught:
            await sts.get_caller_identity()
        assert caught.value.response["Error"]["Code"] == "InvalidSignatureException"


async def test_faults_of_sts(emulator: Emulator) -> None:
    emulator.faults.throttle("get_caller_identity")
    options = {**emulator.boto_options, "config": None}
    async with get_session().create_client("sts", **options) as sts:
        await sts.get_caller_identity()  # retried
    assert [call.error for call in emulator.calls] == ["Throttling", None]
