"""Idempotency tokens that outlive a process."""

from __future__ import annotations

import hashlib
from typing import cast

from smsreg._public import publish
from smsreg.errors import InvalidRequestError


def idempotency_token(*parts: str) -> str:
    """Derive a ClientToken from identifiers of your own.

    The same parts yield the same token in every process and on every machine, so that a run that is
    repeated after a crash repeats its calls without duplicating their effects.

    Args:
        parts: What identifies the effect: an order number, a step's name. Their number and order
            count: ``("a", "bc")`` and ``("ab", "c")`` yield different tokens.

    Returns:
        64 hexadecimal digits, which every operation with a ClientToken accepts.

    Raises:
        InvalidRequestError: No part was passed, or one is no text. It is a ValueError, too.
    """
    if not parts:
        raise InvalidRequestError(
            None, [("parts", "Give at least one part that identifies what the call is for")]
        )
    wrong = [
        at for at, part in enumerate(cast("tuple[object, ...]", parts)) if not isinstance(part, str)
    ]
    if wrong:
        raise InvalidRequestError(
            None, [(f"parts[{at}]", "Input should be a valid string") for at in wrong]
        )
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


publish("smsreg", idempotency_token)
