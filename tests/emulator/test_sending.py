"""Sending: origins and destinations, message parts and prices, tags and keywords."""

from __future__ import annotations

import runpy
import uuid
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from botocore.exceptions import ClientError

from smsreg.emulator import Clock, Emulator
from smsreg.emulator.sms_voice.calling_codes import CALLING_CODES, COUNTRIES_BY_PREFIX
from smsreg.emulator.sms_voice.message_parts import count_parts, encoding_of
from smsreg.emulator.sms_voice.number_plan import country_of

US, GB, SPAIN, CANADA = "+12065550100", "+447700900123", "+34600000000", "+16045550100"
SUCCESS, FAILURE = "+14254147755", "+14254147167"


async def lease(sms: Any, country: str = "US", kind: str = "LONG_CODE", **more: Any) -> str:
    made = await sms.request_phone_number(
        IsoCountryCode=country,
        MessageType="TRANSACTIONAL",
        NumberCapabilities=["SMS"],
        NumberType=kind,
        **more,
    )
    return str(made["PhoneNumberId"])


def send(sms: Any, origin: str, to: str, body: str = "Hello", **more: Any) -> Any:
    return sms.send_text_message(
        DestinationPhoneNumber=to, MessageBody=body, OriginationIdentity=origin, **more
    )


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("x" * 160, "GSM", 1),
        ("x" * 161, "GSM", 2),
        ("x" * 306, "GSM", 2),
        ("x" * 307, "GSM", 3),
        ("€" * 80, "GSM", 1),  # each takes two septets
        ("€" * 81, "GSM", 2),
        ("x" * 152 + "€" * 153, "GSM", 4),  # none is split
        ("ñ" * 160, "GSM", 1),
        ("ç" * 70, "UNICODE", 1),
        ("ç" * 71, "UNICODE", 2),
        ("ç" * 134, "UNICODE", 2),
        ("ç" * 135, "UNICODE", 3),
        ("😀" * 35, "UNICODE", 1),
        ("😀" * 36, "UNICODE", 2),
    ],
)
def test_parts(text: str, encoding: str, parts: int) -> None:
    assert (encoding_of(text), count_parts(text)) == (encoding, parts)


async def test_each_part_is_billed(emulator: Emulator, sms: Any, refused: Any) -> None:
    emulator.settings.spend_limits["TEXT"] = 1
    number = await lease(sms)
    sent = await send(sms, number, US, "x" * 161)
    assert str(uuid.UUID(sent["MessageId"])) == sent["MessageId"]
    [message] = emulator.messages
    assert (message["Parts"], message["Price"]) == (2, 0.02)
    dear = send(sms, number, US, "x" * 161, MaxPrice="0.01")
    await refused(dear, "ValidationException", "PRICE_OVER_THRESHOLD")
    await emulator.advance(seconds=10)
    event = emulator.events[-1]["detail"]
    assert (event["totalMessageParts"], event["totalMessagePrice"]) == (2, 0.02)
    for _ in range(8):
        await send(sms, number, US, "x" * 1600)  # eleven parts: 11 cents of a dollar
    much = send(sms, number, US, "x" * 1600)
    reason = "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"
    await refused(much, "ServiceQuotaExceededException", reason)


async def test_simulator_numbers_send_to_destination_simulators(sms: Any, refused: Any) -> None:
    simulator = await lease(sms, kind="SIMULATOR")
    for to in (SUCCESS, FAILURE):
        await send(sms, simulator, to)
    for to in (US, GB):
        await refused(send(sms, simulator, to), "ValidationException", "INVALID_PARAMETER")
    unnamed = sms.send_text_message(DestinationPhoneNumber=US, MessageBody="Hello")
    await refused(unnamed, "ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND")
    other = await lease(sms, "PR", "SIMULATOR")
    await refused(send(sms, other, SUCCESS), "ValidationException", "INVALID_PARAMETER")


async def test_a_number_sends_in_its_country(emulator: Emulator, sms: Any, refused: Any) -> None:
    reason = ("ValidationException", "INTERNATIONAL_SENDING_NOT_SUPPORTED")
    number = await lease(sms)
    for to in (GB, CANADA):
        await refused(send(sms, number, to), *reason)
    await refused(lease(sms, "GB", InternationalSendingEnabled=True), *reason)
    abroad = sms.update_phone_number(PhoneNumberId=number, InternationalSendingEnabled=True)
    await refused(abroad, *reason)
    toll_free = await lease(sms, kind="TOLL_FREE")
    await emulator.advance(days=1)
    await refused(send(sms, toll_free, GB), *reason)
    await sms.update_phone_number(PhoneNumberId=toll_free, InternationalSendingEnabled=True)
    await send(sms, toll_free, GB)
    await emulator.advance(seconds=10)
    assert emulator.events[-1]["detail"]["isInternationalSend"] is True


