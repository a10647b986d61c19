"""The retry budget: what keeps a client from drowning a service in trouble."""

from __future__ import annotations

RETRY_COST = 14
THROTTLING_RETRY_COST = 5
SUCCESS_REFUND = 1


class RetryBudget:
    """Tokens that retries take and successes give back; shared by a client and its views.

    Attributes:
        capacity: The most that there can be.
        left: What there is now.
    """

    __slots__ = ("capacity", "left")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.left = capacity

    def take(self, cost: int) -> bool:
        """Take ``cost`` if there is as much; say whether there was."""
        if cost > self.left:
            return False
        self.left -= cost
        return True

    def give_back(self, amount: int) -> None:
        """Put ``amount`` back, up to the capacity."""
        self.left = min(self.capacity, self.left + amount)
