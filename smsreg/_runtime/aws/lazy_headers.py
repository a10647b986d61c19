# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# botocore ships no types.
"""botocore's dictionary of headers, created where a handler or a tool accesses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.awsrequest import HeadersDict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class LazyHeaders(HeadersDict):  # type: ignore[misc] # botocore has no types
    """Headers that most calls never access.

    All methods of ``HeadersDict`` use its dictionary, which is created on first access. A copy is a
    plain ``HeadersDict``.

    Args:
        create: Returns the headers.
    """

    def __init__(self, create: Callable[[], Mapping[str, Any]]) -> None:
        self._create = create

    @property
    def is_untouched(self) -> bool:
        """Whether no code has accessed the headers yet."""
        return "_dict" not in vars(self)

    def __getattr__(self, name: str) -> Any:
        if name != "_dict":
            msg = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(msg, name=name, obj=self)
        self._dict: dict[Any, Any] = {}
        self.update(self._create())
        return self._dict

    def __reduce__(self) -> Any:
        return HeadersDict, (dict(self.items()),)
