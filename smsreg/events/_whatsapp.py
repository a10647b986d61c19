"""WhatsApp: AWS's envelope with Meta's payload inside."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, cast

from pydantic import BeforeValidator, Field

from smsreg._public import publish
from smsreg._runtime.models.base import ABSENT
from smsreg._runtime.models.enums import OpenEnum
from smsreg._runtime.models.fields import OrNone

from ._base import BaseEvent, EventStructure
from ._fields import NESTED_JSON, ONE_OR_MANY, EventTime, to_list


class WhatsAppStatusValue(OpenEnum):
    """The delivery status of a WhatsApp message."""

    SENT = "sent"
    """Meta has sent it to the recipient."""
    DELIVERED = "delivered"
    """It is on the recipient's device."""
    READ = "read"
    """The recipient has seen it. Reported only where the recipient has read receipts on."""
    FAILED = "failed"
    """It was not delivered; ``errors`` say why."""
    DELETED = "deleted"
    """The recipient has deleted it."""


class WhatsAppText(EventStructure):
    """The text of a message."""

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"body"})

    body: str | None = None
    """The text itself."""


class WhatsAppMedia(EventStructure):
    """A file of a message: ``get_whatsapp_message_media`` fetches it by its id."""

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"caption", "filename", "sha256"})

    id: str | None = None
    """Media id."""

    mime_type: str | None = None
    """Media type, such as image/jpeg."""

    sha256: str | None = None
    """SHA-256 of the file."""

    caption: str | None = None
    """Text below the picture, video or document."""

    filename: str | None = None
    """Name of the document. Untrusted: never a path to write to."""


class WhatsAppError(EventStructure):
    """Why a message failed, or could not be forwarded."""

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"error_data", "message"})

    code: int | None = None
    """Meta's code of the error."""

    title: str | None = None
    """The error in a few words."""

    message: str | None = None
    """The error in more words."""

    error_data: Annotated[dict[str, Any] | None, NESTED_JSON] = None
    """Details."""

    href: str | None = None
    """Where Meta describes the error. Untrusted text."""


class WhatsAppMessage(EventStructure):
    """A message that a person sent to one of the account's numbers.

    ``type`` names the member that has the content: ``text``, ``image``, ``interactive``,
    ``button``, ``reaction`` … Kinds that are not typed here are in ``model_extra`` under that name.

    Source: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset(
        {
            "audio",
            "button",
            "contacts",
            "context",
            "document",
            "from_",
            "image",
            "interactive",
            "location",
            "order",
            "reaction",
            "referral",
            "sticker",
            "system",
            "text",
            "video",
        }
    )
    __required__: ClassVar[tuple[str, ...]] = ("id", "from_", "timestamp", "type")

    id: OrNone[str, ABSENT] = ABSENT
    """Meta's id of the message, which begins with ``wamid.``."""

    from_: Annotated[OrNone[str, ABSENT], Field(alias="from")] = ABSENT
    """Number of the person who wrote, without ``+``."""

    timestamp: OrNone[EventTime, ABSENT] = ABSENT
    """When it was sent, in UTC."""

    type: OrNone[str, ABSENT] = ABSENT
    """Kind of the content."""

    text: WhatsAppText | None = None
    """The text."""

    image: WhatsAppMedia | None = None
    """The picture."""

    video: WhatsAppMedia | None = None
    """The video."""

    audio: WhatsAppMedia | None = None
    """The sound or voice message."""

    document: WhatsAppMedia | None = None
    """The document."""

    sticker: WhatsAppMedia | None = None
    """The sticker."""

    location: dict[str, Any] | None = None
    """A place, in Meta's form."""

    contacts: Annotated[list[dict[str, Any]] | None, ONE_OR_MANY] = None
    """Contacts that the person shared, in Meta's form."""

    interactive: dict[str, Any] | None = None
    """The reply to buttons, a list or a flow, in Meta's form."""

    button: dict[str, Any] | None = None
    """The reply to a template's button, in Meta's form."""

    reaction: dict[str, Any] | None = None
    """An emoji on a message, in Meta's form."""

    order: dict[str, Any] | None = None
    """An order from a catalogue, in Meta's form."""

    system: dict[str, Any] | None = None
    """A notice, such as that the person has a new number, in Meta's form."""

    context: dict[str, Any] | None = None
    """The message that this one replies to, in Meta's form."""

    referral: dict[str, Any] | None = None
    """The advertisement or post that the person came from, in Meta's form."""

    errors: Annotated[list[WhatsAppError] | None, ONE_OR_MANY] = None
    """Why the content could not be forwarded."""


