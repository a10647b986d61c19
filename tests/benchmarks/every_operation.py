"""The emulator's cost of each operation in states of different sizes, by its reference example.

Each example runs several times in a state that was grown before: the resources that it needs are
created each time, and its changes are undone. Only the operation itself is measured, in CPU time
and without HTTP; of a listing, the first pages.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import inspect
import io
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from smsreg import (
    EndUserMessagingClient,
    RetryPolicy,
    SmsregError,
    SMSVoiceClient,
    SocialMessagingClient,
)
from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.records import NOTHING, Removed
from tests.emulator.growth import emulator, grow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from smsreg.emulator.core.service_model import Doc, Operation

PAGES = 3
"""Pages of a listing that are measured."""
ROOT = Path(__file__).resolve().parents[2]
REMOVING = ("delete_", "disassociate_", "discard_", "release_")
"""Operations that leave nothing to be copied."""
PACKAGES = ("sms_voice", "social_messaging", "end_user_messaging")

KINDS = {
    "numbers": ("phone_numbers", "pools", "opt_out_lists", "sender_ids"),
    "configurations": (
        "configuration_sets",
        "protect_configurations",
        "notify_configurations",
        "rcs_agents",
        "verified_numbers",
    ),
    "registrations": ("registrations", "attachments"),
    "WhatsApp": ("wabas", "whatsapp_phones", "templates", "flows"),
    "profiles": ("brand_profiles", "brand_attributes", "code_configurations"),
}
"""Tables that grow together when there is not enough memory for all of them."""
BY_CONTENT = "socialmessaging.DisassociateWhatsAppBusinessAccount"
"""The one operation whose cost depends on the content of the removed resource."""


@dataclass(frozen=True)
class Growth:
    """What an operation costs in a small and in a large state, in CPU seconds."""

    few: float
    many: float

    @property
    def ratio(self) -> float:
        """The cost in the large state as a multiple of that in the small one."""
        return self.many / self.few


async def across(
    few: int, many: int, repeats: int, kinds: Sequence[Collection[str]]
) -> dict[str, Growth]:
    """Measure every operation in two states for each of some groups of tables; the worst counts."""
    found: dict[str, Growth] = {}
    for tables in kinds:
        for name, one in (await growth(few, many, repeats, tables)).items():
            if name not in found or one.ratio > found[name].ratio:
                found[name] = one
    return found


def dearest(found: Mapping[str, Growth]) -> list[tuple[str, Growth]]:
    """Sort operations by the growth of their costs, without the one that depends on content."""
    judged = {name.partition(".")[2]: one for name, one in found.items() if name != BY_CONTENT}
    return sorted(judged.items(), key=lambda entry: entry[1].ratio, reverse=True)


async def growth(
    few: int, many: int, repeats: int, only: Collection[str] = ()
) -> dict[str, Growth]:
    """Measure every operation in two states, alternating between them.

    Args:
        few: The number of records in each table of the small state.
        many: The number of records in each table of the large state.
        repeats: How often each example is run.
        only: The tables that have so many records; by default all.

    Returns:
        The growth by the service's and the operation's name. A cost is the minimum of all runs, as
        other work on the machine only adds to it.
    """
    async with Tour() as small, Tour() as large:
        for tour, size in ((small, few), (large, many)):
            await tour.grow(size, only)
            await tour.go()  # the first query of an index builds it
            tour.taken.clear()
        gc.collect()
        gc.freeze()
        for _ in range(repeats):
            await small.go()
            await large.go()
        gc.unfreeze()
    return {name: Growth(min(small.taken[name]), min(large.taken[name])) for name in small.taken}


class Tour:
    """Runs the examples of all operations in sequence."""

    def __init__(self) -> None:
        self.subject = emulator(seed=3, review_seconds=0.2)
        self.taken: dict[str, list[float]] = defaultdict(list)
        self._engine = self.subject._engine
        self._perform = self._engine.perform
        self._engine.perform = self._timed  # type: ignore[method-assign] # a probe, of this one
        self._clients: list[Any] = []
        self._target = ""
        self._pages = 0
        self._changes: list[tuple[tuple[str, ...], Any]] = []
        self._engine.world.state.root.note = self._note

    async def __aenter__(self) -> Self:
        retry = RetryPolicy(sleep=self._sleep)
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self.subject)
            options: Any = {**self.subject.client_options, "timeout": 600.0, "retry": retry}
            for client in (SMSVoiceClient, SocialMessagingClient, EndUserMessagingClient):
                self._clients.append(await stack.enter_async_context(client(**options)))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self._stack.aclose()
        if self.subject.unexpected:
            raise self.subject.unexpected[0]

    async def _sleep(self, seconds: float) -> None:
        await self.subject.advance(seconds=seconds)

    async def grow(self, size: int, only: Collection[str]) -> None:
        """Run every example, and copy the resulting records."""
        await self.go(undo=False)
        self._engine.world.state.root.note = None
        grow(self.subject, size, only)
        await self.subject.advance(days=90)  # everything that the copies have due takes effect
        self._undo()

    async def go(self, *, undo: bool = True) -> None:
        """Run every example once."""
        resources = _reference("resources")
        for package in PACKAGES:
            operations = _operations(package)
            for method, example in _examples(package):
                made = resources.Resources(self.subject, *self._clients)
                self._target, since = "", len(self._changes)
                with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SmsregError):
                    if method in resources.EXISTING:
                        await made.get(resources.EXISTING[method])
                    names = inspect.signature(example).parameters
                    arguments = [await made.get(name) for name in names]
                    self._target, self._pages = operations[method], 0
                    await example(*arguments)
                if undo or method.startswith(REMOVING):
                    self._undo(since)

    def _timed(self, operation: Operation, raw: Doc) -> Doc:
        if operation.name != self._target:
            return self._perform(operation, raw)
        if self._pages == PAGES:
            raise ServiceFault("ValidationException", "Enough pages of this listing were read")
        self._pages += 1
        raw = {name: value for name, value in raw.items() if name != "Filters"}
        begun = time.process_time()
        response = self._perform(operation, raw)
        self.taken[f"{operation.service}.{operation.name}"].append(time.process_time() - begun)
        return response

    def _note(self, path: tuple[str, ...], value: object) -> None:
        self._changes.append((path, value))

    def _undo(self, since: int = 0) -> None:
        """Undo changes, by ordinary changes that the indexes follow."""
        state: Any = self._engine.world.state
        changes, self._changes = self._changes[since:], self._changes[:since]
        self._engine.world.state.root.note = None
        for (*path, name), value in reversed(changes):
            if path[:2] == ["singles", "days"]:  # old counters, which a call drops once
                continue
            holder = getattr(state, path[0], None) if path else None
            for step in path[1:]:
                holder = holder.get(step) if isinstance(holder, dict) else None
            if not isinstance(holder, dict):
                continue
            if value is NOTHING:
                holder.pop(name, None)
            else:
                holder[name] = value.value if isinstance(value, Removed) else value
        self._engine.world.state.root.note = self._note


def _examples(package: str) -> list[tuple[str, Callable[..., Awaitable[None]]]]:
    found = []
    folder = ROOT / ".ci" / "reference" / "examples" / package
    for path in sorted(folder.glob("[!_]*.py")):
        module = _reference(f"examples.{package}.{path.stem}")
        found += [(n, f) for n, f in vars(module).items() if inspect.iscoroutinefunction(f)]
    return found


def _operations(package: str) -> dict[str, str]:
    module = importlib.import_module(f"smsreg.{package}")
    name = next(name for name in module.__all__ if name.endswith("Client"))
    return {method: op.name for method, op in getattr(module, name).operations.items()}


def _reference(name: str) -> Any:
    folder = str(ROOT / ".ci")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(f"reference.{name}")
