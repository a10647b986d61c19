"""Fault injection, with a plain client without retries."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from smsreg.emulator import Clock, Emulator
from smsreg.emulator.received import ReceivedCall


async def works(call: Any) -> bool:
    try:
        await call
    except ClientError as error:
        if not error.response["Error"]["Code"].startswith("Throttl"):
            raise
        return False
    return True


async def test_throttles_in_each_services_own_form(
    emulator: Emulator, sms: Any, social: Any, refused: Any
) -> None:
    fault = emulator.faults.throttle("DescribePools", times=2)
    assert [await works(sms.describe_pools()) for _ in range(3)] == [False, False, True]
    assert fault.hits == 2
    emulator.faults.throttle("ListLinkedWhatsAppBusinessAccounts")
    error = await refused(
        social.list_linked_whatsapp_business_accounts(), "ThrottledRequestException"
    )
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 429


async def test_server_errors_and_others(emulator: Emulator, sms: Any, refused: Any) -> None:
    emulator.faults.server_error("CreateOptOutList")
    error = await refused(sms.create_opt_out_list(OptOutListName="a"), "InternalServerException")
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert error["RequestId"] == error["ResponseMetadata"]["RequestId"]
    await sms.create_opt_out_list(OptOutListName="a")
    emulator.faults.error(code="AccessDeniedException", message="no")
    await refused(sms.describe_pools(), "AccessDeniedException")
    assert emulator.calls[0].error == "InternalServerException"


@pytest.mark.parametrize("after", [False, True])
async def test_a_dropped_connection(emulator: Emulator, sms: Any, *, after: bool) -> None:
    emulator.faults.drop("CreateOptOutList", after=after)
    with pytest.raises(HTTPClientError):
        await sms.create_opt_out_list(OptOutListName="a")
    names = [
        entry["OptOutListName"] for entry in (await sms.describe_opt_out_lists())["OptOutLists"]
    ]
    assert ("a" in names) is after
    assert emulator.calls[0].status is None


async def test_truncated_and_foreign_responses(emulator: Emulator, sms: Any) -> None:
    emulator.faults.truncate("DescribePools")
    with pytest.raises(HTTPClientError):
        await sms.describe_pools()
    emulator.faults.malformed("DescribePools", body=b"<html>")
    response = await sms.describe_pools()
    assert "Pools" not in response  # how a plain client parses it
    assert (await sms.describe_pools())["Pools"] == []


async def test_delays_go_with_other_faults(emulator: Emulator, sms: Any) -> None:
    emulator.faults.delay(0.05, "DescribePools", times=2)
    emulator.faults.throttle("DescribePools")
    start = time.perf_counter()
    assert [await works(sms.describe_pools()) for _ in range(2)] == [False, True]
    assert time.perf_counter() - start > 0.1


async def test_by_count_and_by_chance(connect: Any) -> None:
    async with Emulator() as emulator, connect(emulator) as (sms, _):
        emulator.faults.throttle("DescribePools", skip=2)
        assert [await works(sms.describe_pools()) for _ in range(4)] == [True, True, False, True]
        results: list[list[bool]] = []
        for _ in range(2):
            emulator.faults.clear()
            emulator.faults.throttle("DescribePools", probability=0.5, seed=7)
            results.append([await works(sms.describe_pools()) for _ in range(20)])
        assert results[0] == results[1]
        assert 3 < sum(results[0]) < 17
        with pytest.raises(TypeError, match="tims"):
            emulator.faults.throttle(tims=1)


async def test_the_documented_rates(connect: Any) -> None:
    async with Emulator(clock=Clock.fixed()) as emulator, connect(emulator) as (sms, social):
        emulator.faults.throttle_by_quota()
        assert [await works(sms.describe_pools()) for _ in range(2)] == [True, False]
        assert await works(sms.describe_opt_out_lists())
        await emulator.advance(seconds=1)
        assert await works(sms.describe_pools())
        arn = (await sms.create_opt_out_list(OptOutListName="a"))["OptOutListArn"]
        tags = [await works(sms.list_tags_for_resource(ResourceArn=arn)) for _ in range(11)]
        assert tags == [True] * 10 + [False]
        accounts = social.list_linked_whatsapp_business_accounts
        assert [await works(accounts()) for _ in range(11)] == [True] * 10 + [False]


async def test_calls_are_noted(emulator: Emulator, sms: Any) -> None:
    await sms.create_opt_out_list(OptOutListName="a", ClientToken="t")
    with pytest.raises(ClientError):
        await sms.create_opt_out_list(OptOutListName="a", ClientToken="u")
    assert emulator.calls.operations == ["CreateOptOutList"] * 2
    first, second = emulator.calls.of("CreateOptOutList")
    assert first.params == {"OptOutListName": "a", "ClientToken": "t"}
    assert (first.status, first.error) == (200, None)
    assert (second.status, second.error) == (400, "ConflictException")
    emulator.calls.clear()
    assert len(emulator.calls) == 0


async def test_scripted_errors_have_the_models_status(
    emulator: Emulator, social: Any, refused: Any
) -> None:
    for code, status in (("DependencyException", 502), ("ConflictException", 409), ("Odd", 400)):
        emulator.faults.error("ListLinkedWhatsAppBusinessAccounts", code=code)
        error = await refused(social.list_linked_whatsapp_business_accounts(), code)
        assert error["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize("name", ["describe_pools", "DescribePools"])
async def test_both_spellings_of_an_operation(emulator: Emulator, sms: Any, name: str) -> None:
    fault = emulator.faults.throttle(name)
    assert fault.operation == "DescribePools"
    assert not await works(sms.describe_pools())


NONSENSE: list[tuple[str, dict[str, Any], str]] = [
    ("throttle", {"operation": "DescribePool"}, "operation: .*did you mean DescribePools"),
    ("throttle", {"operation": "Describe pools!"}, "operation"),
    ("throttle", {"operation": ""}, "operation"),
    ("throttle", {"operation": 7}, "operation"),
    ("throttle", {"probability": 2}, "probability"),
    ("throttle", {"probability": 0}, "probability"),
    ("throttle", {"probability": -0.1}, "probability"),
    ("throttle", {"probability": float("nan")}, "probability"),
    ("throttle", {"probability": "0.5"}, "probability"),
    ("throttle", {"probability": True}, "probability"),
    ("throttle", {"times": -1}, "times"),
    ("throttle", {"times": 0}, "times"),
    ("throttle", {"times": 1.5}, "times"),
    ("throttle", {"times": True}, "times"),
    ("throttle", {"skip": -1}, "skip"),
    ("throttle", {"skip": None}, "skip"),
    ("throttle", {"seed": "x"}, "seed"),
    ("delay", {"seconds": float("nan")}, "seconds"),
    ("delay", {"seconds": float("inf")}, "seconds"),
    ("delay", {"seconds": -1}, "seconds"),
    ("delay", {"seconds": "1"}, "seconds"),
    ("error", {"code": ""}, "code"),
    ("error", {"code": "A\r\nB: c"}, "code"),
    ("error", {"code": "A", "status": 200}, "status"),
    ("error", {"code": "A", "message": ""}, "message"),
    ("malformed", {"body": "text"}, "body"),
    ("throttle_by_quota", {"scale": 0}, "scale"),
    ("throttle_by_quota", {"burst": float("nan")}, "burst"),
    ("disturb_events", {"lose": 1.5}, "lose"),
    ("disturb_events", {"double": float("nan")}, "double"),
    ("disturb_events", {"shuffle": 1}, "shuffle"),
    ("disturb_events", {"seed": "x"}, "seed"),
]


@pytest.mark.parametrize(("method", "arguments", "message"), NONSENSE)
def test_nonsense_is_refused_at_once(method: str, arguments: dict[str, Any], message: str) -> None:
    faults = Emulator().faults
    with pytest.raises(ValueError, match=f"^{message}"):
        getattr(faults, method)(**arguments)
    assert list(faults) == []
    assert faults.quota is None
    assert faults.disturbance is None


async def test_the_log_of_calls_is_bounded_in_bytes(emulator: Emulator, sms: Any) -> None:
    for _ in range(30):
        with contextlib.suppress(ClientError):
            await sms.put_keyword(
                OriginationIdentity="x", Keyword="y", KeywordMessage="z" * 8000, KeywordAction="z"
            )
    for _ in range(3):
        with contextlib.suppress(ClientError):
            await sms.describe_pools(PoolIds=["p" * 60] * 5_000)
    assert sum(emulator.calls._sizes) == emulator.calls._bytes < 300_000
    assert len(emulator.calls) == 33
    for index in range(600):
        emulator.calls.add(
            ReceivedCall("s", "Other", {"a": "b" * 8000}, 0.0, str(index), emulator.calls[0].scope)
        )
    assert emulator.calls._bytes <= 4 * 1024 * 1024
    assert emulator.calls[-1].request_id == "599"
    assert len(emulator.calls) == len(emulator.calls._sizes) < 600
