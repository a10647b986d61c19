"""Appointment reminders of a dental practice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg import OutcomeUnknownError
from smsreg.sms_voice import ConflictException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smsreg import SMSVoiceClient

FORM = "GB_LONG_CODE_REGISTRATION"


class Reminders:
    """Sends reminders from a number that is registered for the practice."""

    def __init__(self, client: SMSVoiceClient, phone_number_id: str) -> None:
        self.client = client
        self.phone_number_id = phone_number_id

    async def register(self, answers: Mapping[str, str | list[str]]) -> str:
        """Submit the practice's form, and return the registration's id."""
        registration = await self.client.create_registration(registration_type=FORM)
        registration_id = registration.registration_id
        await self.client.create_registration_association(
            registration_id=registration_id, resource_id=self.phone_number_id
        )
        for path, answer in answers.items():
            await self.client.put_registration_field_value(
                registration_id=registration_id,
                field_path=path,
                text_value=answer if isinstance(answer, str) else None,
                select_choices=None if isinstance(answer, str) else answer,
            )
        await self.client.submit_registration_version(registration_id=registration_id)
        return registration_id

    async def complaints(self, registration_id: str) -> dict[str, str]:
        """What the reviewers want changed, by field."""
        values = self.client.describe_registration_field_values(registration_id=registration_id)
        return {
            value.field_path: value.denied_reason async for value in values if value.denied_reason
        }

    async def remind(self, number: str, text: str) -> str:
        """Send a reminder: `sent`, `opted out`, or `unknown` where it must not be sent again."""
        try:
            await self.client.send_text_message(
                destination_phone_number=number,
                origination_identity=self.phone_number_id,
                message_body=text,
            )
        except ConflictException as error:
            if error.reason == "DESTINATION_PHONE_NUMBER_OPTED_OUT":
                return "opted out"
            raise
        except OutcomeUnknownError:
            return "unknown"
        return "sent"
