"""Idempotency tokens that outlive a process."""

from __future__ import annotations

import hashlib

from smsreg._public import publish


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
        ValueError: No part was passed.
    """
    if not parts:
        raise ValueError("give at least one part that identifies what the call is for")
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


publish("smsreg", idempotency_token)
