"""Every filter of every listing selects the same items as a full scan, at a constant cost."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.indexes import EVERYTHING
from smsreg.emulator.core.journal import Journal
from smsreg.emulator.core.records import Table
from smsreg.emulator.core.service_model import END_USER, SMS, service_model
from tests.random_requests import MODELS
from tests.support.sampling import ALL_CASES

from . import filtered
from .filtered import JOBS, LISTINGS, Listing, Wanted, known_filters, made, vary
from .test_scale import Steps, assert_true_views

if TYPE_CHECKING:
    from collections.abc import Generator

    from smsreg.emulator import Emulator
    from smsreg.emulator.core.world import World

CASES = [(name, each) for name, filters in known_filters().items() for each in filters]
JOB_FILTERS = ("status", "brandProfileId", "operationType")
ABSENT = "nobody-has-this"


def test_every_filter_of_the_model_is_known_here() -> None:
    assert set(known_filters()) == set(LISTINGS)
    for name, listing in LISTINGS.items():
        assert set(listing.found) | set(listing.conditions) <= set(known_filters()[name])


# --- reading


def perform(subject: Emulator, name: str, params: dict[str, Any]) -> dict[str, Any]:
    operation = service_model(END_USER if name == "ListJobs" else SMS).operation(name)
    assert operation is not None
    return subject._engine.perform(operation, params)


def read(subject: Emulator, name: str, wanted: Wanted, size: int) -> list[Any]:
    """Return the items of all pages."""
    listing = JOBS if name == "ListJobs" else LISTINGS[name]
    if name == "ListJobs":
        params: dict[str, Any] = {each: values[0] for each, values in wanted}
        size_key, token_key = "maxResults", "nextToken"
    else:
        filters = [{"Name": each, "Values": values} for each, values in wanted]
        params = {**listing.params(subject._world), "Filters": filters}
        size_key, token_key = "MaxResults", "NextToken"
    found: list[Any] = []
    token: dict[str, str] = {}
    while True:
        page = perform(subject, name, {**params, size_key: size, **token})
        items = page.get(listing.items, [])
        assert len(items) == size or token_key not in page
        found += [listing.shown(item) for item in items]
        if token_key not in page:
            return found
        token = {token_key: page[token_key]}


@contextmanager
def seen_by_reads(subject: Emulator) -> Generator[World]:
    history = subject._engine._history
    try:
        yield history.view()
    finally:
        history.after_read()


def check(subject: Emulator, name: str, wanted: Wanted, chance: random.Random) -> int:
    """Compare a listing with a full scan; return the number of items."""
    listing = JOBS if name == "ListJobs" else LISTINGS[name]
    found = read(subject, name, wanted, chance.choice([5, 7, 50, 100]))
    with seen_by_reads(subject) as world:
        assert found == listing.scan(world, wanted), (name, wanted)
    return len(found)


def values_of(world: World, listing: Listing, name: str) -> Counter[str]:
    """Count the items for each value of a filter."""
    if name in listing.conditions:
        now = world.now()
        if name.endswith("begins-with"):
            return Counter(["+1", "+1995", "+19950000000", "1206"])
        return Counter([str(now - 1e6), str(now + 45), str(now + 1e6), str(now)])
    records = (
        listing.records(world)
        if listing.records is not None
        else world.state.table(listing.table).values()
    )
    return Counter(text for record in records for text in listing.texts(record, name))


def cases_of(world: World, listing: Listing, name: str) -> list[list[str]]:
    """Return a value of many items, one of few, several values, and one of no item."""
    counted = [text for text, _ in values_of(world, listing, name).most_common()]
    closed = name.endswith(filtered.BOOLEAN) or (listing is JOBS and name == "status")
    absent = [] if closed else [[ABSENT]]
    if name in listing.conditions:
        absent = [["+999"]] if name.endswith("begins-with") else []
    some = [[counted[0]], [counted[-1]], counted[:3]] if counted else [["true"]]
    return [*some, *absent]


# --- selected items


@pytest.mark.parametrize("name", [*LISTINGS, "ListJobs"])
def test_each_filter_names_what_a_scan_names(name: str) -> None:
    chance = random.Random(name)  # noqa: S311  # repeats
    subject = made(1, 60)
    vary(subject._world, chance, 0.7)
    listing = JOBS if name == "ListJobs" else LISTINGS[name]
    counts: dict[str, set[int]] = {}
    for each in JOB_FILTERS if name == "ListJobs" else known_filters()[name]:
        for values in cases_of(subject._world, listing, each):
            wanted: Wanted = [(each, values[:1] if name == "ListJobs" else values)]
            counts.setdefault(each, set()).add(check(subject, name, wanted, chance))
    assert all(max(found) > 0 for found in counts.values()), counts
    assert_true_views(subject, 0)


@pytest.mark.parametrize("lag", [0.0, 15.0], ids=["", "lagging"])
@pytest.mark.parametrize("seed", range(8 if ALL_CASES else 3))
def test_filters_name_what_a_scan_names_whatever_happens_in_between(seed: int, lag: float) -> None:
    chance = random.Random(seed)  # noqa: S311  # repeats
    subject = made(seed, 30)
    subject.settings.read_delay = lag
    journal = Journal(subject._accounts)
    subject._accounts.watch(journal.note)
    named = 0
    for _ in range(60):
        happen(subject, journal, chance)
        name = chance.choice([*LISTINGS, "ListJobs"])
        named += check(subject, name, some_filters(subject, name, chance), chance)
    assert named > 100
    assert subject.unexpected == []


def some_filters(subject: Emulator, name: str, chance: random.Random) -> Wanted:
    listing = JOBS if name == "ListJobs" else LISTINGS[name]
    names = list(JOB_FILTERS if name == "ListJobs" else known_filters()[name])
    chosen = chance.choices(names, k=chance.randint(1, 3))
    if name == "ListJobs":
        chosen = list(dict.fromkeys(chosen))
    return [
        (
            each,
            chance.choice(cases_of(subject._world, listing, each))[
                : 1 if name == "ListJobs" else 9
            ],
        )
        for each in chosen
    ]


def happen(subject: Emulator, journal: Journal, chance: random.Random) -> None:
    """Make a random change of what filters select."""
    engine, world = subject._engine, subject._world
    event = chance.random()
    if event < 0.5:
        with journal.request():
            engine._history.before_write()
            vary(world, chance, 0.1)
        journal.take()
        journal.written()
    elif event < 0.6:
        with journal.request():
            engine._history.before_write()
            vary(world, chance, 0.2)
            delete_some(subject, chance)
        journal.undo()
    elif event < 0.7:
        engine._history.before_write()
        delete_some(subject, chance)
    elif event < 0.9:
        subject.clock.offset += chance.choice([0.0, 10.0, 25.0, 500.0])
    elif event < 0.95:
        subject.restore(subject.snapshot())
    else:
        submit_some(subject)


def delete_some(subject: Emulator, chance: random.Random) -> None:
    state = subject._world.state
    for name, arn in (
        ("phone_numbers", "PhoneNumberArn"),
        ("sender_ids", "SenderIdArn"),
        ("verified_numbers", "VerifiedDestinationNumberArn"),
    ):
        table = state.table(name)
        for key in chance.sample(list(table)[1:], min(2, len(table) - 1)):
            state.remove(name, key, table[key][arn])


def submit_some(subject: Emulator) -> None:
    """Submit some registrations for review."""
    subject.settings.incomplete_submit = "deny"
    drafts = [
        record["RegistrationId"]
        for record in subject._world.state.table("registrations").values()
        if record["_versions"][-1]["RegistrationVersionStatus"] == "DRAFT"
    ]
    for number, identifier in enumerate(drafts[:6]):
        if number % 3:  # the result of its review
            subject.approve(identifier) if number % 3 == 1 else subject.deny(identifier, "No")
        params = {"RegistrationId": identifier, "AwsReview": number % 2 == 0}
        perform(subject, "SubmitRegistrationVersion", params)


def test_a_registration_is_named_by_the_status_that_the_clock_has_brought_it_to() -> None:
    subject = made(2, 5)
    perform(subject, "CreateRegistration", {"RegistrationType": "GB_SENDER_ID_REGISTRATION"})
    submit_some(subject)
    chance = random.Random(2)  # noqa: S311  # repeats
    seen: set[str] = set()
    for _ in range(24):
        for status in MODELS[SMS].shape_for("RegistrationStatus").enum:
            if check(subject, "DescribeRegistrations", [("registration-status", [status])], chance):
                seen.add(status)
        subject.clock.offset += 2.5
    assert {"SUBMITTED", "AWS_REVIEWING", "REVIEWING", "REQUIRES_UPDATES", "COMPLETE"} <= seen


def test_a_registration_that_waits_for_its_sender_id_is_complete_in_time() -> None:
    subject = made(2, 5)
    for record in subject._world.state.table("registrations").values():
        record["_provisioned_at"] = subject._world.now() + 10
        record["RegistrationStatus"] = "PROVISIONING"
    chance = random.Random(2)  # noqa: S311  # repeats
    counts = []
    for _ in range(3):
        wanted: Wanted = [("registration-status", ["PROVISIONING"])]
        counts.append(check(subject, "DescribeRegistrations", wanted, chance))
        subject.clock.offset += 8
    assert counts[0] == counts[1] > counts[2] == 0


def test_ids_and_filters_together_name_what_has_both() -> None:
    chance = random.Random(3)  # noqa: S311  # repeats
    subject = made(3, 40)
    vary(subject._world, chance, 0.8)
    numbers = subject._world.state.table("phone_numbers")
    ids = chance.sample(list(numbers), 5)
    for values in (["PENDING"], ["ACTIVE"], ["ACTIVE", "PENDING"]):
        params = {"PhoneNumberIds": ids, "Filters": [{"Name": "status", "Values": values}]}
        page = perform(subject, "DescribePhoneNumbers", params)
        by_scan = LISTINGS["DescribePhoneNumbers"].scan(subject._world, [("status", values)])
        expected = [each for each in by_scan if each in ids]
        assert [one["PhoneNumberId"] for one in page.get("PhoneNumbers", [])] == expected


def test_a_wrong_filter_is_refused_before_any_record_is_read() -> None:
    subject = made(4, 5)
    for name, value in (("two-way-enabled", "yes"), ("deletion-protection-enabled", "1")):
        with pytest.raises(ServiceFault) as refused:
            read(subject, "DescribePhoneNumbers", [(name, [value])], 5)
        assert refused.value.reason == "INVALID_FILTER_VALUES"
    with pytest.raises(ServiceFault, match="A time is needed"):
        read(
            subject,
            "ListProtectConfigurationRuleSetNumberOverrides",
            [("expires-before", ["soon"])],
            5,
        )


def test_a_page_continues_though_items_before_it_no_longer_pass() -> None:
    subject = made(5, 40)
    numbers = subject._world.state.table("phone_numbers")
    for record in numbers.values():
        record["Status"] = "ACTIVE"
    params: dict[str, Any] = {
        "Filters": [{"Name": "status", "Values": ["ACTIVE"]}],
        "MaxResults": 10,
    }
    ids = list(LISTINGS["DescribePhoneNumbers"].scan(subject._world, []))
    first = perform(subject, "DescribePhoneNumbers", params)
    for identifier in (*ids[:5], ids[12]):
        numbers[identifier]["Status"] = "DISASSOCIATING"
    del numbers[ids[9]], numbers[ids[11]]
    second = perform(subject, "DescribePhoneNumbers", {**params, "NextToken": first["NextToken"]})
    seen = [one["PhoneNumberId"] for one in second["PhoneNumbers"]]
    assert seen == [ids[10], *ids[13:22]]


# --- cost


def steps_for(subject: Emulator, name: str, wanted: Wanted) -> int:
    """Count the interpreter's steps for a first page of five, once its index exists."""
    filters = [{"Name": each, "Values": values} for each, values in wanted]
    params: dict[str, Any] = {"Filters": filters, "MaxResults": 5}
    if name == "ListJobs":
        params = {**{each: values[0] for each, values in wanted}, "maxResults": 5}
    else:
        params |= LISTINGS[name].params(subject._world)
    for _ in range(2):  # applies what the clock has changed, too
        perform(subject, name, params)
    counter = Steps()
    counter.count(lambda: perform(subject, name, params))
    return counter.steps


