"""Examples of operations on one-time passcodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import EndUserMessagingClient


async def send_notify_code_verification(
    profiles: EndUserMessagingClient, notify_code_configuration_id: str, phone_number_id: str
) -> None:
    result = await profiles.send_notify_code_verification(
        channel="TEXT",
        destination_identity="+447700900123",
        origination_identity=phone_number_id,
        notify_code_configuration=notify_code_configuration_id,
    )
    print(result.verification_id)


async def validate_notify_code_verification(
    profiles: EndUserMessagingClient, passcode: str
) -> None:
    result = await profiles.validate_notify_code_verification(
        destination_identity="+447700900123", code=passcode
    )
    print(result.status)
