"""One-time passcodes: recorded as sent messages, and validated within their limits."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import ServiceFault, conflict
from smsreg.emulator.core.indexes import Index
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.end_user_messaging.code_configurations import PLACEHOLDER, check_channels
from smsreg.emulator.end_user_messaging.resources import CONFIGURATION, find, wrong
from smsreg.emulator.sms_voice import configuration_sets, destinations
from smsreg.emulator.sms_voice.identities import ARN_KEYS, is_sender_id, resolve
from smsreg.emulator.sms_voice.messages import deliver
from smsreg.emulator.sms_voice.notify_catalogue import TEMPLATES
from smsreg.emulator.sms_voice.number_plan import country_of, normal
from smsreg.emulator.social_messaging.accounts import find_phone

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
DEFAULTS: Doc = {
    "codeType": "NUMERIC",
    "codeLength": 6,
    "validityPeriodMinutes": 10,
    "maxAttempts": 3,
}
"""inferred: the service's defaults are six digits, ten minutes and three attempts."""
_ALPHABETS = {
    "NUMERIC": string.digits,
    "ALPHA": string.ascii_uppercase,
    "ALPHANUMERIC": string.digits + string.ascii_uppercase,
}
_CHANNELS = {"TEXT": "text", "VOICE": "voice", "WHATSAPP": "whatsApp"}
_CAPABILITIES = {"TEXT": "SMS", "VOICE": "VOICE"}
_KEPT = 10_000
TABLE = "code_verifications"


@HANDLERS.handle("SendNotifyCodeVerification")
def send(call: Call) -> Doc:
    """Send a passcode by the current policy; it replaces the recipient's earlier one.

    inferred: a recipient has one open verification for each reference id, and one without.
    """
    world, params = call.world, call.params
    configuration: Doc = {}
    if "notifyCodeConfiguration" in params:
        configuration = find(world, CONFIGURATION, params["notifyCodeConfiguration"])
    policy: Doc = {
        **DEFAULTS,
        **configuration.get("codeConfigurationParameters", {}),
        **params.get("overrideCodeConfigurationParameters", {}),
    }
    override: Doc = params.get("overrideChannelParameters", {})
    check_channels(override, "/overrideChannelParameters")
    # inferred: a channel of the override takes the place of the configuration's as a whole.
    channels: Doc = {**configuration.get("channelParameters", {}), **override}
    template = _template(params["channel"], channels)
    recipient = _recipient(params)
    message = _message(world, params, recipient)
    code = _code(world, policy)
    message["MessageBody"] = template.replace(PLACEHOLDER, code)
    message_id = _deliver(call, message)
    verification_id = world.new_id("verification")
    table = world.state.table(TABLE)
    for earlier in _open(world, recipient, params.get("referenceId")):
        earlier["_code"] = None
    record: Doc = {
        "recipient": recipient,
        "reference": params.get("referenceId"),
        "attempts": policy["maxAttempts"],
        "expires": world.now() + 60 * policy["validityPeriodMinutes"],
        "_code": code,
    }
    world.state.add(TABLE, verification_id, record)
    table.keep_newest(_KEPT)
    return {"verificationId": verification_id, "messageId": message_id}


@HANDLERS.handle("ValidateNotifyCodeVerification")
def validate(call: Call) -> Doc:
    """VALID once, for the last passcode sent, before it expires and attempts are used up.

    inferred: a wrong passcode uses up an attempt, letters count as they are written, and a
    recipient who was sent none gets INVALID like any other.
    """
    world, params = call.world, call.params
    for record in _open(world, _recipient(params), params.get("referenceId")):
        if params["code"] == record["_code"]:
            record["_code"] = None
            return {"status": "VALID"}
        record["attempts"] -= 1
        if not record["attempts"]:
            record["_code"] = None
    return {"status": "INVALID"}


def _open(world: World, recipient: str, reference: str | None) -> list[Doc]:
    """The open verification, or None."""
    return [
        record
        for record in list(world.state.table(TABLE).having(_OPEN, (recipient, reference)))
        if world.now() <= record["expires"]
    ]


