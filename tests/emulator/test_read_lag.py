"""Lagging reads return the earlier state, at a cost that does not grow with the state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.read_lag import History
from smsreg.emulator.core.service_model import SMS, service_model
from tests.random_requests import MODELS, OPERATIONS, Generator

from . import growth
from .test_scale import Steps

if TYPE_CHECKING:
    from smsreg.emulator import Emulator
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.state import State
    from smsreg.emulator.core.world import World

DELAY = 3.0


def perform(subject: Emulator, service: str, name: str, **params: Any) -> Any:
    operation = service_model(service).operation(name)
    assert operation is not None
    try:
        return subject._engine.perform(operation, params)
    except ServiceFault:
        return None


class Copying(History):
    """A reference for `read_delay`: a full copy of the state before each write, kept until due."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.taken: list[tuple[float, Doc]] = []

    def before_write(self) -> None:
        self.taken.append((self._world.now(), content(self._world.state)))
        super().before_write()

    def expected(self) -> Doc:
        moment = self._world.now() - DELAY
        later = (state for until, state in self.taken if until > moment)
        return next(later, None) or content(self._world.state)


def content(state: State) -> Doc:
    document = state.dump()
    tables = {name: table for name, table in document["tables"].items() if table}
    return {**document, "tables": tables}


@pytest.mark.parametrize("seed", range(4))
async def test_a_read_sees_the_state_of_the_moment_and_changes_nothing(seed: int) -> None:
    subject = growth.emulator(seed=seed, review_seconds=1.0)
    subject.settings.read_delay = DELAY
    history = subject._engine._history = Copying(subject._world)
    generator = Generator(seed)
    generator.learn("id", subject.whatsapp_account_id)
    for service, name in generator.chance.choices(OPERATIONS, k=500):
        shape = MODELS[service].operation_model(name).input_shape
        params = {} if shape is None else generator.structure(shape)
        response = perform(subject, service, name, **params)
        if response is not None and not name.startswith(("List", "Describe", "Get")):
            generator.learn("", json.loads(json.dumps(response)))
        if generator.chance.random() < 0.2:
            subject.clock.offset += generator.chance.choice([0.5, 1.0, 5.0, 100.0])
        assert content(history.view().state) == history.expected()
        history.after_read()
    assert len(history.taken) > 200


async def test_a_control_call_is_seen_with_the_write_before_it() -> None:
    subject = growth.emulator(seed=1, review_seconds=60.0)
    subject.settings.read_delay = DELAY
    made = perform(subject, SMS, "CreateRegistration", RegistrationType="US_TOLL_FREE_REGISTRATION")
    subject._world.state.table("registrations")[made["RegistrationId"]]["_noted"] = "by hand"
    assert perform(subject, SMS, "DescribeRegistrations")["Registrations"] == []
    subject.clock.offset += DELAY
    seen = subject._engine._history.view().state.table("registrations")
    assert [record["_noted"] for record in seen.values()] == ["by hand"]


async def test_without_a_delay_nothing_is_kept() -> None:
    subject = growth.emulator(seed=1)
    history = subject._engine._history
    subject.settings.read_delay = DELAY
    perform(subject, SMS, "CreateOptOutList", OptOutListName="a")
    assert history._past is not None
    subject.settings.read_delay = 0.0
    perform(subject, SMS, "CreateOptOutList", OptOutListName="b")
    assert (history._past, history._changed, subject._world.state.root.follow) == (None, {}, None)
    assert len(perform(subject, SMS, "DescribeOptOutLists")["OptOutLists"]) == 3


def test_a_lagging_read_and_a_write_cost_the_same_in_a_large_state() -> None:
    steps = [_steps(size) for size in (100, 1_000)]
    assert steps[1] < 1.15 * steps[0]


def _steps(size: int) -> int:
    subject = growth.emulator(seed=1)
    perform(subject, SMS, "CreateOptOutList", OptOutListName="first")
    growth.grow(subject, size, ("opt_out_lists",))
    subject.settings.read_delay = DELAY
    taken = 0
    for number in range(4):
        counter = Steps()

        def write_and_read(name: str = f"list-{number}") -> None:
            perform(subject, SMS, "CreateOptOutList", OptOutListName=name)
            subject.clock.offset += DELAY
            perform(subject, SMS, "DescribeOptOutLists", OptOutListNames=[name])

        counter.count(write_and_read)
        if number:  # history starts with the first write
            taken += counter.steps
    return taken
