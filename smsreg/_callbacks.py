"""Checks of the functions that callers pass to be called back."""

from __future__ import annotations

from inspect import iscoroutinefunction

from smsreg.errors import ConfigurationError


def check_callback(name: str, value: object) -> None:
    """Reject a callback that cannot be called, or whose call would do nothing.

    Args:
        name: The caller's name of the setting.
        value: The callback, or None.

    Raises:
        ConfigurationError: It is not callable, or is a coroutine function.
    """
    if value is not None and (not callable(value) or iscoroutinefunction(value)):
        msg = f"{name} must be a function that is not async"
        raise ConfigurationError(msg)
