"""The services' default quotas: requests a second for each operation.

The sources are the quotas pages of the services' user guides:
https://docs.aws.amazon.com/sms-voice/latest/userguide/quotas.html and
https://docs.aws.amazon.com/social-messaging/latest/userguide/quotas.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import TypeGuard, cast

from smsreg.errors import ConfigurationError

DEFAULT_RATE = 1.0
SOCIAL_RATE = 10.0
"""For WhatsApp operations. Those on tags have the same names in all services, and count as 1."""

RATES: dict[str, float] = {
    "DeleteOptedOutNumber": 10.0,
    "DeleteWhatsAppMessageMedia": 100.0,
    "GetWhatsAppMessageMedia": 100.0,
    "ListTagsForResource": 10.0,
    "PostWhatsAppMessageMedia": 100.0,
    "PutMessageFeedback": 20.0,
    "PutOptedOutNumber": 10.0,
    "SendWhatsAppMessage": 1000.0,
}

SHARE = 0.97
"""The share of a quota that is used: requests that are sent evenly do not arrive evenly."""


def rate_of(operation_name: str, rates: Mapping[str, float], share: float = SHARE) -> float:
    """Return the requests a second for an operation.

    Args:
        operation_name: The service's name of the operation.
        rates: The caller's rates, from ``checked_rates``.
        share: The share of the quota to use.
    """
    rate = rates.get(_spelled(operation_name)) or RATES.get(operation_name)
    if rate is None:
        rate = SOCIAL_RATE if "WhatsApp" in operation_name else DEFAULT_RATE
    return rate * share


def checked_rates(rates: Mapping[str, float] | None) -> dict[str, float]:
    """Return the rates that a caller set.

    Raises:
        ConfigurationError: They are no mapping of names, or one is not a finite positive number.
    """
    given = cast("object", {} if rates is None else rates)
    if not isinstance(given, Mapping):
        raise ConfigurationError("rates must be a mapping of operations to requests a second")
    checked: dict[str, float] = {}
    for name, rate in cast("Mapping[object, object]", given).items():
        if not isinstance(name, str):
            raise ConfigurationError("rates must be a mapping of operations to requests a second")
        if not _is_positive(rate):
            msg = f"rates: the rate of {name!r} must be a positive number of requests a second"
            raise ConfigurationError(msg)
        checked[_spelled(name)] = float(rate)
    return checked


def _spelled(operation_name: str) -> str:
    """Return a name that is the same for the service's spelling and for that of the method."""
    return operation_name.replace("_", "").lower()


def _is_positive(rate: object) -> TypeGuard[Real]:
    if isinstance(rate, bool) or not isinstance(rate, Real):
        return False
    try:
        return 0 < float(rate) < math.inf
    except OverflowError:  # a whole number of hundreds of digits
        return False
