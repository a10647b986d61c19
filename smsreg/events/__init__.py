"""Events of the services: receipts, replies, registration status changes, WhatsApp events.

``parse_events`` takes the payload that a destination received, in whichever envelope, and returns
typed events; ``parse_event`` is the same for exactly one. An event is a hint that something
happened: it may be lost, duplicated or out of order.
"""

from smsreg._lazy import TYPE_CHECKING, attach

if TYPE_CHECKING:
    from smsreg.errors import InvalidEventError as InvalidEventError

    from ._base import EnvelopeKind as EnvelopeKind
    from ._base import EventEnvelope as EventEnvelope
    from ._base import UnknownEvent as UnknownEvent
    from ._messages import InboundMessage as InboundMessage
    from ._messages import MediaMessageEvent as MediaMessageEvent
    from ._messages import MessageEvent as MessageEvent
    from ._messages import ProtectResult as ProtectResult
    from ._messages import RcsMessageEvent as RcsMessageEvent
    from ._messages import TextMessageEvent as TextMessageEvent
    from ._messages import VoiceEvent as VoiceEvent
    from ._parse import Event as Event
    from ._parse import parse_event as parse_event
    from ._parse import parse_events as parse_events
    from ._registrations import RegistrationStatusChange as RegistrationStatusChange
    from ._whatsapp import WhatsAppContact as WhatsAppContact
    from ._whatsapp import WhatsAppError as WhatsAppError
    from ._whatsapp import WhatsAppEvent as WhatsAppEvent
    from ._whatsapp import WhatsAppMedia as WhatsAppMedia
    from ._whatsapp import WhatsAppMessage as WhatsAppMessage
    from ._whatsapp import WhatsAppStatus as WhatsAppStatus
    from ._whatsapp import WhatsAppStatusValue as WhatsAppStatusValue
    from ._whatsapp import WhatsAppText as WhatsAppText

__all__ = [
    "EnvelopeKind",
    "Event",
    "EventEnvelope",
    "InboundMessage",
    "InvalidEventError",
    "MediaMessageEvent",
    "MessageEvent",
    "ProtectResult",
    "RcsMessageEvent",
    "RegistrationStatusChange",
    "TextMessageEvent",
    "UnknownEvent",
    "VoiceEvent",
    "WhatsAppContact",
    "WhatsAppError",
    "WhatsAppEvent",
    "WhatsAppMedia",
    "WhatsAppMessage",
    "WhatsAppStatus",
    "WhatsAppStatusValue",
    "WhatsAppText",
    "parse_event",
    "parse_events",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = attach(
        __name__,
        {
            "_base": ("EnvelopeKind", "EventEnvelope", "UnknownEvent"),
            "_messages": (
                "InboundMessage",
                "MediaMessageEvent",
                "MessageEvent",
                "ProtectResult",
                "RcsMessageEvent",
                "TextMessageEvent",
                "VoiceEvent",
            ),
            "_parse": ("Event", "InvalidEventError", "parse_event", "parse_events"),
            "_registrations": ("RegistrationStatusChange",),
            "_whatsapp": tuple(name for name in __all__ if name.startswith("WhatsApp")),
        },
    )
