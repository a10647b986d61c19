"""Common to the resources of this service: lookup, errors and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import (
    FieldProblem,
    ServiceFault,
    conflict,
    invalid,
    not_found,
    over_quota,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

SERVICE = "end-user-messaging"
PROFILE = "brand-profile"
CONFIGURATION = "notify-code-configuration"
TABLES = {PROFILE: "brand_profiles", CONFIGURATION: "code_configurations"}


def arn_of(world: World, kind: str, identifier: str) -> str:
    """The ARN of a resource of this account."""
    return world.arn(f"{kind}/{identifier}", SERVICE)


def find(world: World, kind: str, reference: str) -> Doc:
    """The record that an id or ARN stands for, or ResourceNotFoundException.

    inferred: an ARN of another kind of resource, account or Region is not found.
    """
    key = reference.removeprefix(arn_of(world, kind, ""))
    record: Doc | None = world.state.table(TABLES[kind]).get(key)
    if record is None:
        raise not_found(kind, reference)
    return record


def wrong(message: str, path: str) -> ServiceFault:
    """A ValidationException about one member, named by its JSON pointer."""
    return invalid("FIELD_VALIDATION_FAILED", message, FieldProblem(path, message))


def unprotected(record: Doc, kind: str, identifier: str) -> None:
    """Refuse to delete what has deletion protection."""
    if record["deletionProtectionEnabled"]:
        raise conflict(
            "DELETION_PROTECTION_ENABLED", f"The {kind} has deletion protection", kind, identifier
        )


def check_tags(given: Sequence[Doc]) -> None:
    """inferred: a tag's key twice in one request is refused."""
    if len({tag["key"] for tag in given}) < len(given):
        raise wrong("A key is there twice", "/tags")


def set_tags(world: World, arn: str, given: Sequence[Doc]) -> None:
    """Add tags to a resource, or replace their values."""
    check_tags(given)
    merged = {**world.state.tags.get(arn, {}), **{tag["key"]: tag["value"] for tag in given}}
    # inferred: a resource has at most the 50 tags that one request can carry.
    if len(merged) > MOST_TAGS:
        raise over_quota("TAGS_PER_RESOURCE", f"A resource has at most {MOST_TAGS} tags")
    if merged:
        world.state.tags[arn] = merged


MOST_TAGS = 50
