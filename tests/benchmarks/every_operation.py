"""The emulator's cost of each operation in states of different sizes, by its reference example.

Each example runs several times in a state that was grown before: the resources that it needs are
created each time, and its changes are undone. Only the operation itself is measured, in CPU time
and without HTTP. Of a listing, the first pages are measured, and those are compared that have
equally many items in both states.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import inspect
import io
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

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
from smsreg.emulator.core.service_model import END_USER, SMS, SOCIAL
from smsreg.emulator.sms_voice import CHANGING
from tests.emulator.growth import emulator, grow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Generator, Mapping, Sequence

    from smsreg.emulator.core.service_model import Doc, Operation

PAGES = 3
"""Pages of a listing that are measured."""
ROOT = Path(__file__).resolve().parents[2]
REMOVING = ("delete_", "disassociate_", "discard_", "release_")
"""Operations that leave nothing to be copied."""
PACKAGES = {"sms_voice": SMS, "social_messaging": SOCIAL, "end_user_messaging": END_USER}
"""The services by their packages."""
CANDIDATES = 10
"""Operations that have more runs than others."""

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


Taken = dict[tuple[int, int], list[float]]
"""CPU seconds of an operation, by the page of a listing and its items."""


@dataclass(frozen=True)
class Runs:
    """How often operations are run in each state.

    Attributes:
        each: Each operation.
        candidate: At least, each of those whose costs seem to grow the most.
    """

    each: int = 9
    candidate: int = 90


FEW = Runs(5, 25)
"""For states that take long to grow."""
FEWEST = Runs(1, 1)
"""Only to see that it works."""


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
    few: int, many: int, runs: Runs, kinds: Sequence[Collection[str]]
) -> dict[str, Growth]:
    """Measure every operation in two states for each of some groups of tables; the worst counts."""
    found: dict[str, Growth] = {}
    for tables in kinds:
        for name, one in (await growth(few, many, runs, tables)).items():
            if name not in found or one.ratio > found[name].ratio:
                found[name] = one
    return found


def dearest(found: Mapping[str, Growth]) -> list[tuple[str, Growth]]:
    """Sort operations by the growth of their costs, without the one that depends on content."""
    judged = {name.partition(".")[2]: one for name, one in found.items() if name != BY_CONTENT}
    return sorted(judged.items(), key=lambda entry: entry[1].ratio, reverse=True)


async def growth(few: int, many: int, runs: Runs, only: Collection[str] = ()) -> dict[str, Growth]:
    """Measure every operation in two states, alternating between them.

    Of so many operations, the one whose cost seems to grow the most is the one that other work on
    the machine disturbed the most. So the ten whose costs grow the most are run again in both
    states, until the ten whose costs grow the most have all had enough runs.

    Args:
        few: The number of records in each table of the small state.
        many: The number of records in each table of the large state.
        runs: How often the examples are run.
        only: The tables that have so many records; by default all.

    Returns:
        The growth by the service's and the operation's name. A cost is the lower quartile of all
        runs: other work on the machine slows down some of them, and single ones are fast by luck.
    """
    async with Tour() as small, Tour() as large:
        for tour, size in ((small, few), (large, many)):
            await tour.grow(size, only)
            for _ in range(2):  # the first query of an index builds it
                await tour.go()
            tour.taken.clear()
        both = Both(small, large)
        with _without_collections():
            await both.run(runs.each)
            while candidates := both.candidates(runs.candidate):
                await both.run(runs.each, candidates)
        return both.found()


class Both:
    """A small and a large state that are measured in turns."""

    def __init__(self, small: Tour, large: Tour) -> None:
        self._small, self._large = small, large
        self._runs: Counter[str] = Counter()

    async def run(self, times: int, only: Collection[str] = ()) -> None:
        """Run the examples of these operations, or of all, so many times in both."""
        for number in range(times):
            for tour in (self._small, self._large)[:: 1 if number % 2 else -1]:
                await tour.go(only)
                gc.collect()
        self._runs.update(dict.fromkeys(only or self._small.taken, times))

    def found(self) -> dict[str, Growth]:
        """What each operation costs."""
        small, large = self._small.taken, self._large.taken
        return {name: _growth(small[name], large[name]) for name in small}

    def candidates(self, runs: int) -> list[str]:
        """Those of the operations whose costs grow the most that have had fewer runs."""
        found = self.found()
        judged = [name for name in found if name != BY_CONTENT]
        judged.sort(key=lambda name: found[name].ratio, reverse=True)
        return [name for name in judged[:CANDIDATES] if self._runs[name] < runs]


def _growth(small: Taken, large: Taken) -> Growth:
    """Compare the pages that have equally many items, or the first ones; the worst counts."""
    alike = [(each, each) for each in small if each in large]
    alike = alike or [(next(iter(small)), next(iter(large)))]
    costs = [Growth(_quartile(small[few]), _quartile(large[many])) for few, many in alike]
    return max(costs, key=lambda growth: growth.ratio)


def _quartile(costs: list[float]) -> float:
    return sorted(costs)[len(costs) // 4]


@contextlib.contextmanager
def _without_collections() -> Generator[None]:
    """What is there is left out of the collections of garbage, which are between the runs."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


