"""What ``smsreg doctor`` finds out, by reads alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smsreg.cli.documents import Finding
from smsreg.errors import CredentialsError, ServiceError, SmsregError
from smsreg.registration.pin import account_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from smsreg import SMSVoiceClient


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
"""The reads that plans are made from, and that need no resource of one's own."""
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


async def diagnose(client: SMSVoiceClient) -> AsyncIterator[Finding]:
    """Check the Region, credentials, permissions, account and quotas, one after the other."""
    await client.open()
    meta = client.aws_client.meta
    yield Finding(name="region", state="ok", detail=str(meta.region_name))
    yield Finding(name="endpoint", state="ok", detail=str(meta.endpoint_url))
    readable: set[str] = set()
    known = False
    for name, read in READS.items():
        try:
            await read(client)
        except SmsregError as error:
            if not known and not _is_denial(error):
                yield Finding(name="credentials", state="missing", detail=_why(error))
                return
            refused = _is_denial(error)
            detail = f"allow sms-voice:{name} by an IAM policy" if refused else _first_line(error)
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
    line = _first_line(error)
    if isinstance(error, CredentialsError):
        return line
    if isinstance(error, ServiceError) and error.code in UNKNOWN_CREDENTIALS:
        return f"the service does not accept them: {line}"
    return f"not known, as the service cannot be asked: {line}"


def _first_line(error: SmsregError) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