class WhatsAppStatus(EventStructure):
    """The status of a sent message. Statuses can be lost, duplicated or out of order.

    Source: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset(
        {"biz_opaque_callback_data", "recipient_id"}
    )
    __required__: ClassVar[tuple[str, ...]] = ("id", "status")

    id: OrNone[str, ABSENT] = ABSENT
    """Id of the message: Meta's, which begins with ``wamid.``, or on EventBridge the id that
    ``send_whatsapp_message`` returned.
    """

    status: OrNone[WhatsAppStatusValue, ABSENT] = ABSENT
    """The delivery status."""

    timestamp: EventTime | None = None
    """When the status was reached, in UTC."""

    recipient_id: str | None = None
    """Number of the recipient, without ``+``. EventBridge leaves it out."""

    conversation: dict[str, Any] | None = None
    """The conversation that the message belongs to, in Meta's form."""

    pricing: dict[str, Any] | None = None
    """How the message is billed, in Meta's form."""

    errors: Annotated[list[WhatsAppError] | None, ONE_OR_MANY] = None
    """Why it failed."""

    biz_opaque_callback_data: str | None = None
    """The data that the sender passed."""


class WhatsAppContact(EventStructure):
    """The sender of messages."""

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"profile", "wa_id"})

    wa_id: str | None = None
    """The person's number, without ``+``."""

    profile: dict[str, Any] | None = None
    """The person's profile; ``name`` is its name."""


class WhatsAppValue(EventStructure):
    """The changed data, in Meta's form."""

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"metadata"})

    messaging_product: str | None = None
    """Always ``whatsapp``."""

    metadata: dict[str, Any] | None = None
    """The account's number: ``display_phone_number`` and Meta's ``phone_number_id``."""

    contacts: Annotated[list[WhatsAppContact] | None, ONE_OR_MANY] = None
    """The senders of the messages."""

    messages: Annotated[list[WhatsAppMessage] | None, ONE_OR_MANY] = None
    """Inbound messages."""

    statuses: Annotated[list[WhatsAppStatus] | None, ONE_OR_MANY] = None
    """Statuses of sent messages."""

    errors: Annotated[list[WhatsAppError] | None, ONE_OR_MANY] = None
    """Errors of the account as a whole."""


class WhatsAppChange(EventStructure):
    """A change of one kind."""

    field: str | None = None
    """Its kind: ``messages``, or one of the notices about templates and the account."""

    value: WhatsAppValue | None = None
    """The changed data; the members of kinds other than ``messages`` are in ``model_extra``."""


class WhatsAppEntry(EventStructure):
    """Meta's webhook entry."""

    id: str | None = None
    """Meta's id of the WhatsApp Business Account."""

    changes: Annotated[list[WhatsAppChange] | None, ONE_OR_MANY] = None
    """The changes."""


class WhatsAppIdentity(EventStructure):
    """A WhatsApp Business Account or phone number, by Meta's id and by its ARN."""

    waba_id: Annotated[str | None, Field(alias="wabaId")] = None
    """Meta's id of the account."""

    meta_phone_number_id: Annotated[str | None, Field(alias="metaPhoneNumberId")] = None
    """Meta's id of the phone number."""

    arn: str | None = None
    """ARN of the account or phone number."""


