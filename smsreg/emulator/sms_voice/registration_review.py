"""The two state machines of a registration and its versions.

Nothing runs in the background: whenever a registration is read, `settle` advances it by the clock.
A review of `review_seconds` seconds goes

    SUBMITTED ─ ¼ ─▶ REVIEWING ─────────────────────────▶ APPROVED or DENIED
    SUBMITTED ─ ¼ ─▶ AWS_REVIEWING ─ ½ ─▶ REVIEWING ─────▶ APPROVED or DENIED   (AwsReview)
    SUBMITTED ─ 3 s ─▶ DENIED                              (a form that a machine refuses)

and the registration shows its newest version's state in its own words.

inferred: the states of a review share its time in these parts, a machine's denial comes before the
first of them in a short review, and a registration which only waits
for its sender id is PROVISIONING for another quarter of that time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from smsreg.emulator.core.indexes import Index, Schedule
from smsreg.emulator.sms_voice.registration_effects import on_approval, on_completion
from smsreg.emulator.sms_voice.registration_events import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

UNDER_REVIEW = (
    "SUBMITTED",
    "AWS_REVIEWING",
    "REVIEWING",
    "REQUIRES_AUTHENTICATION",
    "REQUIRES_OFFLINE_REVIEW",
)
MACHINE_SECONDS = 3.0
"""Seconds after which an automatic check denies a form with missing or disallowed values."""
_MOVING = ("SUBMITTED", "AWS_REVIEWING", "REVIEWING")
_REGISTRATION_STATUS = {
    "SUBMITTED": "SUBMITTED",
    "AWS_REVIEWING": "AWS_REVIEWING",
    "REVIEWING": "REVIEWING",
    "REQUIRES_AUTHENTICATION": "REQUIRES_AUTHENTICATION",
    "REQUIRES_OFFLINE_REVIEW": "REVIEWING",
    "DENIED": "REQUIRES_UPDATES",
    # inferred: a registration REQUIRES_UPDATES after its version was revoked.
    "REVOKED": "REQUIRES_UPDATES",
}
_HISTORY_KEY = {
    "DRAFT": "DraftTimestamp",
    "SUBMITTED": "SubmittedTimestamp",
    "AWS_REVIEWING": "AwsReviewingTimestamp",
    "REVIEWING": "ReviewingTimestamp",
    "REQUIRES_AUTHENTICATION": "RequiresAuthenticationTimestamp",
    "APPROVED": "ApprovedTimestamp",
    "DISCARDED": "DiscardedTimestamp",
    "DENIED": "DeniedTimestamp",
    "REVOKED": "RevokedTimestamp",
    "ARCHIVED": "ArchivedTimestamp",
}


def newest(registration: Doc) -> Doc:
    """The version that a registration's operations work on."""
    version: Doc = registration["_versions"][-1]
    return version


def draft(number: int, at: float) -> Doc:
    """A new, blank version."""
    version: Doc = {"VersionNumber": number, "AwsReview": False, "_values": {}, "_verdict": None}
    version["RegistrationVersionStatusHistory"] = {}
    _enter(version, "DRAFT", at)
    return version


def submit(
    world: World, registration: Doc, at: float, *, aws_review: bool, problems: list[Doc]
) -> None:
    """Send the newest version to its review; it will be denied for the problems found."""
    version = newest(registration)
    version["AwsReview"] = aws_review
    version["_problems"] = problems
    _enter(version, "SUBMITTED", at)
    show(world, registration, "SUBMITTED", at)


def settle(world: World, registration: Doc) -> Doc:
    """Advance a registration to its current state by the clock."""
    version = newest(registration)
    if version["RegistrationVersionStatus"] in _MOVING:
        _review(world, registration, version)
    if registration["RegistrationStatus"] == "PROVISIONING":
        ready: float = registration["_provisioned_at"]
        if world.now() >= ready:
            _complete(world, registration, ready)
    return registration


