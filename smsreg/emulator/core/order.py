"""Keys in the order of their positions, iterated from any point."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEWEST_GAPS = 32


class Order:
    """A sorted sequence that is mostly appended to.

    A removed key leaves a gap, and gaps are closed once they are the majority, so that the cost of
    a removal or of an iteration from the middle does not grow with the number of keys.
    """

    __slots__ = ("_gaps", "_keys", "_positions")

    def __init__(self) -> None:
        self._positions: list[int] = []
        self._keys: list[str | None] = []
        self._gaps = 0

    def __len__(self) -> int:
        return len(self._keys) - self._gaps

    def add(self, position: int, key: str) -> None:
        """Put a key at a position that is free."""
        positions = self._positions
        if not positions or position > positions[-1]:
            positions.append(position)
            self._keys.append(key)
            return
        place = bisect_left(positions, position)
        if positions[place] == position:  # the gap that it left
            self._gaps -= 1
            self._keys[place] = key
        else:
            positions.insert(place, position)
            self._keys.insert(place, key)

    def discard(self, position: int) -> None:
        """Remove the key at a position."""
        self._keys[bisect_left(self._positions, position)] = None
        self._gaps += 1
        if self._gaps > max(_FEWEST_GAPS, len(self._keys) // 2):
            # New lists: an iteration over the old ones is not disturbed.
            kept = [(p, k) for p, k in zip(self._positions, self._keys, strict=True) if k]
            self._positions = [p for p, _ in kept]
            self._keys = [k for _, k in kept]
            self._gaps = 0

    def after(self, position: int) -> Iterator[str]:
        """The keys after a position, as of the moment each is reached."""
        keys = self._keys
        place = bisect_right(self._positions, position)
        while place < len(keys):
            key = keys[place]
            if key is not None:
                yield key
            place += 1
