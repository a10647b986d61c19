"""Deletes a registration in the required order; other orders are refused with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smsreg.errors import OutcomeUnknownError, RegistrationError
from smsreg.registration.lookup import KEY_TAG, Lookup
from smsreg.registration.plan import UNDER_REVIEW
from smsreg.registration.problems import FormProblem
from smsreg.registration.standing import read_version
from smsreg.registration.steps import Step
from smsreg.sms_voice import ConflictException, ResourceNotFoundException

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from smsreg.registration.steps import OnStep
    from smsreg.sms_voice import (
        PhoneNumberInformation,
        RegistrationAssociationMetadata,
        RegistrationInformation,
        SMSVoiceClient,
    )

_PAGE = 100
_SENDER_IDS = ("SENDER_ID", "sender-id")
_REVIEWED = (*UNDER_REVIEW, "REQUIRES_AUTHENTICATION")


@dataclass(frozen=True, slots=True)
class Removal:
    """What prevents a deletion, and the steps to it."""

    steps: tuple[Step, ...]
    problems: tuple[FormProblem, ...]


async def plan_teardown(client: SMSVoiceClient, registration: RegistrationInformation) -> Removal:
    """Find what has to be released before a registration can be deleted."""
    identifier = registration.registration_id
    version, _, associations = await read_version(client, identifier)
    problems: list[FormProblem] = []
    if version is not None and version.registration_version_status in _REVIEWED:
        message = "under review, nothing can be deleted: wait for the decision"
        problems.append(FormProblem("", "under-review", message))
    problems += [
        FormProblem("", "order", f"{other} is associated with it and has to be deleted first")
        for other in await _dependents(client, registration)
    ]
    steps: list[Step] = []
    for number in await _numbers(client, registration, associations):
        if number.deletion_protection_enabled:
            message = f"{number.phone_number_id} has deletion protection: switch it off first"
            problems.append(FormProblem("", "deletion-protection", message))
        if number.pool_id:
            reason = "a number in a pool cannot be released"
            target = f"{number.pool_id} {number.phone_number_id} {number.iso_country_code}"
            steps.append(Step("disassociate_origination_identity", target, reason))
        steps.append(_release("release_phone_number", number.phone_number_id or ""))
    steps += [
        _release("release_sender_id", f"{item.resource_id} {item.iso_country_code}")
        for item in associations
        if item.resource_type in _SENDER_IDS
    ]
    reason = "the registration is not wanted any more"
    steps.append(Step("delete_registration", identifier, reason, needs_confirmation=True))
    return Removal(tuple(steps), tuple(problems))


def _release(action: str, target: str) -> Step:
    reason = "the registration cannot be deleted before; it is gone for good"
    return Step(action, target, reason, needs_confirmation=True)


async def _dependents(client: SMSVoiceClient, registration: RegistrationInformation) -> list[str]:
    """Return the registrations that this one is associated with, as a brand is with campaigns."""
    found: list[str] = []
    if "BRAND" not in registration.registration_type:
        return found
    for other in await client.describe_registrations(max_results=_PAGE).collect():
        if other.registration_id == registration.registration_id:
            continue
        associations = await client.list_registration_associations(
            registration_id=other.registration_id, max_results=_PAGE
        ).collect()
        if any(item.resource_id == registration.registration_id for item in associations):
            found.append(other.registration_id)
    return found


async def _numbers(
    client: SMSVoiceClient,
    registration: RegistrationInformation,
    associations: tuple[RegistrationAssociationMetadata, ...],
) -> list[PhoneNumberInformation]:
    """Return the numbers that are associated, and those that were leased for the key."""
    lookup = Lookup(client)
    key = (await lookup.tags_of(registration.registration_arn)).get(KEY_TAG)
    associated = {item.resource_id for item in associations}

    async def is_ours(number: PhoneNumberInformation) -> bool:
        if number.phone_number_id in associated or key is None:
            return number.phone_number_id in associated
        return (await lookup.tags_of(number.phone_number_arn)).get(KEY_TAG) == key

    numbers = await client.describe_phone_numbers(max_results=_PAGE).collect()
    return [number for number in numbers if await is_ours(number)]


async def carry_out(
    client: SMSVoiceClient, removal: Removal, on_step: OnStep | None
) -> tuple[Step, ...]:
    """Execute the steps; resources already deleted count as done.

    Raises:
        RegistrationError: The service refuses a step; the message has its reason.
    """
    for step in removal.steps:
        try:
            await _ACTIONS[step.action](client, step.target.split(" "))
        except ResourceNotFoundException:
            pass  # done by an earlier attempt
        except OutcomeUnknownError as error:
            if not error.likely_done:
                raise
        except ConflictException as error:
            problem = FormProblem("", "order", f"{step.action} is refused: {error.reason}")
            raise RegistrationError("the registration cannot be taken down", [problem]) from error
        if on_step is not None:
            on_step(step)
    return removal.steps


async def _disassociate(client: SMSVoiceClient, target: list[str]) -> None:
    await client.disassociate_origination_identity(
        pool_id=target[0], origination_identity=target[1], iso_country_code=target[2]
    )


async def _release_number(client: SMSVoiceClient, target: list[str]) -> None:
    await client.release_phone_number(phone_number_id=target[0])


async def _release_sender_id(client: SMSVoiceClient, target: list[str]) -> None:
    await client.release_sender_id(sender_id=target[0], iso_country_code=target[1])


async def _delete(client: SMSVoiceClient, target: list[str]) -> None:
    await client.delete_registration(registration_id=target[0])


_ACTIONS: dict[str, Callable[[SMSVoiceClient, list[str]], Awaitable[None]]] = {
    "disassociate_origination_identity": _disassociate,
    "release_phone_number": _release_number,
    "release_sender_id": _release_sender_id,
    "delete_registration": _delete,
}