def _identities(member: str) -> Any:  # noqa: ANN401 -- a marker of pydantic's
    """Mark a list of identities, each of which may be only an id or ARN."""

    def read(value: object) -> object:
        items = to_list(value)
        if not isinstance(items, list):
            return items
        return [named(item) for item in cast("list[object]", items)]

    def named(item: object) -> object:
        if isinstance(item, bool) or not isinstance(item, (str, int)):
            return item
        text = str(item)
        return {"arn" if text.startswith("arn:") else member: text}

    return BeforeValidator(read)


class WhatsAppIdentities(EventStructure):
    """The accounts and phone numbers that an event is about.

    On EventBridge each list can be a text: JSON, or a single id or ARN.
    """

    meta_waba_ids: Annotated[
        list[WhatsAppIdentity] | None, _identities("wabaId"), Field(alias="MetaWabaIds")
    ] = None
    """The WhatsApp Business Accounts."""

    meta_phone_number_ids: Annotated[
        list[WhatsAppIdentity] | None,
        _identities("metaPhoneNumberId"),
        Field(alias="MetaPhoneNumberIds"),
    ] = None
    """The phone numbers."""


class WhatsAppEvent(BaseEvent, defer_build=True):
    """Inbound WhatsApp messages, statuses of sent ones, and notices about the account.

    From SNS it is AWS's envelope around Meta's payload, JSON in a text, which is parsed here. On
    EventBridge a status has a form of AWS's own, without the recipient; ``statuses`` includes it
    as well.

    Source: https://docs.aws.amazon.com/social-messaging/latest/userguide/managing-event-destination-dlrs.html
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"origination_phone_number"})

    context: Annotated[WhatsAppIdentities | None, NESTED_JSON, Field(alias="context")] = None
    """The accounts and phone numbers that the event is about."""

    webhook_entry: Annotated[
        WhatsAppEntry | None, NESTED_JSON, Field(alias="whatsAppWebhookEntry")
    ] = None
    """Meta's payload. ``messages`` and ``statuses`` collect those in it."""

    aws_account_id: Annotated[str | None, Field(alias="aws_account_id")] = None
    """The AWS account, 12 digits."""

    message_timestamp: Annotated[EventTime | None, Field(alias="message_timestamp")] = None
    """When AWS received the event from Meta, in UTC."""

    message_id: Annotated[str | None, Field(alias="messageId")] = None
    """AWS's id of the message. It may be missing: use Meta's ids then."""

    waba_id: Annotated[str | None, Field(alias="wabaId")] = None
    """On EventBridge: Meta's id of the WhatsApp Business Account."""

    origination_phone_number: Annotated[str | None, Field(alias="originationPhoneNumber")] = None
    """On EventBridge: the number that the message was sent from, without ``+``."""

    origination_phone_number_id: Annotated[str | None, Field(alias="originationPhoneNumberId")] = (
        None
    )
    """On EventBridge: Meta's id of that number."""

    status: Annotated[WhatsAppStatusValue | None, Field(alias="status")] = None
    """On EventBridge: the delivery status of the message."""

    event_timestamp: Annotated[EventTime | None, Field(alias="eventTimestamp")] = None
    """On EventBridge: when that status was reached, in UTC."""

    @property
    def messages(self) -> list[WhatsAppMessage]:
        """The inbound messages."""
        return [message for value in self._values() for message in value.messages or ()]

    @property
    def statuses(self) -> list[WhatsAppStatus]:
        """The statuses of sent messages."""
        found = [status for value in self._values() for status in value.statuses or ()]
        if self.status is not None and not found:
            own = {"id": self.message_id, "status": self.status, "timestamp": self.event_timestamp}
            found.append(WhatsAppStatus.model_validate(own))
        return found

    def _values(self) -> Iterator[WhatsAppValue]:
        for change in (self.webhook_entry and self.webhook_entry.changes) or ():
            if change.value is not None:
                yield change.value


publish(
    "smsreg.events",
    WhatsAppContact,
    WhatsAppError,
    WhatsAppEvent,
    WhatsAppMedia,
    WhatsAppMessage,
    WhatsAppStatus,
    WhatsAppStatusValue,
    WhatsAppText,
)
