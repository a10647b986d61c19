"""botocore's form of an answer, made only when somebody looks at it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from typing_extensions import Self, SupportsIndex

    from smsreg._runtime.models.base import Result

_NOT_MEMBERS = frozenset({"Error", "ResponseMetadata"})


if TYPE_CHECKING:
    _Dict = dict[str, Any]
else:

    class _Dict(MutableMapping, dict):
        """A dict whose methods all go through the few that are defined below."""


_dict: Any = dict


class ParsedResponse(_Dict):
    """What hooks on the aiobotocore client are shown: the dictionary that they know."""

    def __init__(self, model: Result, metadata: dict[str, Any]) -> None:
        _dict.__init__(self, ResponseMetadata=metadata)
        self._model = model
        self._filled = False

    @property
    def model(self) -> Result | None:
        """The answer; None where somebody has changed it, so that the dictionary counts."""
        if self._filled:
            return unchanged(self, self._model)
        return self._model

    def _fill(self) -> None:
        if not self._filled:
            self._filled = True
            _dict.update(self, self._model.to_boto())

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 -- any member
        if key not in _NOT_MEMBERS:
            self._fill()
        return _dict.__getitem__(self, key)

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401 -- any member
        self._fill()
        _dict.__setitem__(self, key, value)

    def __delitem__(self, key: str) -> None:
        self._fill()
        _dict.__delitem__(self, key)

    def __iter__(self) -> Iterator[str]:
        self._fill()
        return cast("Iterator[str]", _dict.__iter__(self))

    def __len__(self) -> int:
        self._fill()
        return cast("int", _dict.__len__(self))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    # The rest is what dict has and MutableMapping has not. Copies are plain dictionaries.

    def copy(self) -> dict[str, Any]:
        return dict(self.items())

    def __or__(self, other: Any) -> Any:  # noqa: ANN401 -- dict's
        return self.copy() | other

    def __ror__(self, other: Any) -> Any:  # noqa: ANN401 -- dict's
        return other | self.copy()

    def __ior__(self, other: Any) -> Self:  # type: ignore[override]  # noqa: ANN401 -- dict's
        self.update(other)
        return self

    def __reversed__(self) -> Iterator[str]:
        return iter([*self][::-1])

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> tuple[Any, ...]:
        return dict, (self.copy(),)


def unchanged(parsed: Mapping[str, Any], model: Result) -> Result | None:
    """Give the model of an answer; None where its dictionary says something else by now."""
    members = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    return model if members == model.to_boto() else None
