"""Checked by mypy and pyright in strict mode, and never run: the types of smsreg.testing."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from smsreg import Paginator, SMSVoiceClient
from smsreg.sms_voice import ConflictException, PoolInformation
from smsreg.testing import error_of, paginator_of, result_of


async def making() -> None:
    assert_type(error_of(ConflictException, reason="RESOURCE_NOT_EMPTY"), ConflictException)
    pool = result_of(PoolInformation, pool_id="pool-1")
    assert_type(pool, PoolInformation)
    operation = SMSVoiceClient.operations["describe_pools"]
    listing = paginator_of([pool], operation=operation)
    assert_type(listing, Paginator[Any, PoolInformation])
    assert_type(await listing.collect(), list[PoolInformation])