@pytest.mark.thorough
def test_a_filtered_page_reads_no_more_records_in_a_large_table() -> None:
    small, large = (state_of(size) for size in (100, 800))
    dear = []
    for name in [*LISTINGS, "ListJobs"]:
        listing = JOBS if name == "ListJobs" else LISTINGS[name]
        names = list(JOB_FILTERS if name == "ListJobs" else known_filters()[name])
        combined: Wanted = []
        for each in names:
            for values in cases_of(small._world, listing, each):
                wanted: Wanted = [(each, values)]
                few, many = (steps_for(subject, name, wanted) for subject in (small, large))
                if many > 1.15 * few + 60:
                    dear.append((name, wanted, few, many))
            combined.append((each, cases_of(small._world, listing, each)[0]))
            few, many = (steps_for(subject, name, combined) for subject in (small, large))
            if many > 1.15 * few + 60:
                dear.append((name, combined, few, many))
    assert dear == []


def state_of(size: int) -> Emulator:
    """Create a state of a size, whose records repeat the same values."""
    subject = made(6, 20)
    vary(subject._world, random.Random(6), 0.7)  # noqa: S311  # repeats
    filtered.growth.grow(subject, size)
    return subject


def test_an_index_that_is_not_used_does_not_exist() -> None:
    subject = made(7, 20)
    numbers = subject._world.state.table("phone_numbers")
    before = set(numbers._views)
    read(subject, "DescribePhoneNumbers", [], 50)
    assert set(numbers._views) <= before | {EVERYTHING}
    read(subject, "DescribePhoneNumbers", [("status", ["ACTIVE"])], 50)
    assert len(numbers._views) == len(before | {EVERYTHING}) + 2  # with its schedule


