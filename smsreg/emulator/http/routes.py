"""Operations by method and path, where a path may have labels for members of the request."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

_LABEL = re.compile(r"\{([A-Za-z0-9_]+)(\+?)\}")


class Routes:
    """The routes of one service; a path without labels takes precedence."""

    def __init__(self, routes: Mapping[tuple[str, str], str]) -> None:
        self._exact = {key: name for key, name in routes.items() if "{" not in key[1]}
        # A label matches one segment of a path, with a plus any number of them.
        self._labelled = sorted(
            ((key[1], key[0], name) for key, name in routes.items() if "{" in key[1]),
            key=lambda route: ("+}" in route[0], route),
        )

    def find(self, method: str, path: str) -> str | None:
        """The operation of a method and path, or None."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact
        for template, wanted, name in self._labelled:
            if wanted == method and pattern_of(template).fullmatch(path):
                return name
        return None

    def has(self, path: str) -> bool:
        """Whether there is an operation of any method for a path."""
        return any(known == path for _, known in self._exact) or any(
            pattern_of(template).fullmatch(path) for template, _, _ in self._labelled
        )


@lru_cache
def pattern_of(template: str) -> re.Pattern[str]:
    """A route's path as a pattern with its labels as groups."""
    parts = _LABEL.split(template)
    text = re.escape(parts[0])
    for name, greedy, rest in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        text += f"(?P<{name}>{'.+' if greedy else '[^/]+'}){re.escape(rest)}"
    return re.compile(text)


def labels_of(template: str, path: str) -> dict[str, str]:
    """The members in a path by the labels of its route, decoded."""
    found = pattern_of(template).fullmatch(path)
    if found is None:
        return {}
    return {name: unquote(text) for name, text in found.groupdict().items()}
