# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# botocore ships no types.
"""What went wrong with credentials: which provider it was, and the reason in text that is safe.

A provider may raise anything, and what it raises may hold a token, a response or the output of a
helper program. The reason has the parts that help, and nothing else.
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
"""Errors of botocore that are about credentials wherever they come from."""


def credentials_error(
    error: BaseException,
    *,
    provider: str | None = None,
    profile: str | None = None,
    secrets: Iterable[str] = (),
) -> CredentialsError:
    """Make the error of our tree for what a provider raised.

    Args:
        error: What was raised.
        provider: The provider, unless the traceback knows better.
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
    """Make the error of a deadline that passes while a provider is waited for."""
    return CredentialsError(
        "AWS credentials could not be retrieved: no response within the time for the call",
        provider=provider,
        profile=profile,
    )


def reason_of(error: BaseException, secrets: Iterable[str] = (), printed: str = "") -> str:
    """Say in safe text why an exception was raised.

    Args:
        error: The exception.
        secrets: Text to withhold wherever it occurs.
        printed: What a helper program printed on stderr.
    """
    reason = _reason(error)
    if printed and printed not in reason:
        reason = f"{reason}; the helper program printed: {printed}"
    return safe(reason, secrets)


def safe(text: str, secrets: Iterable[str] = ()) -> str:
    """Make text fit for a message: bounded, on one line, and without what may be a secret."""
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
    """Split a word where no key and no token goes on."""
    return "".join(char if char.isalnum() or char in "+/=_.~-" else " " for char in word).split()


def _reason(error: BaseException) -> str:
    """Choose what to tell of an exception: never the value or the response it is about."""
    name = type(error).__name__
    for kind, describe in _REASONS:
        if isinstance(error, kind):
            return describe(error) or f"the provider failed with {name}"
    return f"the provider failed with {name}"


def _refusal(error: Any) -> str:
    """Tell what a token service refused, in its own words."""
    fields: dict[str, Any] = error.response.get("Error") or {}
    code, message = fields.get("Code") or "an error", fields.get("Message")
    text = f"{error.operation_name} was refused with {code}"
    return f"{text}: {message}" if message else text


def _system_error(error: Any) -> str:
    """Tell what the operating system refused, and which file or program that is about."""
    if not error.strerror:
        return ""
    place = f": {error.filename}" if isinstance(error.filename, str) else ""
    return f"{error.strerror}{place} ({type(error).__name__})"


def _expired(error: Any) -> str:
    """Tell the one thing for which botocore raises a RuntimeError."""
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
"""What is told of each kind of exception; its name alone where that is nothing."""


def _without_output(text: str) -> str:
    """Leave out the one piece of a helper's output that botocore puts into its errors."""
    before, found, after = text.partition("Unsupported version '")
    return f"{before}unsupported version{after.rpartition(chr(39))[2]}" if found else text


def _printed_on_stderr(frames: Iterable[FrameType]) -> str:
    """Find what a helper program printed on stderr, where botocore fails over its output."""
    for frame in frames:
        if frame.f_code.co_name == "_retrieve_credentials_using":
            printed = frame.f_locals.get("stderr")
            if isinstance(printed, bytes):
                return printed[: 4 * LONGEST_REASON].decode("utf-8", "replace").strip()
    return ""