_OPEN = Index(
    frozenset({"_code"}),
    lambda record: () if record["_code"] is None else [(record["recipient"], record["reference"])],
)
"""Open verifications by recipient and reference id."""


def _recipient(params: Doc) -> str:
    """inferred: a recipient's number is the same with and without its plus."""
    address: str = params["destinationIdentity"]
    digits = address.removeprefix("+")
    return f"+{digits}" if digits.isascii() and digits.isdigit() else address


def _template(channel: str, channels: Doc) -> str:
    """The text to fill in: of the channel itself, or of a template that it names."""
    own: Doc = channels.get(_CHANNELS[channel], {})
    notify: Doc = channels.get("notify", {})
    if channel == "WHATSAPP":
        name = own.get("whatsAppTemplateName")
        if not name or not own.get("languageCode"):
            message = "A WhatsApp template with its name and language is needed"
            raise wrong(message, "/overrideChannelParameters/whatsApp")
        return f"{name} ({own['languageCode']}): {PLACEHOLDER}"
    text: str | None = own.get("inlineTemplateBody")
    if text is not None:
        return text
    wanted = notify.get("notifyTemplateId")
    for template in TEMPLATES:
        if template["TemplateId"] == wanted and _CAPABILITIES[channel] in template["Channels"]:
            return str(template["Content"])
    message = "A template of the channel, or of the notify route, is needed"
    raise wrong(message, "/overrideChannelParameters")


def _message(world: World, params: Doc, recipient: str) -> Doc:
    """The message without its text, once identity and recipient are validated."""
    channel: str = params["channel"]
    message: Doc = {"DestinationPhoneNumber": recipient, "NotifyChannel": channel}
    if "context" in params:
        message["Context"] = params["context"]
    if "configurationSetName" in params:
        configuration_sets.find(world, params["configurationSetName"])
        message["ConfigurationSetName"] = params["configurationSetName"]
    named: str = params["originationIdentity"]
    if channel == "WHATSAPP":
        phone = find_phone(world, named)
        return {**message, "OriginationIdentityArn": phone["arn"]}
    number = normal(recipient)
    country = country_of(number) if is_sender_id(named) else None
    kind, identity = resolve(world, named, country)
    # inferred: an identity must be active and have the capability, as for other messages.
    if identity.get("Status", "ACTIVE") not in ("ACTIVE", "PARTIAL"):
        raise conflict("RESOURCE_NOT_ACTIVE", f"The {kind} is not active", kind, named)
    capabilities = identity.get("NumberCapabilities")
    if capabilities is not None and _CAPABILITIES[channel] not in capabilities:
        raise _incapable(kind)
    destinations.check(world, number, _CAPABILITIES[channel], message)
    destinations.check_opt_out(world, identity, number)
    return {**message, "OriginationIdentityArn": identity[ARN_KEYS[kind]]}


def _deliver(call: Call, message: Doc) -> str:
    """Record the message; a text or call has receipts and is charged like others."""
    world = call.world
    if message["NotifyChannel"] != "WHATSAPP":
        return deliver(call, "NOTIFY" if message["NotifyChannel"] == "TEXT" else "VOICE", message)
    message_id = world.hex()
    facts: Doc = {
        "MessageId": message_id,
        "Operation": call.operation.name,
        "Channel": "WHATSAPP",
        "Timestamp": world.now(),
    }
    world.state.record_message(message_id, {**message, **facts})
    return message_id


def _incapable(kind: str) -> ServiceFault:
    return wrong(f"The {kind} cannot send on this channel", "/originationIdentity")


def _code(world: World, policy: Doc) -> str:
    """The settings' fixed code where it matches the policy's kind and length."""
    alphabet, length = _ALPHABETS[policy["codeType"]], policy["codeLength"]
    fixed = world.settings.verification_code
    if fixed is not None and len(fixed) == length and set(fixed) <= set(alphabet):
        return fixed
    return "".join(world.chance.choice(alphabet) for _ in range(length))
