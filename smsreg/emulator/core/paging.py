"""Pages and opaque tokens, the same for every list of all services."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import ServiceFault, invalid
from smsreg.emulator.core.service_model import SMS, Doc, Json, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PAGE_SIZE = 100
"""inferred: a call without MaxResults gets the largest page that the models allow."""


class Listing:
    """Items in a fixed order, each with a position to resume from; evaluated lazily."""

    __slots__ = ("_after",)

    def __init__(self, after: Callable[[int], Iterator[tuple[int, Doc]]]) -> None:
        self._after = after

    @classmethod
    def of(cls, items: Sequence[Doc]) -> Listing:
        """A listing of few items: resumed by `_seq` where they have it, else by position."""
        return cls(
            lambda last: (
                (position, item)
                for index, item in enumerate(items)
                if (position := item.get("_seq", index)) > last
            )
        )

    @classmethod
    def records(cls, after: Callable[[int], Iterator[Doc]]) -> Listing:
        """A listing of records of a table, resumed after a `_seq`."""
        return cls(lambda last: ((record["_seq"], record) for record in after(last)))

    def map(self, change: Callable[[Doc], Doc]) -> Listing:
        """The items transformed, each when it is reached."""
        return Listing(lambda last: ((at, change(item)) for at, item in self._after(last)))

    def where(self, wanted: Callable[[Doc], bool]) -> Listing:
        """The items that pass a predicate."""
        return Listing(lambda last: ((at, item) for at, item in self._after(last) if wanted(item)))

    def after(self, position: int) -> Iterator[tuple[int, Doc]]:
        """Items and their positions, after a position."""
        return self._after(position)


NOBODYS: Listing = Listing.of(())
"""Without items."""


def page(
    operation: Operation,
    params: Doc,
    items: Sequence[Doc] | Listing,
    result_key: str,
    **others: Json,
) -> Doc:
    """The output with one page of items, and the token of the next page where there is one.

    A page continues after the last item seen, so that items created or deleted between two pages
    neither repeat nor hide others. At most one item beyond the page is evaluated.
    """
    lower = "nextToken" in operation.input.members
    token_key, size_key = ("nextToken", "maxResults") if lower else ("NextToken", "MaxResults")
    member = operation.input.members[size_key].shape
    size = int(params.get(size_key) or min(PAGE_SIZE, member.maximum or PAGE_SIZE))
    after = -1
    if token_key in params:
        after = _open(params[token_key], _fingerprint(operation, params), operation)
    chosen: list[Doc] = []
    last = after
    response: Doc = {**others, result_key: chosen}
    listing = items if isinstance(items, Listing) else Listing.of(items)
    for position, item in listing.after(after):
        if len(chosen) == size:
            response[token_key] = _seal(last, _fingerprint(operation, params))
            break
        chosen.append(item)
        last = position
    return response


_IGNORED = ("NextToken", "MaxResults", "nextToken", "maxResults")


def _fingerprint(operation: Operation, params: Doc) -> str:
    rest = {key: value for key, value in params.items() if key not in _IGNORED}
    text = f"{operation.service}.{operation.name}:{json.dumps(rest, sort_keys=True, default=str)}"
    return hashlib.blake2s(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _seal(position: int, fingerprint: str) -> str:
    return base64.urlsafe_b64encode(f"{position}:{fingerprint}".encode()).decode()


def _open(token: str, fingerprint: str, operation: Operation) -> int:
    """inferred: a page's token belongs to one operation and one set of filters and ids."""
    try:
        text = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True).decode()
        position, _, mark = text.partition(":")
        if mark == fingerprint and token == _seal(int(position), fingerprint):
            return int(position)
    except (ValueError, binascii.Error):
        pass
    if operation.service == SMS:
        raise invalid("INVALID_NEXT_TOKEN", "The next token is not valid for this request")
    raise ServiceFault("ValidationException", "The next token is not valid for this request")
