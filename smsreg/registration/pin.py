"""The account and Region that a client works in, by the ARN of a resource that always exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg.sms_voice import SMSVoiceClient

_PARTS = 6


@dataclass(frozen=True, slots=True)
class Account:
    """An account and a Region; None where they are not known."""

    account: str | None
    region: str | None


async def account_of(client: SMSVoiceClient) -> Account:
    """Read the account and the Region from the default opt-out list, which every account has."""
    found = await client.describe_opt_out_lists(max_results=1).first()
    parts = (found.opt_out_list_arn if found else "").split(":", _PARTS - 1)
    if len(parts) < _PARTS:
        return Account(None, None)
    return Account(account=parts[4], region=parts[3])
