"""The exit statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

DONE = 0
FAILED = 1
"""The service or the form check refuses."""
BAD_USAGE = 2
WAITING = 3
"""For a review, another registration, a confirmation, or the owner's reply to an email."""
INTERRUPTED = 130


def worst(statuses: Iterable[int]) -> int:
    """Return one status for several: a refusal takes precedence over a wait, a wait over done."""
    found = set(statuses)
    return next((status for status in (FAILED, WAITING) if status in found), DONE)


def of_waiting(waiting_for: str | None) -> int:
    """Return the status of a draft that waits for something."""
    if waiting_for in (None, "submission"):  # the latter was requested
        return DONE
    return FAILED if waiting_for == "revision" else WAITING


def of_registration(status: str, whose_turn: str) -> int:
    """Return the status of a registration."""
    if status in ("REQUIRES_UPDATES", "CLOSED"):
        return FAILED
    waits = whose_turn in ("reviewers", "aws") or status == "REQUIRES_AUTHENTICATION"
    return WAITING if waits else DONE
