"""Tokens derived from the caller's own identifiers."""

from __future__ import annotations

import hashlib
import itertools
import re
import subprocess
import sys

import pytest

import smsreg
from smsreg import idempotency_token


def test_the_same_parts_make_the_same_token() -> None:
    assert idempotency_token("a", "b") == idempotency_token("a", "b")


def test_a_token_of_today_is_that_of_next_year() -> None:
    """Stored runs rely on these: a change of the derivation would duplicate their effects."""
    assert idempotency_token("order-1") == (
        "ac724b774f059003a1b1995ecbb9890f2aa7640e9955770ed4cf793b206aebc4"
    )


def test_another_process_makes_the_same_token() -> None:
    code = "import smsreg; print(smsreg.idempotency_token('order', '7', 'ä'), end='')"
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 -- our own command
    assert told.stdout == idempotency_token("order", "7", "ä")


def test_number_order_and_borders_of_the_parts_count() -> None:
    many = [
        ("a", "bc"), ("ab", "c"), ("abc",), ("c", "ab"), ("a", "b", "c"), ("", "abc"),
        ("abc", ""), ("",), ("", ""), ("a\x00bc",), ("ABC",), ("ábc",),
    ]  # fmt: skip
    tokens = {idempotency_token(*parts) for parts in many}
    assert len(tokens) == len(many)


@pytest.mark.parametrize("parts", [("x" * 100_000,), ("\ud800",), ("ä", "\n")])
def test_every_token_is_one_that_the_service_takes(parts: tuple[str, ...]) -> None:
    assert re.fullmatch(r"[!-~]{1,64}", idempotency_token(*parts))


def test_no_part_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one part"):
        idempotency_token()


def test_many_tokens_differ() -> None:
    pairs = itertools.product(map(str, range(50)), repeat=2)
    assert len({smsreg.idempotency_token(*pair) for pair in pairs}) == 2_500


@pytest.mark.parametrize("parts", [("order-1", "step"), ("ä", ""), ("\ud800", "x" * 300)])
def test_a_token_is_the_digest_of_lengths_and_texts(parts: tuple[str, ...]) -> None:
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    framed = b"".join(len(data).to_bytes(8, "big") + data for data in encoded)
    assert idempotency_token(*parts) == hashlib.sha256(framed).hexdigest()
