"""Keys in the order of their positions, iterated from any point."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 512


class Order:
    """A sorted sequence in blocks, so that no change moves more than one block.

    The cost of a change, or of an iteration from the middle, does not depend on the number of keys.
    """

    __slots__ = ("_changes", "_firsts", "_keys", "_length", "_positions")

    def __init__(self) -> None:
        self._firsts: list[int] = []
        """The first position of each block."""
        self._positions: list[list[int]] = []
        self._keys: list[list[str]] = []
        self._length = 0
        self._changes = 0

    def __len__(self) -> int:
        return self._length

    def add(self, position: int, key: str) -> None:
        """Put a key at a position that is free."""
        self._length += 1
        self._changes += 1
        if not self._positions or position > self._positions[-1][-1]:
            self._append(position, key)
            return
        block = self._block(position)
        positions, keys = self._positions[block], self._keys[block]
        place = bisect_left(positions, position)
        positions.insert(place, position)
        keys.insert(place, key)
        self._firsts[block] = positions[0]
        if len(positions) > 2 * _BLOCK:
            self._firsts.insert(block + 1, positions[_BLOCK])
            self._positions.insert(block + 1, positions[_BLOCK:])
            self._keys.insert(block + 1, keys[_BLOCK:])
            del positions[_BLOCK:], keys[_BLOCK:]

    def _append(self, position: int, key: str) -> None:
        if not self._positions or len(self._positions[-1]) >= _BLOCK:
            self._firsts.append(position)
            self._positions.append([])
            self._keys.append([])
        self._positions[-1].append(position)
        self._keys[-1].append(key)

    def discard(self, position: int) -> None:
        """Remove the key at a position."""
        self._length -= 1
        self._changes += 1
        block = self._block(position)
        positions, keys = self._positions[block], self._keys[block]
        place = bisect_left(positions, position)
        del positions[place], keys[place]
        if positions:
            self._firsts[block] = positions[0]
        else:
            del self._firsts[block], self._positions[block], self._keys[block]

    def _block(self, position: int) -> int:
        """The block that a position is in, or would be."""
        return max(bisect_right(self._firsts, position) - 1, 0)

    def after(self, position: int) -> Iterator[tuple[int, str]]:
        """The keys after a position with theirs, as of the moment each is reached."""
        unfinished = True
        while unfinished:
            unfinished = False
            changes = self._changes
            for found in self._entries(position):
                yield found
                if self._changes != changes:  # resumed from here
                    position, unfinished = found[0], True
                    break

    def _entries(self, position: int) -> Iterator[tuple[int, str]]:
        if not self._positions:
            return
        block = self._block(position)
        place = bisect_right(self._positions[block], position)
        while block < len(self._positions):
            positions, keys = self._positions[block], self._keys[block]
            while place < len(positions):
                yield positions[place], keys[place]
                place += 1
            block, place = block + 1, 0