def _is_moving(registration: Doc) -> bool:
    status: str = newest(registration)["RegistrationVersionStatus"]
    return status in _MOVING or registration["RegistrationStatus"] == "PROVISIONING"


_BY_MOVING = Index(
    frozenset({"_versions", "RegistrationStatus"}), lambda registration: (_is_moving(registration),)
)


def moving(world: World) -> Iterator[Doc]:
    """The registrations whose state can change by the clock."""
    return world.state.table("registrations").having(_BY_MOVING, True)  # noqa: FBT003  # a key


def next_changes(world: World) -> Schedule:
    """When registrations next change by the clock, in a world of its settings."""
    return _next_changes(world.settings.review_seconds)


@lru_cache(maxsize=8)
def _next_changes(span: float | None) -> Schedule:
    def when(registration: Doc) -> float | None:
        moments = [at for at, _ in _steps_to_come(newest(registration), span)]
        provisioned: float | None = registration.get("_provisioned_at")
        if registration["RegistrationStatus"] == "PROVISIONING" and provisioned is not None:
            moments.append(provisioned)
        return min(moments, default=None)

    return Schedule(frozenset({"_versions", "RegistrationStatus", "_provisioned_at"}), when)


def _steps_to_come(version: Doc, span: float | None) -> list[tuple[float, str]]:
    """The moments at which a version under review changes, each with the status that it enters."""
    if version["RegistrationVersionStatus"] not in _MOVING:
        return []
    length = span or 0.0
    history: Doc = version["RegistrationVersionStatusHistory"]
    start: float = history["SubmittedTimestamp"]
    aws_review: bool = version["AwsReview"]
    steps = [(start + length / 4, "AWS_REVIEWING" if aws_review else "REVIEWING")]
    verdict: Doc | None = version["_verdict"]
    approved = verdict is not None and verdict["kind"] == "approve"
    refused = version["_problems"] and not approved
    if aws_review and span is not None:
        # What AWS's own review finds never reaches the carriers' reviewers.
        steps.append((start + length / 2, "DENIED" if refused else "REVIEWING"))
    elif refused and span is not None:
        steps.insert(0, (start + min(MACHINE_SECONDS, length / 4), "DENIED"))
    if span is not None:
        steps.append((start + length, "verdict"))
    return [
        (at, status)
        for at, status in steps
        if status in ("DENIED", "verdict") or _HISTORY_KEY[status] not in history
    ]


def _review(world: World, registration: Doc, version: Doc) -> None:
    now = world.now()
    for at, status in _steps_to_come(version, world.settings.review_seconds):
        if now < at or version["RegistrationVersionStatus"] not in _MOVING:
            break
        if status == "DENIED":
            _deny_for_problems(world, registration, version, at)
        elif status == "verdict":
            _decide(world, registration, version, at)
        else:
            _enter(version, status, at)
            show(world, registration, _REGISTRATION_STATUS[status], at)


def _decide(world: World, registration: Doc, version: Doc, at: float) -> None:
    verdict: Doc | None = version["_verdict"]
    kind = world.catalogue.get(registration["RegistrationType"])
    regions = kind.regions if kind else ()
    if verdict is None and regions and world.scope.region not in regions:
        # inferred: the title of a denial for the Region names those that would do.
        reason = f"Registered outside of {' and '.join(regions)}"
        _deny(world, registration, at, (reason,), {})
    elif verdict is None or verdict["kind"] == "approve":
        _approve(world, registration, version, at)
    elif verdict["kind"] == "authenticate":
        _enter(version, "REQUIRES_AUTHENTICATION", at)
        show(world, registration, "REQUIRES_AUTHENTICATION", at)
    else:
        _deny(world, registration, at, (verdict["reason"],), verdict["fields"])


def _approve(world: World, registration: Doc, version: Doc, at: float) -> None:
    for older in registration["_versions"]:
        if older["RegistrationVersionStatus"] == "APPROVED":
            _enter(older, "ARCHIVED", at)
    _enter(version, "APPROVED", at)
    registration["ApprovedVersionNumber"] = version["VersionNumber"]
    if on_approval(world, registration, version):
        show(world, registration, "PROVISIONING", at)
        registration["_provisioned_at"] = at + (world.settings.review_seconds or 0.0) / 4
    else:
        _complete(world, registration, at)