class Tour:
    """Runs the examples of all operations in sequence."""

    def __init__(self) -> None:
        self.subject = emulator(seed=3, review_seconds=0.2)
        self.taken: dict[str, Taken] = defaultdict(lambda: defaultdict(list))
        self._engine = self.subject._engine
        self._perform = self._engine.perform
        self._engine.perform = self._timed  # type: ignore[method-assign] # a probe, of this one
        self._clients: list[Any] = []
        self._examples = _examples()
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
        await self.go((), undo=False)
        self._engine.world.state.root.note = None
        grow(self.subject, size, only)
        await self.subject.advance(days=90)  # everything that the copies have due takes effect
        for resources in CHANGING:
            resources.settle_due(self._engine.world)
        self._undo()

    async def go(self, only: Collection[str] = (), *, undo: bool = True) -> None:
        """Run the examples of these operations, or of all, once."""
        resources = _reference("resources")
        for each in self._examples:
            if only and f"{each.service}.{each.operation}" not in only:
                continue
            made = resources.Resources(self.subject, *self._clients)
            self._target, since = "", len(self._changes)
            with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SmsregError):
                if each.method in resources.EXISTING:
                    await made.get(resources.EXISTING[each.method])
                arguments = [await made.get(name) for name in each.parameters]
                self._target, self._pages = each.operation, 0
                await each.run(*arguments)
            if undo or each.method.startswith(REMOVING):
                self._undo(since)

    def _timed(self, operation: Operation, raw: Doc) -> Doc:
        if operation.name != self._target:
            return self._perform(operation, raw)
        if self._pages == PAGES:
            raise ServiceFault("ValidationException", "Enough pages of this listing were read")
        self._pages += 1
        begun = time.process_time()
        response = self._perform(operation, raw)
        spent = time.process_time() - begun
        items = sum(len(value) for value in response.values() if isinstance(value, list))
        self.taken[f"{operation.service}.{operation.name}"][self._pages, items].append(spent)
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


class Example(NamedTuple):
    """An example of the reference, and the resources that it needs."""

    service: str
    operation: str
    method: str
    run: Callable[..., Awaitable[None]]
    parameters: tuple[str, ...]


def _examples() -> list[Example]:
    found: list[Example] = []
    for package, service in PACKAGES.items():
        operations = _operations(package)
        folder = ROOT / ".ci" / "reference" / "examples" / package
        for path in sorted(folder.glob("[!_]*.py")):
            module = _reference(f"examples.{package}.{path.stem}")
            for method, run in vars(module).items():
                if inspect.iscoroutinefunction(run):
                    parameters = tuple(inspect.signature(run).parameters)
                    found.append(Example(service, operations[method], method, run, parameters))
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
