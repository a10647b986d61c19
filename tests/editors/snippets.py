"""Code with a cursor, and the completions that an editor has to offer there."""

from __future__ import annotations

from dataclasses import dataclass

CURSOR = "¦"

_OPENING = """\
import smsreg
from smsreg import RetryPolicy, SMSVoiceClient, SocialMessagingClient
from smsreg.registration import Registrar, RegistrationDraft
from smsreg.sms_voice import CreateRegistrationRequest, RegistrationInformation
from smsreg.sms_voice import RegistrationStatus


async def main(client: SMSVoiceClient, social: SocialMessagingClient) -> None:
    """


@dataclass(frozen=True)
class Snippet:
    """Some code with a cursor in it.

    Attributes:
        name: What is being typed.
        code: The code, in a function that has clients.
        offered: Completions that must be there.
    """

    name: str
    code: str
    offered: tuple[str, ...]

    @property
    def source(self) -> str:
        """The whole file, without the cursor."""
        return self._marked.replace(CURSOR, "")

    @property
    def line(self) -> int:
        """The cursor's line, from 0."""
        return self._marked[: self._marked.index(CURSOR)].count("\n")

    @property
    def column(self) -> int:
        """The cursor's column, from 0."""
        before = self._marked[: self._marked.index(CURSOR)]
        return len(before) - before.rfind("\n") - 1

    @property
    def _marked(self) -> str:
        return f"{_OPENING}{self.code}\n"


_REGISTRATION = ("registration_arn", "registration_id", "registration_status", "registration_type")
_STATUSES = (
    "CREATED",
    "SUBMITTED",
    "AWS_REVIEWING",
    "REVIEWING",
    "REQUIRES_AUTHENTICATION",
    "PROVISIONING",
    "COMPLETE",
    "REQUIRES_UPDATES",
    "CLOSED",
    "DELETED",
)

EVERYWHERE = (
    Snippet(
        "packages",
        "from smsreg import ¦",
        ("emulator", "errors", "events", "registration", "sms_voice", "types"),
    ),
    Snippet(
        "what smsreg has", "smsreg.¦", ("RetryPolicy", "SMSVoiceClient", "SocialMessagingClient")
    ),
    Snippet("a name of a package", "from smsreg.types import Res¦", ("ResponseMetadata", "Result")),
    Snippet(
        "a name of a service",
        "from smsreg.sms_voice import RegistrationI¦",
        ("RegistrationInformation",),
    ),
    Snippet(
        "a client's settings",
        "SMSVoiceClient(¦)",
        ("region_name=", "endpoint_url=", "retry=", "timeout=", "rate_limiter=", "on_call="),
    ),
    Snippet(
        "operations",
        "client.create_reg¦",
        (
            "create_registration",
            "create_registration_association",
            "create_registration_attachment",
            "create_registration_version",
        ),
    ),
    Snippet(
        "operations of a client in `async with`",
        "async with SMSVoiceClient() as mine:\n        mine.submit_¦",
        ("submit_registration_version",),
    ),
    Snippet(
        "operations of a view",
        "client.with_options(timeout=1).submit_¦",
        ("submit_registration_version",),
    ),
    Snippet("waiters", "client.wait_until_pool¦", ("wait_until_pool_active",)),
    Snippet(
        "an operation's keywords",
        "await client.create_registration(¦)",
        ("registration_type=", "tags=", "client_token="),
    ),
    Snippet(
        "a request's keywords",
        "CreateRegistrationRequest(¦)",
        ("registration_type=", "tags=", "client_token="),
    ),
    Snippet(
        "the settings of retries",
        "RetryPolicy(¦)",
        ("max_attempts=", "base_delay=", "retry_unsafe=", "on_retry="),
    ),
    Snippet(
        "a result's members",
        'done = await client.create_registration(registration_type="T")\n    done.registration_¦',
        _REGISTRATION,
    ),
    Snippet(
        "a result's metadata",
        'done = await client.create_registration(registration_type="T")\n'
        "    done.response_metadata.¦",
        ("attempts", "http_status", "request_id"),
    ),
    Snippet(
        "members of a page",
        "(await client.describe_registrations()).¦",
        ("registrations", "next_token", "to_boto"),
    ),
    Snippet(
        "members of a listed item",
        "async for item in client.describe_registrations():\n        item.registration_¦",
        _REGISTRATION,
    ),
    Snippet(
        "members of a collected item",
        "(await client.describe_registrations().collect())[0].registration_¦",
        _REGISTRATION,
    ),
    Snippet(
        "members of a model made of boto3's dictionary",
        "RegistrationInformation.from_boto({}).registration_¦",
        _REGISTRATION,
    ),
    Snippet("an enum's members", "RegistrationStatus.¦", _STATUSES),
    Snippet(
        "what a status has",
        'done = await client.create_registration(registration_type="T")\n'
        "    done.registration_status.is_¦",
        ("is_unknown",),
    ),
    Snippet(
        "operations of another service",
        "social.send_whats¦",
        ("send_whatsapp_message",),
    ),
)
"""Snippets that both Jedi and pyright complete."""

