"""Publishes without a call: everything that is due by the emulator's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.end_user_messaging import jobs
from smsreg.emulator.sms_voice import receipts, registration_review
from smsreg.emulator.social_messaging import pushes as whatsapp

if TYPE_CHECKING:
    from smsreg.emulator.core.world import World


def settle(world: World) -> None:
    """Publish what is due in one account and Region."""
    jobs.run(world, jobs.pending(world))
    for registration in list(registration_review.moving(world)):
        registration_review.settle(world, registration)
    receipts.settle(world)
    whatsapp.settle(world)


def deliver(world: World, message_id: str, event_type: str) -> None:
    """Publish a receipt of a text, media, voice or RCS message, or a status of a WhatsApp one.

    Raises:
        KeyError: No such message was sent.
        ValueError: It has no such event.
    """
    act = whatsapp.deliver if whatsapp.is_known(world, message_id) else receipts.deliver
    act(world, message_id, event_type)
