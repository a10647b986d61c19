"""Delivery receipts of sent messages, and inbound messages."""

from typing import Annotated, ClassVar

from pydantic import Field

from smsreg._public import publish
from smsreg._runtime.models.base import ABSENT
from smsreg._runtime.models.fields import OrNone
from smsreg.sms_voice import EventType, MessageType

from ._base import BaseEvent, EventStructure
from ._fields import NESTED_JSON, EventTime


class ProtectResult(EventStructure):
    """The decision of a protect configuration about a message."""

    protect_configuration_id: Annotated[str | None, Field(alias="protectConfigurationId")] = None
    """Id of the protect configuration."""

    protect_status: Annotated[str | None, Field(alias="protectStatus")] = None
    """The decision, such as ALLOW or BLOCK."""


class MessageEvent(BaseEvent, defer_build=True):
    """A step in the life of a message or call that was sent: the base of the four kinds.

    ``is_final``, not the type, says whether it is final: TEXT_SUCCESSFUL is final in countries
    whose carriers confirm no delivery, and precedes TEXT_DELIVERED in others. A second final event
    can refine the first, such as RCS_READ after RCS_DELIVERED. A message whose carrier
    reports nothing ends as UNKNOWN after 72 hours.

    Source: https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset(
        {"context", "destination_phone_number", "origination_phone_number"}
    )
    __required__: ClassVar[tuple[str, ...]] = ("event_type", "is_final", "message_id")

    event_type: Annotated[OrNone[EventType, ABSENT], Field(alias="eventType")] = ABSENT
    """What happened. A type that is newer than this package has ``is_unknown``."""

    is_final: Annotated[OrNone[bool, ABSENT], Field(alias="isFinal")] = ABSENT
    """Whether this is a final event of the message. It decides, not the type."""

    message_id: Annotated[OrNone[str, ABSENT], Field(alias="messageId")] = ABSENT
    """Id of the message, as the send returned it."""

    context: Annotated[dict[str, str] | None, NESTED_JSON, Field(alias="context")] = None
    """The ``context`` that the sender passed."""

    event_version: Annotated[str | None, Field(alias="eventVersion")] = None
    """Version of the payload's form."""

    event_timestamp: Annotated[EventTime | None, Field(alias="eventTimestamp")] = None
    """When it happened, in UTC."""

    message_request_timestamp: Annotated[
        EventTime | None, Field(alias="messageRequestTimestamp")
    ] = None
    """When the send was requested, in UTC."""

    origination_phone_number: Annotated[str | None, Field(alias="originationPhoneNumber")] = None
    """The origination identity: a number, or the id of a sender or an RCS agent."""

    destination_phone_number: Annotated[str | None, Field(alias="destinationPhoneNumber")] = None
    """The recipient's number. EventBridge leaves it out: find it by ``message_id``."""

    iso_country_code: Annotated[str | None, Field(alias="isoCountryCode")] = None
    """Country of the recipient's number."""

    is_international_send: Annotated[bool | None, Field(alias="isInternationalSend")] = None
    """Whether the message left the country of the number that it was sent from."""

    message_type: Annotated[MessageType | None, Field(alias="messageType")] = None
    """TRANSACTIONAL or PROMOTIONAL."""

    message_status: Annotated[str | None, Field(alias="messageStatus")] = None
    """The status in the carrier's terms. It need not match the type."""

    message_status_description: Annotated[str | None, Field(alias="messageStatusDescription")] = (
        None
    )
    """The status in words."""

    total_message_price: Annotated[float | None, Field(alias="totalMessagePrice")] = None
    """Price of all parts in US dollars, without the carrier's fee."""

    total_carrier_fee: Annotated[float | None, Field(alias="totalCarrierFee")] = None
    """The carrier's fee for all parts in US dollars."""

    protect_configuration: Annotated[ProtectResult | None, Field(alias="protectConfiguration")] = (
        None
    )
    """The decision of the protect configuration, where one applied."""


