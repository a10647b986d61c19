"""Steps, plans and their outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg.registration.problems import FormProblem

KNOWN_WHEN_LEASED = "known only when leased"
"""The price of a number: RequestPhoneNumber is the first to name it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request that changes something.

    Attributes:
        action: The client's method, such as ``put_registration_field_value``.
        target: What it is about: a field path, a resource, a type.
        reason: Why it is needed.
        price: What it costs, in words; None where it costs nothing.
        needs_confirmation: Whether it costs money, or deletes or releases something.
        made_id: The id of what it has made; None before that, and for steps that make nothing.
    """

    action: str
    target: str
    reason: str
    price: str | None = None
    needs_confirmation: bool = False
    made_id: str | None = None

    def __str__(self) -> str:
        price = f" [{self.price}]" if self.price else ""
        asked = " (to be confirmed)" if self.needs_confirmation else ""
        return f"{self.action} {self.target}: {self.reason}{price}{asked}"


ADOPTION = "tag_resource"
"""The step that writes a draft's key to a registration that is there already."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What ``apply`` would do for a draft; contains no values.

    Attributes:
        key: The draft's key.
        registration_id: The registration; None where it is still to be created.
        steps: The next steps, in order, up to a review or another wait.
        later: The steps after an approval.
        problems: What was found; an ``error`` among them keeps ``apply`` from starting.
        waiting_for: What the registration waits for after the steps; None for nothing.
        filled: Paths of the fields that the draft's brand profile has filled, and the draft leaves.
    """

    key: str
    registration_id: str | None
    steps: tuple[Step, ...] = ()
    later: tuple[Step, ...] = ()
    problems: tuple[FormProblem, ...] = ()
    waiting_for: str | None = None
    filled: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to do except to tag an adopted registration with the key."""
        return not self.later and all(step.action == ADOPTION for step in self.steps)

    @property
    def errors(self) -> list[FormProblem]:
        """The problems that keep ``apply`` from starting."""
        return [problem for problem in self.problems if problem.severity == "error"]

    def __str__(self) -> str:
        lines = [f"{self.key}: {self.registration_id or 'to be created'}"]
        lines += [f"  {problem}" for problem in self.problems]
        lines += [f"  from the brand profile: {path}" for path in self.filled]
        lines += [f"  {number}. {step}" for number, step in enumerate(self.steps, 1)]
        lines += [f"  later: {step}" for step in self.later]
        if self.is_empty and not self.problems:
            lines.append("  nothing to do")
        if self.waiting_for:
            lines.append(f"  then waiting for: {self.waiting_for}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Applied:
    """The outcome of ``apply`` for a draft.

    Attributes:
        key: The draft's key.
        registration_id: The registration; None where nothing was created yet.
        version_number: The number of its newest version.
        status: The registration's status.
        steps: What was done by this call, with the prices that are known.
        waiting_for: ``confirmation``, ``review``, ``authentication``, ``provisioning``,
            ``brand_profile`` (its job has not ended yet),
            ``phone_number`` (the number is not active yet), ``revision`` (it was denied),
            ``brand:KEY`` and the like (another registration), or ``submission``
            (``submit=False``); None where nothing is left.
        phone_number_id: The number that was leased for the draft, where there is one.
        next_step: The step that waits for its confirmation, if one does.
    """

    key: str
    registration_id: str | None
    version_number: int | None
    status: str | None
    steps: tuple[Step, ...] = ()
    waiting_for: str | None = None
    phone_number_id: str | None = None
    next_step: Step | None = None


Confirm = bool | Collection[str] | Callable[[Step], bool | Awaitable[bool]]
"""Which steps are confirmed: all, those of these actions, or those that a callable accepts."""
OnStep = Callable[[Step], object]
"""Called after each step."""