async def test_a_pool_reaches_what_one_of_its_numbers_does(
    emulator: Emulator, sms: Any, refused: Any
) -> None:
    number, other = await lease(sms), await lease(sms, "GB")
    made = await sms.create_pool(OriginationIdentity=number, MessageType="TRANSACTIONAL")
    pool = made["PoolId"]
    await emulator.advance(seconds=1)
    reason = ("ValidationException", "INTERNATIONAL_SENDING_NOT_SUPPORTED")
    await refused(send(sms, pool, GB), *reason)
    await sms.associate_origination_identity(PoolId=pool, OriginationIdentity=other)
    await send(sms, pool, GB)
    await refused(send(sms, pool, SPAIN), *reason)
    await sms.update_pool(PoolId=pool, SharedRoutesEnabled=True)
    await send(sms, pool, SPAIN)


async def test_opt_outs_of_toll_free_numbers_are_the_networks(sms: Any, refused: Any) -> None:
    own, toll_free = await lease(sms), await lease(sms, kind="TOLL_FREE")
    for word, action in (("QUIT", "OPT_OUT"), ("STOP", "OPT_OUT")):
        put = {"Keyword": word, "KeywordMessage": "Bye", "KeywordAction": action}
        await sms.put_keyword(OriginationIdentity=own, **put)
        kept = sms.put_keyword(OriginationIdentity=toll_free, **put)
        await refused(kept, "ConflictException", "RESOURCE_MODIFICATION_NOT_ALLOWED")
    await sms.put_keyword(OriginationIdentity=toll_free, Keyword="MENU", KeywordMessage="Soup")


async def test_a_keyword_with_a_space_at_its_end(sms: Any, refused: Any) -> None:
    number = await lease(sms)
    put = {"OriginationIdentity": number, "KeywordMessage": "Soup"}
    await refused(
        sms.put_keyword(**put, Keyword="MENU "), "ValidationException", "INVALID_PARAMETER"
    )
    await sms.put_keyword(**put, Keyword="MENU OF TODAY")


@pytest.mark.parametrize(
    ("value", "good"),
    [("mess aging_1.:/=+@-é", True), ("", True), ("a — b", False), ("a,b", False), ("#", False)],
)
async def test_characters_of_tags(sms: Any, *, value: str, good: bool) -> None:
    tags = [{"Key": "team", "Value": value}]
    made = await sms.create_opt_out_list(OptOutListName="list")
    calls = [
        lambda: sms.create_opt_out_list(OptOutListName="other", Tags=tags),
        lambda: sms.tag_resource(ResourceArn=made["OptOutListArn"], Tags=tags),
    ]
    for call in calls:
        if good:
            await call()
            continue
        with pytest.raises(ClientError) as caught:
            await call()
        response: dict[str, Any] = dict(caught.value.response)
        assert response["Reason"] == "INVALID_PARAMETER"
        assert [problem["Name"] for problem in response["Fields"]] == ["tags"]


async def test_a_released_number_no_longer_exists(sms: Any, refused: Any) -> None:
    wanted = [{"PreferenceType": ["ExactMatch"], "Filter": ["+14255550142"]}]
    number = await lease(sms, NumberPreference=wanted)
    await sms.release_phone_number(PhoneNumberId=number)
    again = lease(sms, NumberPreference=wanted)
    await refused(again, "ConflictException", "RESOURCE_ALREADY_EXISTS")


async def test_every_country_s_numbers_are_its_own(connect: Any) -> None:
    async with (
        Emulator(clock=Clock.fixed(), quotas={"PHONE_NUMBERS": 300}) as emulator,
        connect(emulator) as (sms, _),
    ):
        for country in sorted(CALLING_CODES):
            made = await sms.request_phone_number(
                IsoCountryCode=country,
                MessageType="TRANSACTIONAL",
                NumberCapabilities=["SMS"],
                NumberType="LONG_CODE",
            )
            number = made["PhoneNumber"]
            assert number.startswith(f"+{CALLING_CODES[country]}")
            assert phonenumbers.is_possible_number(phonenumbers.parse(number)), number
            # Some countries share a code without their own area: Guernsey has the United Kingdom's.
            code = int(CALLING_CODES[country])
            main = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code][0]
            assert country_of(number) in (country, main)
        assert emulator.unexpected == []


@pytest.mark.parametrize("country", ["FI", "RU", "NO", "IT", "CA"])
async def test_no_number_belongs_to_another_country(connect: Any, country: str) -> None:
    async with (
        Emulator(quotas={"PHONE_NUMBERS": 99}, seed=1) as emulator,
        connect(emulator) as (sms, _),
    ):
        for _ in range(99):
            await lease(sms, country)
        leased = (await sms.describe_phone_numbers())["PhoneNumbers"]
        assert {country_of(number["PhoneNumber"]) for number in leased} == {country}


@pytest.mark.parametrize(
    ("number", "country"),
    [
        (US, "US"), (CANADA, "CA"), ("+17875550100", "PR"), (GB, "GB"), ("+359881234567", "BG"),
        ("+77012345678", "KZ"), ("+79012345678", "RU"), ("+999", None),
    ],
)  # fmt: skip
def test_the_country_of_a_number(number: str, country: str | None) -> None:
    assert country_of(number) == country


def test_calling_codes_are_those_of_phonenumbers() -> None:
    root = Path(__file__).resolve().parents[2]
    script = runpy.run_path(str(root / ".ci" / "number_plan.py"))
    assert script["codes"]() == CALLING_CODES
    # Newer metadata has more area codes.
    assert COUNTRIES_BY_PREFIX.items() <= script["prefixes"]().items()
