"""Versions of a registration: new ones, submission, discarding, reading."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import conflict, invalid
from smsreg.emulator.core.filters import Fields
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice import registration_review as review
from smsreg.emulator.sms_voice.form_rules import MISSING_FIELD, FormProblem, find_problems
from smsreg.emulator.sms_voice.registrations import KIND, find, known_type

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
_FIELDS = Fields()


@HANDLERS.handle("CreateRegistrationVersion")
def create(call: Call) -> Doc:
    """Create a new, blank draft; the previous version becomes read-only.

    inferred: refused while the newest version is a draft or under review.
    """
    world = call.world
    record = find(world, call.params["RegistrationId"])
    status = review.newest(record)["RegistrationVersionStatus"]
    if (
        status == "DRAFT"
        or status in review.UNDER_REVIEW
        or record["RegistrationStatus"] == "CLOSED"
    ):
        raise conflict(
            "CREATE_REGISTRATION_VERSION_NOT_ALLOWED",
            f"The newest version is {status}",
            KIND,
            record["RegistrationId"],
        )
    world.count_today("REGISTRATION_VERSIONS_CREATED_PER_DAY")
    number: int = record["CurrentVersionNumber"] + 1
    version = review.draft(number, world.now())
    record["_versions"].append(version)
    record["CurrentVersionNumber"] = number
    return {**record, **version}


@HANDLERS.handle("SubmitRegistrationVersion")
def submit(call: Call) -> Doc:
    """Submit a draft for review; incomplete ones are refused if the settings say so."""
    world = call.world
    record = find(world, call.params["RegistrationId"])
    version = review.newest(record)
    status: str = version["RegistrationVersionStatus"]
    identifier: str = record["RegistrationId"]
    if status == "DISCARDED":
        raise conflict(
            "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED", "The version is discarded", KIND, identifier
        )
    if status != "DRAFT":
        raise conflict(
            "REGISTRATION_ALREADY_SUBMITTED", f"The version is {status}", KIND, identifier
        )
    problems = _problems(world, record, version)
    missing = any(problem.missing for problem in problems)
    if missing and world.settings.incomplete_submit == "refuse":
        raise conflict(
            "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED",
            'Conflict Occurred - Reason="SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED"',
            KIND,
            identifier,
        )
    review.submit(
        world,
        record,
        world.now(),
        aws_review=bool(call.params.get("AwsReview")),
        problems=[asdict(problem) for problem in problems],
    )
    return {**record, **version}


def _problems(world: World, record: Doc, version: Doc) -> list[FormProblem]:
    kind = known_type(world, record["RegistrationType"])
    problems = find_problems(kind, version["_values"])
    associated = {association["ResourceType"] for association in record["_associations"]}
    for association in kind.associations:
        if (
            association["when"] == "ASSOCIATE_BEFORE_SUBMIT"
            and association["resource"] not in associated
        ):
            # inferred: a missing association is denied like a missing field.
            problems.append(FormProblem("", MISSING_FIELD, "", missing=True))
    return problems


@HANDLERS.handle("DiscardRegistrationVersion")
def discard(call: Call) -> Doc:
    """inferred: a DRAFT or SUBMITTED version can be discarded, no other."""
    world = call.world
    record = find(world, call.params["RegistrationId"])
    version = review.newest(record)
    status = version["RegistrationVersionStatus"]
    if status not in ("DRAFT", "SUBMITTED"):
        raise conflict(
            "DISCARD_REGISTRATION_VERSION_NOT_ALLOWED",
            f"The version is {status}",
            KIND,
            record["RegistrationId"],
        )
    review.discard(world, record, world.now())
    return {**record, **version}


@HANDLERS.handle("DescribeRegistrationVersions")
def describe(call: Call) -> Doc:
    """List versions by number and status, the newest first, with the reasons of denials."""
    world, params = call.world, call.params
    record = find(world, params["RegistrationId"])
    versions: list[Doc] = record["_versions"]
    wanted = params.get("VersionNumbers")
    if wanted:
        versions = [find_version(record, number) for number in sorted(set(wanted))]
    chosen = _FIELDS.matching(versions[::-1], params)
    return page(call.operation, params, chosen, "RegistrationVersions", **_identity(record))


def find_version(record: Doc, number: int | None) -> Doc:
    """A version by its number, the newest for None."""
    versions: list[Doc] = record["_versions"]
    if number is None:
        return versions[-1]
    if number > len(versions):
        raise invalid("UNKNOWN_REGISTRATION_VERSION", "There is no version of this number")
    return versions[number - 1]


def _identity(record: Doc) -> Doc:
    return {key: record[key] for key in ("RegistrationArn", "RegistrationId")}
