"""States of any size, and the same sequence of all operations in each of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from smsreg.emulator import Clock, Emulator
from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.service_model import service_model
from smsreg.emulator.core.settings import DEFAULT_QUOTAS
from tests.random_requests import MODELS, OPERATIONS, Generator

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MANY = 10**9
BOUNDED = {
    "jobs": 900,
    "media": 9_000,
    "code_verifications": 9_000,
    "receipts": 9_000,
    "whatsapp_receipts": 9_000,
}
"""Tables in which the emulator itself limits the number of records."""
NOT_COPIED = ("keywords", "policies", "brand_registrations")
"""Tables that belong to records of other tables."""
UNIQUE = {
    "PhoneNumber": "+1999{:08d}",
    "DestinationPhoneNumber": "+1998{:08d}",
    "phoneNumber": "+1997{:08d}",
    "metaPhoneNumberId": "meta-{:08d}",
    "templateName": "clone_{:08d}",
    "flowName": "clone_{:08d}",
    "recipient": "+1996{:08d}",
}
"""Members that two records never share."""


def emulator(seed: int, review_seconds: float = 0.0) -> Emulator:
    """Create an emulator with a fixed clock and without effective quotas."""
    return Emulator(
        seed=seed,
        clock=Clock.fixed(),
        review_seconds=review_seconds,
        quotas=dict.fromkeys(DEFAULT_QUOTAS, MANY),
        spend_limits=dict.fromkeys(("TEXT", "VOICE", "MEDIA", "NOTIFY", "RCS"), MANY),
    )


def grow(grown: Emulator, size: int, only: Collection[str] = ()) -> None:
    """Copy records until every table that has any has at least ``size``.

    Args:
        grown: The emulator.
        size: The number of records.
        only: The tables; by default all.
    """
    state = grown._world.state
    for name, table in list(state.tables.items()):
        if table and name not in NOT_COPIED and (not only or name in only):
            _copy(state, name, min(size, BOUNDED.get(name, size)))
    for record in list(state.table("opt_out_lists").values())[:3]:
        for number in range(size):
            _nested(state, record["_numbers"], "OptedOutNumber", number)
    for record in list(state.table("protect_configurations").values())[:3]:
        for number in range(size):
            _nested(state, record["_overrides"], "DestinationPhoneNumber", number)
    days = state.singles.setdefault("days", {})
    counted = days.setdefault("REGISTRATION_ATTACHMENTS_CREATED_PER_DAY", {})
    for number in range(size):
        counted[f"x{number}"] = grown.clock.now()


def _copy(state: Any, name: str, size: int) -> None:
    table = state.table(name)
    models = list(table.items())[:20]
    arns = {target[1]: arn for arn, target in state.arns.items() if target[0] == name}
    for number in range(size):
        key, record = models[number % len(models)]
        new_key = f"{key[:-9]}x{number:08d}" if len(key) > 16 else f"x{number:08d}"
        copy = json.loads(json.dumps(record).replace(json.dumps(key)[1:-1], new_key))
        for member, form in UNIQUE.items():
            if isinstance(copy.get(member), str):
                copy[member] = form.format(number)
        if name == "whatsapp_phones":
            copy["_account"] = "waba-other"  # an account's response has all of its numbers
        if "_seq" in copy:
            arn = arns.get(key)
            state.add(name, new_key, copy, arn.replace(key, new_key) if arn else None)
        else:
            table[new_key] = copy


def _nested(state: Any, entries: Any, member: str, number: int) -> None:
    for model in list(entries.values())[:1]:
        text = f"+1995{number:08d}"
        entries[text] = {**model, member: text, "_seq": state.next_sequence()}


def walk(
    subject: Emulator,
    seed: int,
    rounds: int,
    size: int,
    measured: Callable[[str, Callable[[], Any]], Any],
) -> list[tuple[str, bool]]:
    """Call every operation with random requests, in a state that grows after its first resources.

    Args:
        subject: A new emulator with the same seed.
        seed: The seed of the requests.
        rounds: How often each operation is called.
        size: The size of the tables.
        measured: Called with an operation's name and a function that calls it, once the state has
            grown.

    Returns:
        The operations in order, and whether each succeeded: the same for every size.
    """
    generator = Generator(seed)
    generator.learn("id", subject.whatsapp_account_id)
    generator.learn("id", subject.whatsapp_phone_number_id)
    creations = [entry for entry in OPERATIONS if entry[1].startswith(("Create", "Request", "Put"))]
    plan = creations * 6
    generator.chance.shuffle(plan)
    plan = creations + plan
    later = OPERATIONS * rounds
    generator.chance.shuffle(later)
    done: list[tuple[str, bool]] = []
    for step, (service, name) in enumerate(plan + later):
        if step == len(plan):
            grow(subject, size)
            subject.calls.clear()
        shape = MODELS[service].operation_model(name).input_shape
        params = {} if shape is None else generator.structure(shape)
        operation = service_model(service).operation(name)
        assert operation is not None

        def act(operation: Any = operation, params: Any = params) -> Any:
            try:
                return subject._engine.perform(operation, params)
            except ServiceFault:
                return None

        if "Filters" in params or name == "ListJobs":
            act()  # the first request with a combination of filters builds its index
        response = measured(f"{service}.{name}", act) if step >= len(plan) else act()
        if response is not None and not name.startswith(("List", "Describe")):
            generator.learn("", json.loads(json.dumps(response)))
        done.append((name, response is not None))
    return done
