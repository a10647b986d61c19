"""The accounts and Regions of one emulator, each with a state of its own."""

from __future__ import annotations

import json
import random
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from smsreg.emulator.core.clock import LATEST
from smsreg.emulator.core.errors import common_error
from smsreg.emulator.core.records import NOTHING
from smsreg.emulator.core.scope import Scope
from smsreg.emulator.core.service_model import SERVICES, service_model
from smsreg.emulator.core.state import FORMAT, State
from smsreg.emulator.core.state_check import check_content, check_form
from smsreg.emulator.core.world import World
from smsreg.emulator.dispatch import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from smsreg.emulator.catalogue import Catalogue
    from smsreg.emulator.core.clock import Clock
    from smsreg.emulator.core.events import EventLog
    from smsreg.emulator.core.records import Note, Path
    from smsreg.emulator.core.service_model import Doc, Json, Operation
    from smsreg.emulator.core.settings import Settings

MOST_SCOPES = 1000
"""Accounts and Regions that one emulator keeps apart; calls for more are refused."""


class Accounts:
    """The engine for each account and Region, made at its first use."""

    def __init__(
        self,
        clock: Clock,
        settings: Settings,
        catalogue: Catalogue,
        seed: int | None,
        events: EventLog,
    ) -> None:
        self.clock = clock
        self._settings = settings
        self._catalogue = catalogue
        self._seed = seed
        self.events = events
        self.default_scope: Scope = Scope(settings.account_id, settings.region)
        self._chance = random.Random(seed)
        self._engines: dict[Scope, Engine] = {}
        self._note: Note | None = None
        self.engine(self.default_scope)

    def engine(self, scope: Scope) -> Engine:
        """The engine that executes the calls of a scope."""
        known = self._engines.get(scope)
        if known is None:
            if len(self._engines) >= MOST_SCOPES:
                raise common_error("LimitExceededException", "Too many accounts and Regions")
            if self._note is not None:
                self._note((str(scope),), NOTHING)
            known = self._engines[scope] = self._make(scope)
            known.world.publish = partial(self.events.publish, scope)
            self._follow(scope, known)
        return known

    def _follow(self, scope: Scope, engine: Engine) -> None:
        note = self._note
        if note is not None:
            name = str(scope)
            engine.world.state.root.note = lambda path, before: note((name, *path), before)

    def _make(self, scope: Scope) -> Engine:
        """A new engine, not yet connected to the event log and the journal."""
        world = World(scope, State(), self.clock, self._chance, self._settings, self._catalogue)
        return Engine(world)

    def __iter__(self) -> Iterator[Engine]:
        return iter(tuple(self._engines.values()))

    @property
    def scopes(self) -> list[Scope]:
        """The known accounts and Regions, the default ones first."""
        return list(self._engines)

    def dump(self) -> Doc:
        """Everything as JSON values."""
        return cast("Doc", json.loads(self.dumps()))

    def dumps(self) -> str:
        """Everything as JSON text."""
        states = ", ".join(
            f"{json.dumps(str(scope))}: {engine.world.state.dumps()}"
            for scope, engine in self._engines.items()
        )
        offset = repr(self.clock.offset)
        return f'{{"format": {FORMAT}, "clock_offset": {offset}, "states": {{{states}}}}}\n'

    def load(self, document: Mapping[str, Any]) -> None:
        """Restore what `dumps` returned, once all of it is validated.

        Raises:
            ValueError: It is incomplete or malformed; nothing has been changed.
        """
        offset, states = self._checked(document)
        self.take(offset, states)

    def reset(self) -> None:
        """Reset to the initial state: no resources, no clock offset."""
        self._changing_everything()
        self._chance.seed(self._seed)
        self._engines = {}
        self.clock.offset = 0.0
        self.engine(self.default_scope)

    def take(self, offset: float, states: Mapping[Scope, Doc]) -> None:
        """Replace all states with these."""
        self._changing_everything()
        self._engines = {
            scope: engine for scope, engine in self._engines.items() if scope in states
        }
        for scope, document in states.items():
            engine = self.engine(scope)
            engine.world.state = State(document)
            engine.forget_past()
            self._follow(scope, engine)
        self.engine(self.default_scope)
        self.clock.offset = offset

    # --- for the state file

    def watch(self, note: Note) -> None:
        """Call a function before every change from now on; see `Journal.note`."""
        self._note = note
        for scope, engine in self._engines.items():
            self._follow(scope, engine)

    def _changing_everything(self) -> None:
        if self._note is None:
            return
        before = [(scope, engine, engine.world.state) for scope, engine in self._engines.items()]

        def undo() -> None:
            self._engines = {scope: engine for scope, engine, _ in before}
            for _, engine, state in before:
                engine.world.state = state
                engine.forget_past()

        self._note((), undo)

    def parts(self) -> dict[str, Doc]:
        """Every state by its name, split into its parts."""
        return {str(scope): engine.world.state.parts() for scope, engine in self._engines.items()}

    def value_at(self, path: Path) -> Json:
        """The current value at a path, or `NOTHING`; the path begins with a state's name."""
        engine = self._engines.get(Scope(*path[0].split("/")))
        if engine is None:
            return NOTHING
        state = engine.world.state
        return state.value_at(path[1:]) if path[1:] else state.parts()

    def put_back(self, path: Path, value: Json) -> None:
        """Restore the earlier value at a path."""
        scope = Scope(*path[0].split("/"))
        if not path[1:]:  # there was no value: a state is never removed
            del self._engines[scope]
            return
        engine = self._engines[scope]
        engine.world.state.put_back(path[1:], value)
        engine.forget_past()

    @property
    def clock_offset(self) -> float:
        """The clock offset in seconds."""
        return self.clock.offset

    @clock_offset.setter
    def clock_offset(self, offset: float) -> None:
        self.clock.offset = offset

    def _checked(self, document: Mapping[str, Any]) -> tuple[float, dict[Scope, Doc]]:
        version: Any = document.get("format")
        if version is True or version not in (1, FORMAT):
            msg = f"format: this version reads snapshots of the formats 1 and {FORMAT}"
            raise ValueError(msg)
        offset: Any = document.get("clock_offset")
        number = isinstance(offset, (int, float)) and not isinstance(offset, bool)
        if not number or not 0 <= offset <= LATEST:
            raise ValueError("clock_offset: it must be a finite number of seconds from 0 on")
        if version == 1:  # one account, one Region
            given: Any = {str(self.default_scope): document.get("state")}
        else:
            given = document.get("states")
        if not isinstance(given, dict):
            raise ValueError("states: it must be an object")  # noqa: TRY004  # content, not a call
        states: dict[Scope, Doc] = {}
        for name, state in cast("dict[str, Any]", given).items():
            account_id, _, region = name.partition("/")
            try:
                scope = Scope.of(account_id, region)
                check_form(state)
                self._read_back(scope, state, float(offset))
            except ValueError as problem:
                shown = ascii(name[:64])[1:-1]
                msg = f"states.{shown}: {problem}"
                raise ValueError(msg) from None
            states[scope] = state
        if len(states) > MOST_SCOPES:
            msg = f"states: there are more than {MOST_SCOPES}"
            raise ValueError(msg)
        return float(offset), states

    def _read_back(self, scope: Scope, state: Doc, offset: float) -> None:
        trial = self._make(scope)
        trial.world.clock = self.clock.at_offset(offset)
        trial.world.state = State(state)
        check_content(_reads(state), trial.perform)