def _complete(world: World, registration: Doc, at: float) -> None:
    show(world, registration, "COMPLETE", at)
    on_completion(world, registration, newest(registration), at)


def _deny_for_problems(world: World, registration: Doc, version: Doc, at: float) -> None:
    problems: list[Doc] = version["_problems"]
    fields = {problem["path"]: problem["reason"] for problem in problems if problem["path"]}
    titles = dict.fromkeys(problem["title"] for problem in problems)
    _deny(world, registration, at, tuple(titles), fields)


def _deny(
    world: World, registration: Doc, at: float, titles: Sequence[str], fields: dict[str, str]
) -> None:
    version = newest(registration)
    _enter(version, "DENIED", at)
    version["DeniedReasons"] = [
        {
            "Reason": title,
            "ShortDescription": title,
            "LongDescription": "; ".join(f"{path}: {why}" for path, why in fields.items()) or None,
        }
        for title in titles
    ]
    if version["AwsReview"]:
        version["Feedback"] = "; ".join(titles)
    for path, why in fields.items():
        # A missing field has no value to attach a reason to; the entry has the path and no value.
        value: Doc = version["_values"].setdefault(path, {"FieldPath": path})
        value["DeniedReason"] = why
        if version["AwsReview"]:
            value["Feedback"] = why
    registration["LatestDeniedVersionNumber"] = version["VersionNumber"]
    show(world, registration, "REQUIRES_UPDATES", at)


def discard(world: World, registration: Doc, at: float) -> None:
    """Discard the newest version; the registration returns to its earlier state."""
    _enter(newest(registration), "DISCARDED", at)
    if registration["RegistrationStatus"] in ("SUBMITTED", "CREATED"):
        # inferred: after a discarded version, the registration's state is that of the last version
        # that a reviewer decided on.
        decided = [
            version["RegistrationVersionStatus"]
            for version in registration["_versions"]
            if version["RegistrationVersionStatus"] in ("APPROVED", "DENIED", "REVOKED")
        ]
        last = decided[-1] if decided else "DRAFT"
        before = {"APPROVED": "COMPLETE", "DRAFT": "CREATED"}
        show(world, registration, before.get(last, "REQUIRES_UPDATES"), at)


def decide_now(world: World, registration: Doc, verdict: Doc) -> None:
    """Apply a test's verdict: at once to a review in progress, else to the next one of a draft."""
    version = newest(settle(world, registration))
    status: str = version["RegistrationVersionStatus"]
    if status == "DRAFT":
        version["_verdict"] = verdict
        return
    if status not in UNDER_REVIEW:
        msg = f"version {version['VersionNumber']} is {status}: nothing to decide"
        raise ValueError(msg)
    version["_verdict"] = verdict
    if verdict["kind"] == "approve":
        version["_problems"] = []
        _approve(world, registration, version, world.now())
    elif verdict["kind"] == "authenticate":
        _enter(version, "REQUIRES_AUTHENTICATION", world.now())
        show(world, registration, "REQUIRES_AUTHENTICATION", world.now())
    else:
        _deny(world, registration, world.now(), (verdict["reason"],), verdict["fields"])


def revoke(world: World, registration: Doc) -> None:
    """Revoke an approval."""
    settle(world, registration)
    for version in registration["_versions"]:
        if version["RegistrationVersionStatus"] == "APPROVED":
            _enter(version, "REVOKED", world.now())
            show(world, registration, _REGISTRATION_STATUS["REVOKED"], world.now())
            return
    raise ValueError("no version of this registration is approved")


def _enter(version: Doc, status: str, at: float) -> None:
    key = _HISTORY_KEY.get(status)
    if key:
        version["RegistrationVersionStatusHistory"][key] = round(at, 3)
    version["RegistrationVersionStatus"] = status
