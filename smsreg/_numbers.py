"""Checks of the numbers that callers set."""

from __future__ import annotations

import math
from numbers import Integral, Real

from smsreg.errors import ConfigurationError


def seconds(name: str, value: object, *, zero: bool = False, endless: bool = True) -> float:
    """Return a number of seconds that a caller set.

    Args:
        name: The caller's name of the setting.
        value: The value.
        zero: Whether 0 is allowed.
        endless: Whether infinity is allowed.

    Raises:
        ConfigurationError: It is not a number, NaN, negative, or not allowed.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        msg = f"{name} must be a number of seconds, not {type(value).__name__}"
        raise ConfigurationError(msg)
    number = _as_float(value)
    if not (number > 0 or (zero and number == 0)) or (math.isinf(number) and not endless):
        kind = "0 or a positive number" if zero else "a positive number"
        msg = f"{name} must be {kind} of seconds{'' if endless else ', and finite'}"
        raise ConfigurationError(msg)
    return number


def whole(name: str, value: object, *, least: int) -> None:
    """Check a whole number that a caller set.

    Raises:
        ConfigurationError: It is not a whole number, or is less than ``least``.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        msg = f"{name} must be a whole number, and at least {least}"
        raise ConfigurationError(msg)


def is_share(value: object) -> bool:
    """Whether a value is a number from 0 to 1."""
    return isinstance(value, Real) and 0 <= float(value) <= 1


def _as_float(value: Real) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return math.inf if value == abs(value) else -math.inf
