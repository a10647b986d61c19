"""botocore's form of an answer, made only when somebody looks at it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smsreg._runtime.model import Result

_NOT_MEMBERS = frozenset({"Error", "ResponseMetadata"})


if TYPE_CHECKING:
    _Dict = dict[str, Any]
else:

    class _Dict(MutableMapping, dict):
        """A dict whose methods all go through the few that are defined below."""


_dict: Any = dict


class ParsedResponse(_Dict):
    """What hooks on the aiobotocore client are shown: the dictionary that they know.

    Attributes:
        model: The answer, for as long as nobody has looked. From then on the dictionary counts, as
            the one who looked may have changed it.
    """

    def __init__(self, model: Result, metadata: dict[str, Any]) -> None:
        _dict.__init__(self, ResponseMetadata=metadata)
        self.model: Result | None = model

    def _fill(self) -> None:
        if self.model is not None:
            model, self.model = self.model, None
            _dict.update(self, model.to_boto())

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
