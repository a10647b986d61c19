"""The checks of ``smsreg doctor``, which only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smsreg.cli.documents import Finding
from smsreg.cli.failure import first_line
from smsreg.errors import CredentialsError, ServiceError, SmsregError
from smsreg.registration.pin import account_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

    from smsreg import EndUserMessagingClient, SMSVoiceClient, SocialMessagingClient
    from smsreg.types import ServiceClient

    Reads = Mapping[str, Callable[[Any], Awaitable[Any]]]


async def _read_tags(client: SMSVoiceClient) -> None:
    """Read the tags of the default opt-out list, which every account has."""
    found = await client.describe_opt_out_lists(max_results=1).first()
    if found is not None:
        await client.list_tags_for_resource(resource_arn=found.opt_out_list_arn)


READS: dict[str, Callable[[SMSVoiceClient], Awaitable[Any]]] = {
    "DescribeAccountAttributes": lambda client: client.describe_account_attributes(),
    "DescribeAccountLimits": lambda client: client.describe_account_limits(),
    "DescribeOptOutLists": lambda client: client.describe_opt_out_lists(max_results=1),
    "DescribePhoneNumbers": lambda client: client.describe_phone_numbers(max_results=1),
    "DescribeRegistrationAttachments": lambda client: client.describe_registration_attachments(
        max_results=1
    ),
    "DescribeRegistrationTypeDefinitions": (
        lambda client: client.describe_registration_type_definitions(max_results=1)
    ),
    "DescribeRegistrations": lambda client: client.describe_registrations(max_results=1),
    "ListTagsForResource": _read_tags,
}
"""The reads that plans use and that need no existing resource."""
SOCIAL_READS: dict[str, Callable[[SocialMessagingClient], Awaitable[Any]]] = {
    "ListLinkedWhatsAppBusinessAccounts": (
        lambda client: client.list_linked_whatsapp_business_accounts(max_results=1)
    ),
}
END_USER_READS: dict[str, Callable[[EndUserMessagingClient], Awaitable[Any]]] = {
    "ListBrandProfiles": lambda client: client.list_brand_profiles(max_results=1),
    "ListJobs": lambda client: client.list_jobs(max_results=1),
    "ListNotifyCodeConfigurations": (
        lambda client: client.list_notify_code_configurations(max_results=1)
    ),
}
QUOTAS = ("PHONE_NUMBERS", "REGISTRATIONS", "REGISTRATION_ATTACHMENTS")
"""The quotas that a draft can exhaust."""
DENIED = ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation")
UNKNOWN_CREDENTIALS = (
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)


async def diagnose(
    client: SMSVoiceClient, social: SocialMessagingClient, end_user: EndUserMessagingClient
) -> AsyncIterator[Finding]:
    """Check the Region, credentials, permissions, account and quotas, one after the other.

    Registrations need the first service alone. What another one lacks is a note: it may not be
    used, or may not be in the Region.
    """
    async for finding in _registrations(client):
        yield finding
        if finding.name == "credentials" and finding.state == "missing":
            return  # the others have the same cause
    uses: Iterable[tuple[ServiceClient, str, Reads]] = (
        (social, "for WhatsApp", SOCIAL_READS),
        (end_user, "for brand profiles, jobs and passcodes", END_USER_READS),
    )
    for other, use, reads in uses:
        async for finding in _other(other, use, reads):
            yield finding


async def _registrations(client: SMSVoiceClient) -> AsyncIterator[Finding]:
    await client.open()
    meta = client.aws_client.meta
    yield Finding(name="region", state="ok", detail=str(meta.region_name))
    yield Finding(name="endpoint", state="ok", detail=str(meta.endpoint_url))
    readable: set[str] = set()
    known = False
    for name, read in READS.items():
        error = await _failure(read(client))
        if error is not None:
            if not known and not _is_denial(error):
                yield Finding(name="credentials", state="missing", detail=_why(error))
                return
            refused = _is_denial(error)
            detail = f"allow sms-voice:{name} by an IAM policy" if refused else first_line(error)
            finding = Finding(name=f"read {name}", state="missing", detail=detail)
        else:
            readable.add(name)
            finding = Finding(name=f"read {name}", state="ok", detail="allowed")
        if not known:
            yield Finding(name="credentials", state="ok", detail="the service accepts them")
            known = True
        yield finding
    if "DescribeOptOutLists" in readable:
        account = (await account_of(client)).account
        yield Finding(name="account", state="ok", detail=account or "unknown")
    if "DescribeAccountAttributes" in readable:
        yield await _tier(client)
    if "DescribeAccountLimits" in readable:
        async for finding in _quotas(client):
            yield finding


async def _other(client: ServiceClient, use: str, reads: Reads) -> AsyncIterator[Finding]:
    """Attempt the reads of another service, up to one that does not reach it."""
    service = client.service_name
    error = await _failure(client.open())
    if error is not None:
        yield Finding(name=f"endpoint of {service}", state="note", detail=first_line(error))
        return
    meta = client.aws_client.meta
    yield Finding(name=f"endpoint of {service}", state="ok", detail=str(meta.endpoint_url))
    for name, read in reads.items():
        error = await _failure(read(client))
        if error is None:
            yield Finding(name=f"read {name}", state="ok", detail="allowed")
        else:
            action = f"{meta.service_model.signing_name}:{name}"
            refused = _is_denial(error)
            detail = f"{use}, allow {action} by an IAM policy" if refused else first_line(error)
            yield Finding(name=f"read {name}", state="note", detail=detail)
            if not refused:
                return


async def _failure(attempt: Awaitable[Any]) -> SmsregError | None:
    try:
        await attempt
    except SmsregError as error:
        return error
    return None


async def _tier(client: SMSVoiceClient) -> Finding:
    attributes = await client.describe_account_attributes().collect()
    tier = next((str(item.value) for item in attributes if item.name == "ACCOUNT_TIER"), "unknown")
    if tier != "SANDBOX":
        return Finding(name="tier", state="ok", detail=tier)
    detail = "SANDBOX: messages go to verified numbers only, until AWS moves the account out of it"
    return Finding(name="tier", state="note", detail=detail)


async def _quotas(client: SMSVoiceClient) -> AsyncIterator[Finding]:
    limits = {str(item.name): item for item in await client.describe_account_limits().collect()}
    for name in QUOTAS:
        limit = limits.get(name)
        if limit is None:
            continue
        detail = f"{limit.used} of {limit.max} used"
        if limit.used < limit.max:
            yield Finding(name=f"quota {name}", state="ok", detail=detail)
        else:
            detail += ": delete what is not needed, or ask for more by Service Quotas"
            yield Finding(name=f"quota {name}", state="missing", detail=detail)


def _is_denial(error: SmsregError) -> bool:
    return isinstance(error, ServiceError) and error.code in DENIED


def _why(error: SmsregError) -> str:
    line = first_line(error)
    if isinstance(error, CredentialsError):
        return line
    if isinstance(error, ServiceError) and error.code in UNKNOWN_CREDENTIALS:
        return f"the service does not accept them: {line}"
    return f"not known, as the service cannot be asked: {line}"
