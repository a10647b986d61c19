# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# botocore ships no types.
"""Errors of credential providers: which provider failed, and a reason that is safe to show.

A provider may raise anything, and its exception may contain a token, a response or the output of a
helper program. The reason keeps only the parts that help to find the cause.
"""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING, Any

from botocore import exceptions as boto
from botocore.credentials import CredentialProvider, Credentials

from smsreg._text import escape
from smsreg.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

LONGEST_REASON = 500
"""Characters of a reason that are kept."""
LONGEST_WORD = 40
"""AWS secret keys have this many characters, and tokens more: longer words are withheld."""
WITHHELD = "***"

NOT_FOUND = (
    "no AWS credentials were found: pass aws_access_key_id and aws_secret_access_key, "
    "name a profile_name, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)

_ERRORS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.TokenRetrievalError,
    boto.SSOError,
    boto.UnknownCredentialError,
    boto.MetadataRetrievalError,
)
"""botocore's errors that concern credentials regardless of where they are raised."""


def credentials_error(
    error: BaseException,
    *,
    provider: str | None = None,
    profile: str | None = None,
    secrets: Iterable[str] = (),
) -> CredentialsError:
    """Return the CredentialsError for an exception that a provider raised.

    Args:
        error: The exception.
        provider: The provider; one that is found in the traceback takes precedence.
        profile: The profile that was used.
        secrets: Text to withhold wherever it occurs.
    """
    if isinstance(error, boto.NoCredentialsError):
        return CredentialsError(NOT_FOUND, provider=provider, profile=profile)
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    named = getattr(error, "kwargs", {}).get("provider")
    reason = reason_of(error, secrets, printed=_printed_on_stderr(frames))
    return CredentialsError(
        f"AWS credentials could not be retrieved: {reason}",
        provider=provider_in(frames) or provider or named,
        profile=profile,
    )


def is_about_credentials(error: BaseException) -> bool:
    """Whether an exception comes from a provider of credentials, or is about them."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return isinstance(error, _ERRORS) or provider_in(frames) is not None


def provider_in(frames: Iterable[FrameType]) -> str | None:
    """Name the innermost provider whose method runs in a frame, None without any."""
    name = None
    for frame in frames:
        owner = frame.f_locals.get("self")
        if isinstance(owner, CredentialProvider):
            name = owner.METHOD or name
        elif isinstance(owner, Credentials):
            name = owner.method or name
    return name


def provider_at(coroutine: Any) -> str | None:
    """Name the provider that a suspended coroutine waits for, None without any."""
    frames: list[FrameType] = []
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        frames.append(frame)
        coroutine = coroutine.cr_await
    return provider_in(frames)


def too_late(provider: str | None, profile: str | None) -> CredentialsError:
    """Return the error of a deadline that passes while a provider is in progress."""
    return CredentialsError(
        "AWS credentials could not be retrieved: no response within the time for the call",
        provider=provider,
        profile=profile,
    )


def reason_of(error: BaseException, secrets: Iterable[str] = (), printed: str = "") -> str:
    """Return a safe description of why an exception was raised.

    Args:
        error: The exception.
        secrets: Text to withhold wherever it occurs.
        printed: What a helper program wrote to stderr.
    """
    reason = _reason(error)
    if printed and printed not in reason:
        reason = f"{reason}; the helper program printed: {printed}"
    return safe(reason, secrets)


def safe(text: str, secrets: Iterable[str] = ()) -> str:
    """Make text safe for a message: bounded, on one line, and without potential secrets."""
    for secret in secrets:
        text = text.replace(secret, WITHHELD)
    words = " ".join(_word(word) for word in text[: 4 * LONGEST_REASON].split())
    words = words if len(words) <= LONGEST_REASON else f"{words[:LONGEST_REASON]}…"
    return escape(words)


def _word(word: str) -> str:
    """Withhold a word that may be a key or a token; names, paths and addresses stay."""
    if "://" in word:
        return word.partition("?")[0]
    if len(word) < LONGEST_WORD or "arn:" in word or word.lstrip("'\"(").startswith(("/", "~")):
        return word
    plain = [part for part in _parts(word) if len(part) >= LONGEST_WORD]
    for part in plain:
        word = word.replace(part, WITHHELD)
    return word


def _parts(word: str) -> list[str]:
    """Split a word at characters that occur in no key and no token."""
    return "".join(char if char.isalnum() or char in "+/=_.~-" else " " for char in word).split()


def _reason(error: BaseException) -> str:
    """Describe an exception without the value or the response that it concerns."""
    name = type(error).__name__
    for kind, describe in _REASONS:
        if isinstance(error, kind):
            return describe(error) or f"the provider failed with {name}"
    return f"the provider failed with {name}"


def _refusal(error: Any) -> str:
    """Describe an error response of a token service, with the service's code and message."""
    fields: dict[str, Any] = error.response.get("Error") or {}
    code, message = fields.get("Code") or "an error", fields.get("Message")
    text = f"{error.operation_name} was refused with {code}"
    return f"{text}: {message}" if message else text


def _system_error(error: Any) -> str:
    """Describe an error of the operating system, with the file or program that it concerns."""
    if not error.strerror:
        return ""
    place = f": {error.filename}" if isinstance(error.filename, str) else ""
    return f"{error.strerror}{place} ({type(error).__name__})"


def _expired(error: Any) -> str:
    """Describe the only condition for which botocore raises a RuntimeError."""
    still = "still expired" in str(error)
    return "the credentials that were fetched have expired already" if still else ""


_REASONS: tuple[tuple[type[Exception], Callable[[Any], str]], ...] = (
    (boto.ClientError, _refusal),
    (boto.ParamValidationError, lambda _: ""),  # its text has the values
    (boto.ReadTimeoutError, str),
    (boto.ConnectionClosedError, str),
    (boto.HTTPClientError, lambda _: ""),  # its text may have what a server sent
    (boto.BotoCoreError, lambda error: _without_output(str(error))),
    (OSError, _system_error),
    (json.JSONDecodeError, lambda _: "the output is not JSON"),
    (UnicodeError, lambda _: "the output is not UTF-8"),
    (KeyError, lambda error: f"{error} is missing"),
    (RuntimeError, _expired),
)
"""How each kind of exception is described; an empty description leaves only its name."""


def _without_output(text: str) -> str:
    """Remove the only part of a helper program's output that botocore quotes in its errors."""
    before, found, after = text.partition("Unsupported version '")
    return f"{before}unsupported version{after.rpartition(chr(39))[2]}" if found else text


def _printed_on_stderr(frames: Iterable[FrameType]) -> str:
    """Return what a helper program wrote to stderr, where botocore fails to parse its output."""
    for frame in frames:
        if frame.f_code.co_name == "_retrieve_credentials_using":
            printed = frame.f_locals.get("stderr")
            if isinstance(printed, bytes):
                return printed[: 4 * LONGEST_REASON].decode("utf-8", "replace").strip()
    return ""
