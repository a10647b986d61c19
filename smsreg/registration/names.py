"""Collections of names that callers pass, such as those of rules and actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from smsreg.errors import ConfigurationError


def names(setting: str, value: object) -> frozenset[str]:
    """Return the names in a collection of them; a text is one name, and not its characters.

    Raises:
        ConfigurationError: It is no collection of texts.
    """
    given = [value] if isinstance(value, str) else value
    found = list(cast("Iterable[object]", given)) if isinstance(given, Iterable) else [None]
    if not all(isinstance(name, str) for name in found):
        msg = f"{setting} must be a collection of names"
        raise ConfigurationError(msg)
    return frozenset(cast("list[str]", found))
