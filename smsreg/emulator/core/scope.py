"""Whose state a call sees: the account of its access key and the Region of its signature."""

from __future__ import annotations

import re
from typing import NamedTuple

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class Scope(NamedTuple):
    """One account in one Region."""

    account_id: str
    region: str

    @classmethod
    def of(cls, account_id: str, region: str) -> Scope:
        """A scope from text; raises ValueError that names the invalid part."""
        if _ACCOUNT.fullmatch(account_id) is None:
            raise ValueError("account: it has 12 digits")
        if _REGION.fullmatch(region) is None:
            raise ValueError("region: it has a form like us-east-1")
        return cls(account_id, region)

    def __str__(self) -> str:
        return f"{self.account_id}/{self.region}"
