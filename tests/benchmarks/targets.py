"""The targets of the rows: each has a value to reach, and a better one."""

from __future__ import annotations

from dataclasses import dataclass

TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Target:
    """Two limits of a row's value.

    Attributes:
        reach: The value to reach.
        beyond: A better one.
        unit: The unit of both; by default they are ratios to raw.
        most: Whether the limits are upper ones: less is better.
    """

    reach: float
    beyond: float
    unit: str = TIMES
    most: bool = False

    def verdict(self, value: float) -> str:
        """Return "beyond", "reached" or "MISSED"."""
        if self._within(value, self.beyond):
            return "beyond"
        return "reached" if self._within(value, self.reach) else "MISSED"

    def _within(self, value: float, limit: float) -> bool:
        return value <= limit if self.most else value >= limit

    def shown(self, limit: float) -> str:
        """Format one of the limits."""
        space = "" if self.unit in {TIMES, "%"} else " "
        return f"{'≤' if self.most else '≥'} {limit:,g}{space}{self.unit}"


TARGETS = {
    "calls, 1 at a time": Target(3.3, 4.2),
    "calls, 50 at a time": Target(3.6, 4.5),
    "calls over TLS, 1 at a time": Target(3.3, 4.0),
    "calls over TLS, 50 at a time": Target(3.3, 4.0),
    "items, pages of 100": Target(5.0, 6.5),
    "items, pages of 10": Target(3.6, 5.0),
    "definitions, pages of 100": Target(3.5, 4.5),
    "versions, pages of 100": Target(3.5, 4.5),
    "modelled errors": Target(2.5, 4.0),
    "attachments of 500 KB": Target(1.5, 2.0),
    "calls, a before-call hook": Target(1.5, 2.5),
    "items, a before-call hook": Target(1.5, 2.5),
    "calls, a before-sign hook": Target(1.5, 2.5),
    "items, a before-sign hook": Target(1.5, 2.5),
    "calls, a before-send hook": Target(1.5, 2.5),
    "items, a before-send hook": Target(1.5, 2.5),
    "calls, an after-call hook": Target(1.5, 2.5),
    "items, an after-call hook": Target(1.5, 2.5),
    "calls, OpenTelemetry": Target(1.5, 2.5),
    "items, OpenTelemetry": Target(1.5, 2.5),
    "pages, consumer awaits as long, wall": Target(1.9, 2.0),
    "pages, consumer computes as long, wall": Target(1.9, 2.0),
    "import smsreg over bare Python, wall": Target(5, 3, "ms", most=True),
    "import smsreg over bare Python, CPU": Target(5, 3, "ms", most=True),
    "process start to first response, CPU": Target(0.9, 1.0),
    "process start to first response, wall": Target(1.0, 1.2),
    "memory for each flat item": Target(0.8, 0.6, most=True),
    "memory for each nested item, definitions": Target(1.0, 0.8, most=True),
    "memory for each nested item, versions": Target(1.0, 0.8, most=True),
    "200 forms of 25 values under quotas, of the bound": Target(95, 98, "%"),
    "200 forms of 25 values under quotas, throttled": Target(1, 0, "%", most=True),
    "emulator, signed operations": Target(4_000, 6_000, "per CPU second"),
    "emulator, 10,000 resources over 1,000, dearest operation": Target(1.3, 1.1, most=True),
}
"""The targets by the names of the rows."""