class _CarriedMessageEvent(MessageEvent, defer_build=True):
    """An event of a message that a mobile carrier delivers."""

    mcc: Annotated[str | None, Field(alias="mcc")] = None
    """Mobile country code of the recipient's network."""

    mnc: Annotated[str | None, Field(alias="mnc")] = None
    """Mobile network code of the recipient's network."""

    carrier_name: Annotated[str | None, Field(alias="carrierName")] = None
    """Name of the recipient's carrier."""

    message_encoding: Annotated[str | None, Field(alias="messageEncoding")] = None
    """Encoding of the text, such as GSM or UNICODE; it sets how much fits into a part."""

    total_message_parts: Annotated[int | None, Field(alias="totalMessageParts")] = None
    """Number of parts that were billed."""


class TextMessageEvent(_CarriedMessageEvent, defer_build=True):
    """An event of an SMS."""


class MediaMessageEvent(_CarriedMessageEvent, defer_build=True):
    """An event of an MMS."""


class VoiceEvent(MessageEvent, defer_build=True):
    """An event of a call with a voice message."""


class RcsMetadata(EventStructure):
    """How an RCS message is billed."""

    billing_event_type: Annotated[str | None, Field(alias="billingEventType")] = None
    """BASIC or RICH."""


class RcsMessageEvent(_CarriedMessageEvent, defer_build=True):
    """An event of an RCS message. RCS_DELIVERED and a later RCS_READ are both final.

    Source: https://docs.aws.amazon.com/sms-voice/latest/userguide/rcs-events.html
    """

    rcs_business_id: Annotated[str | None, Field(alias="rcsBusinessId")] = None
    """The platform's id of the RCS agent."""

    agent_iso_country_code: Annotated[str | None, Field(alias="agentIsoCountryCode")] = None
    """Country that the RCS agent is registered in."""

    rcs_metadata: Annotated[RcsMetadata | None, Field(alias="rcsMetadata")] = None
    """How the message is billed."""

    conversation_initiating_message_id: Annotated[
        str | None, Field(alias="conversationInitiatingMessageId")
    ] = None
    """Id of the message that began the conversation which is billed as one."""

    conversation_initiating_message_type: Annotated[
        str | None, Field(alias="conversationInitiatingMessageType")
    ] = None
    """OUTBOUND or INBOUND: who began it."""

    conversation_session_fee: Annotated[float | None, Field(alias="conversationSessionFee")] = None
    """Fee for the conversation in US dollars."""


class InboundMessage(BaseEvent, defer_build=True):
    """A message from a recipient to a number or an RCS agent with a two-way channel.

    On an RCS agent, ``message_body`` can be JSON in a text: a typing indicator, a tap on a
    suggestion, the beginning of a conversation.

    Source: https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset(
        {"destination_number", "message_body", "message_keyword", "origination_number"}
    )
    __required__: ClassVar[tuple[str, ...]] = (
        "origination_number",
        "destination_number",
        "message_body",
        "inbound_message_id",
    )

    origination_number: Annotated[OrNone[str, ABSENT], Field(alias="originationNumber")] = ABSENT
    """Number of the person who wrote."""

    destination_number: Annotated[OrNone[str, ABSENT], Field(alias="destinationNumber")] = ABSENT
    """The number, or the id of the RCS agent, that was written to."""

    message_body: Annotated[OrNone[str, ABSENT], Field(alias="messageBody")] = ABSENT
    """What was written."""

    inbound_message_id: Annotated[OrNone[str, ABSENT], Field(alias="inboundMessageId")] = ABSENT
    """Id of the inbound message."""

    message_keyword: Annotated[str | None, Field(alias="messageKeyword")] = None
    """The registered keyword that matched, such as STOP."""

    previous_published_message_id: Annotated[
        str | None, Field(alias="previousPublishedMessageId")
    ] = None
    """Id of the message that this one replies to, where the service knows it."""


publish(
    "smsreg.events",
    InboundMessage,
    MediaMessageEvent,
    MessageEvent,
    ProtectResult,
    RcsMessageEvent,
    TextMessageEvent,
    VoiceEvent,
)