_READS_OF = {
    "registrations": (
        "RegistrationId",
        (
            "DescribeRegistrationVersions",
            "DescribeRegistrationFieldValues",
            "ListRegistrationAssociations",
        ),
    ),
    "opt_out_lists": ("OptOutListName", ("DescribeOptedOutNumbers",)),
    "pools": ("PoolId", ("ListPoolOriginationIdentities",)),
    "protect_configurations": (
        "ProtectConfigurationId",
        ("ListProtectConfigurationRuleSetNumberOverrides",),
    ),
    "phone_numbers": ("OriginationIdentity", ("DescribeKeywords",)),
    "wabas": ("id", ("GetLinkedWhatsAppBusinessAccount", "ListWhatsAppMessageTemplates")),
    "whatsapp_phones": ("id", ("GetLinkedWhatsAppBusinessAccountPhoneNumber",)),
    "brand_profiles": (
        "brandProfileId",
        (
            "GetBrandProfile",
            "ListBrandProfileAttributes",
            "ListRegistrationsFromBrandProfile",
        ),
    ),
    "code_configurations": ("notifyCodeConfigurationId", ("GetNotifyCodeConfiguration",)),
    "jobs": ("jobId", ("GetJob",)),
    "policies": ("ResourceArn", ("GetResourcePolicy",)),
}
"""The reads of one record: the parameter for its key, and the operations."""


def _reads(state: Doc) -> Iterator[tuple[Operation, Doc]]:
    """Every read without a parameter, and those of each record."""
    for service in SERVICES:
        model = service_model(service)
        for name in model.operation_names:
            operation = model.operation(name)
            if operation is not None and operation.is_read and not operation.input.required:
                yield operation, {}
    for table, (parameter, names) in _READS_OF.items():
        for key in state["tables"].get(table, ()):
            for name in names:
                known = (service_model(service).operation(name) for service in SERVICES)
                operation = next((one for one in known if one is not None), None)
                if operation is not None:
                    yield operation, {parameter: key}