def test_a_table_keeps_indexes_for_so_many_combinations_of_filters() -> None:
    subject = made(8, 20)
    chance = random.Random(8)  # noqa: S311  # repeats
    names = known_filters()["DescribePhoneNumbers"]
    table = subject._world.state.table("phone_numbers")
    assert isinstance(table, Table)
    for _ in range(60):
        wanted: Wanted = [(each, ["true"]) for each in chance.sample(names, 3) if "enabled" in each]
        wanted.append(("status", ["ACTIVE"]))
        wanted += [("opt-out-list-name", ["Default"])] * chance.randrange(2)
        wanted += [("number-type", ["SIMULATOR"])] * chance.randrange(2)
        wanted += [("iso-country-code", ["US"])] * chance.randrange(2)
        check(subject, "DescribePhoneNumbers", wanted, chance)
    assert 10 < len(table._views) < 25


@pytest.mark.parametrize("lag", [0.0, 15.0], ids=["", "lagging"])
def test_what_the_clock_has_changed_is_settled_once(lag: float) -> None:
    steps = []
    for size in (100, 800):
        subject = made(9, 5)
        filtered.growth.grow(subject, size)
        subject.settings.read_delay = lag
        perform(subject, "CreateOptOutList", {"OptOutListName": "first"})
        for record in subject._world.state.table("phone_numbers").values():
            record.update(Status="PENDING", _active_at=subject._world.now() + 60)
        perform(subject, "CreateOptOutList", {"OptOutListName": "second"})
        subject.clock.offset += 20
        assert read(subject, "DescribePhoneNumbers", [("status", ["ACTIVE"])], 100) == []
        subject.clock.offset += 100
        found = read(subject, "DescribePhoneNumbers", [("status", ["ACTIVE"])], 100)
        assert len(found) == len(subject._world.state.table("phone_numbers"))
        subject.clock.offset += 100
        steps.append(steps_for(subject, "DescribePhoneNumbers", [("status", ["ACTIVE"])]))
    assert steps[1] < 1.15 * steps[0] + 60
