"""Changes of a registration's status."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, cast

from pydantic import Field

from smsreg._public import publish
from smsreg._runtime.models.base import ABSENT
from smsreg._runtime.models.fields import OrNone
from smsreg.sms_voice import RegistrationStatus

from ._base import BaseEvent
from ._fields import EventTime

DETAILS = "registrationDetails"


class RegistrationStatusChange(BaseEvent, defer_build=True):
    """A registration has a new status: a hint to read the registration.

    EventBridge delivers it with best effort, possibly late, twice or out of order. It has no reason
    for a denial and no previous status, and AWS_REVIEWING is not announced.

    Source: https://docs.aws.amazon.com/sms-voice/latest/userguide/monitor-event-bridge.html
    """

    __required__: ClassVar[tuple[str, ...]] = (
        "registration_id",
        "registration_type",
        "version_number",
        "status",
    )

    registration_id: Annotated[OrNone[str, ABSENT], Field(alias="registrationId")] = ABSENT
    """Id of the registration."""

    registration_type: Annotated[OrNone[str, ABSENT], Field(alias="registrationType")] = ABSENT
    """Type of the registration's form."""

    version_number: Annotated[OrNone[int, ABSENT], Field(alias="registrationVersionNumber")] = (
        ABSENT
    )
    """Number of the version that has the status."""

    status: Annotated[OrNone[RegistrationStatus, ABSENT], Field(alias="currentStatus")] = ABSENT
    """The registration's status when the event was created."""

    status_change_timestamp: Annotated[
        EventTime | None, Field(alias="registrationStatusChangeTimestamp")
    ] = None
    """When the status changed, in UTC."""

    registration_arn: Annotated[str | None, Field(alias="registrationArn")] = None
    """ARN of the registration."""

    @classmethod
    def _members(cls, members: dict[str, Any]) -> dict[str, Any]:
        """Put the members of ``registrationDetails`` beside the ARN."""
        details = members.get(DETAILS)
        if isinstance(details, Mapping):
            members |= cast("Mapping[str, Any]", members.pop(DETAILS))
        return members

    def to_boto(self) -> dict[str, Any]:
        """Return the event in the form of EventBridge's ``detail``."""
        details = super().to_boto()
        outer = {key: details.pop(key) for key in ("registrationArn",) if key in details}
        return {DETAILS: details, **outer}


publish("smsreg.events", RegistrationStatusChange)