TYPED = (
    Snippet(
        "the strings of an enum",
        'await client.request_phone_number(message_type="¦")',
        ('"PROMOTIONAL"', '"TRANSACTIONAL"'),
    ),
    Snippet(
        "the strings of an enum, before the quote",
        "await client.request_phone_number(message_type=¦)",
        ('"PROMOTIONAL"', '"TRANSACTIONAL"'),
    ),
    Snippet(
        "the strings of an enum in a list",
        'await client.request_phone_number(number_capabilities=["¦"])',
        ('"MMS"', '"RCS"', '"SMS"', '"VOICE"'),
    ),
    Snippet(
        "the known values of an open string",
        'await client.create_registration(registration_type="¦")',
        ('"US_TEN_DLC_BRAND_REGISTRATION"', '"US_TOLL_FREE_REGISTRATION"'),
    ),
    Snippet(
        "the type of a draft",
        'RegistrationDraft(key="tenant-7", registration_type="¦")',
        ('"US_TEN_DLC_BRAND_REGISTRATION"', '"US_TOLL_FREE_REGISTRATION"'),
    ),
    Snippet(
        "the type of a form",
        'await Registrar(client).form("¦")',
        ('"US_TEN_DLC_BRAND_REGISTRATION"', '"US_TOLL_FREE_REGISTRATION"'),
    ),
    Snippet(
        "the known values of open strings in a list",
        'client.describe_registration_type_definitions(registration_types=["¦"])',
        ('"US_TEN_DLC_BRAND_REGISTRATION"', '"US_TOLL_FREE_REGISTRATION"'),
    ),
    Snippet(
        "the known values of another service's open string",
        'await social.update_whatsapp_message_template(template_category="¦")',
        ('"AUTHENTICATION"', '"MARKETING"', '"UTILITY"'),
    ),
    Snippet(
        "the keys of a filter",
        'client.describe_registrations(filters=[{"¦"}])',
        ('"name"', '"values"'),
    ),
    Snippet(
        "the names that a filter knows",
        'client.describe_registrations(filters=[{"name": "¦"}])',
        ('"registration-status"', '"registration-type"'),
    ),
    Snippet(
        "the keys of a tag",
        'await client.tag_resource(resource_arn="arn", tags=[{"key": "team", "¦"}])',
        ('"value"',),
    ),
    Snippet(
        "the keys of a structure inside a structure",
        'await client.send_rcs_message(rcs_message_content={"content": {"carousel": {"¦"}}})',
        ('"card_contents"', '"card_width"'),
    ),
    Snippet(
        "the keys of a tag in a request",
        'CreateRegistrationRequest(registration_type="T", tags=[{"¦"}])',
        ('"key"', '"value"'),
    ),
    Snippet(
        "the strings of an enum in a request",
        'CreateRegistrationRequest(registration_type="¦")',
        ('"US_TOLL_FREE_REGISTRATION"',),
    ),
    Snippet(
        "what a status is compared with",
        "async for item in client.describe_registrations():\n"
        '        if item.registration_status == "¦"',
        tuple(f'"{status}"' for status in _STATUSES),
    ),
)
"""Snippets that only pyright, and with it Pylance, completes: those in quotes."""
