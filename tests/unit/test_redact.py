"""Parts of a request that a server quotes are withheld, however they are written."""

from __future__ import annotations

import json
import random
import re
import time
from urllib.parse import quote, quote_plus

import pytest

from smsreg._redact import GRAM, LONGEST, MASK, Withheld

PHONE = "+12065550142"
DIGITS = PHONE[1:]
TEXT = 'Dr. "Ä": your appointment is at 9 & bring €5'

QUOTES = {
    "as it is": PHONE,
    "without the plus": DIGITS,
    "national": DIGITS[1:],
    "local": DIGITS[4:],
    "cut at the end": PHONE[:-4],
    "cut at both ends": DIGITS[2:-2],
    "with blanks": "+1 206 555 0142",
    "with dashes": "1-206-555-0142",
    "with brackets": "+1 (206) 555-0142",
    "with dots": "1.206.555.0142",
    "with no-break spaces": "1\u00a0206\u00a0555\u00a00142",
    "in a URL": "%2B12065550142",
    "in JSON": r"\u002b12065550142",
    "in brackets": f"[{PHONE}]",
    "in a list": f"12065550199,{DIGITS},12065550198",
    "masked": "+1206555****",
    "in other digits": "+\u0661\u0662\u0660\u0666\u0665\u0665\u0665\u0660\u0661\u0664\u0662",
    "in an ARN": f"arn:aws:sms-voice:us-east-1:1:number/{DIGITS}",
}


def digits_in(text: str) -> str:
    return "".join(char for char in text if char.isdecimal())


@pytest.mark.parametrize("name", QUOTES)
def test_a_number_is_withheld(name: str) -> None:
    quoted = QUOTES[name]
    shown = Withheld([PHONE]).hide(f"The number {quoted} is not valid")
    assert MASK in shown
    assert shown.startswith("The number ")
    assert shown.endswith(" is not valid")
    left = digits_in(shown)
    assert not any(DIGITS[at : at + 6] in left for at in range(len(DIGITS) - 5))


@pytest.mark.parametrize("cut", range(5))
def test_few_digits_may_be_missing(cut: int) -> None:
    for start in range(cut + 1):
        part = DIGITS[start : len(DIGITS) - (cut - start)]
        assert Withheld([PHONE]).hide(f"<{part}>") == f"<{MASK}>"


@pytest.mark.parametrize(
    "text",
    [
        "Quota of 1000 in 3600 seconds, request 20655501",
        "12065 is no number of yours, and 5550 neither",
        "2065 and, much later in the text, 550142",
        "version 2024-02-29T12:00:00Z",
        "",
    ],
)
def test_other_digits_are_shown(text: str) -> None:
    assert Withheld(["+4917612345678"]).hide(text) == text


@pytest.mark.parametrize(
    "quoted",
    [
        TEXT,
        json.dumps(TEXT)[1:-1],
        json.dumps(TEXT, ensure_ascii=False)[1:-1],
        quote(TEXT),
        quote(TEXT, safe=""),
        quote_plus(TEXT),
        TEXT.replace("&", "&amp;").replace('"', "&quot;"),
        TEXT[: GRAM + 3],
        TEXT[-GRAM - 3 :],
    ],
    ids=[
        "plain", "JSON", "JSON, not ASCII", "URL", "URL, all", "form", "HTML", "start", "end",
    ],
)  # fmt: skip
def test_a_text_is_withheld(quoted: str) -> None:
    shown = Withheld([TEXT]).hide(f"<{quoted}>")
    assert MASK in shown
    assert not any(word in shown for word in ("appointment", "your", "bring"))


def test_secrets_that_overlap_are_withheld_together() -> None:
    assert Withheld(["abcdef", "defghi"]).hide("<abcdefghi>") == f"<{MASK}>"
    assert Withheld(["abc", "abcdef"]).hide("abcdef abc") == f"{MASK} {MASK}"


def test_a_code_in_a_longer_text_is_withheld() -> None:
    assert Withheld(["Your code is 482915."]).hide("482915 refused") == f"{MASK} refused"


def test_what_signs_a_request_is_withheld() -> None:
    text = (
        "The Canonical String should have been 'POST\n/\nhost:x\n"
        "x-amz-security-token:FwoGZXIvYXdzEJr\n' Credential=AKIAEXAMPLE/20260101, Signature=0a1b2c"
    )
    shown = Withheld().hide(text)
    for secret in ("FwoGZXIvYXdzEJr", "AKIAEXAMPLE", "0a1b2c"):
        assert secret not in shown
    assert shown.isprintable()


@pytest.mark.parametrize(
    "name",
    [
        *("signature=", "SIGNATURE=", "Credential=", "\u017fignature="),  # a long s
        *("X-Amz-Security-Token: ", "x-aMZ-security-TOKEN=", "x-amz-\u017fecurity-to\u212aen: "),
    ],
)
def test_what_signs_is_withheld_however_it_is_spelled(name: str) -> None:
    assert Withheld().hide(f"<{name}0a1b2c>") == f"<{name}{MASK}"


@pytest.mark.parametrize(
    "number",
    ["+14255550100", "+1 425 555 0100", "+1 (425) 555-0100", "%2B447700900123", "+4917612345678"],
)
def test_a_number_that_no_request_had_is_withheld(number: str) -> None:
    assert Withheld().hide(f"<{number}> is in a pool") == f"<{MASK}> is in a pool"
    assert Withheld([PHONE]).hide_in([{"Message": number}]) == [{"Message": MASK}]


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-28T12:00:00+00:00 and 12:00:00 +0530 2026-11-26",
        "1+1=2, +1, C++ 20240229, 10,000,000+ a month, +1234567",
        "+1234567890123456789 has too many digits",
    ],
)
def test_other_plus_signs_are_shown(text: str) -> None:
    assert Withheld().hide(text) == text


def test_text_is_escaped() -> None:
    shown = Withheld([PHONE]).hide(f"a\r\n\x1b[31m\u202e\ud800\x00 {PHONE}")
    assert shown == rf"a\r\n\x1b[31m\u202e\ud800\x00 {MASK}"


def test_a_long_text_is_shortened_and_no_secret_is_cut_in_two() -> None:
    for shift in range(len(PHONE) + 1):
        text = "x" * (LONGEST - shift) + PHONE + "y" * 100_000
        shown = Withheld([PHONE]).hide(text)
        assert len(shown) <= LONGEST + len(MASK) + 1
        assert shown.endswith("…")
        assert shown.strip("x…y") in {MASK, ""}


def test_json_of_any_form() -> None:
    hidden = Withheld([PHONE]).hide_in({"a": [PHONE, 1, None, {"b": f"x {DIGITS}"}], "c": True})
    assert hidden == {"a": [MASK, 1, None, {"b": f"x {MASK}"}], "c": True}


def test_the_time_grows_no_faster_than_the_text() -> None:
    """Repetitions in both texts make a naive search quadratic."""
    hostile = ["a" * 4096, "ab" * 2048, "1" * 4096, "1 " * 2048, "\\" * 4096, "%2" * 2048]
    hidden = Withheld(hostile)
    began = time.process_time()
    for text in ("a" * 10**6, "1" * 10**6, "1 -" * 10**6, "1   " * 10**6, "\\" * 10**6):
        hidden.hide(text)
    assert time.process_time() - began < 5


def naively(secret: str, text: str) -> str:
    """Withhold all parts of a secret of letters from a text, one position after the other."""
    size = min(len(secret), GRAM)
    parts = {secret[at : at + size] for at in range(len(secret) - size + 1)}
    hidden = [False] * len(text)
    for at in range(len(text) - size + 1):
        if text[at : at + size] in parts:
            hidden[at : at + size] = [True] * size
    shown = "".join("\0" if hide else char for char, hide in zip(text, hidden, strict=True))
    return re.sub("\0+", MASK, shown)


def test_random_parts_of_a_secret_are_withheld_and_nothing_else() -> None:
    chance = random.Random(20261126)  # noqa: S311 -- a test's
    masked = 0
    for letters in ("ab", "abcdefgh", "abcdefghijklmnopqrstuvwxyz"):
        for _ in range(300):
            secret = "".join(chance.choices(letters, k=chance.randint(3, 60)))
            parts = [""] * chance.choice([1, 5, 60])
            for at in range(len(parts)):
                first, last = sorted(chance.choices(range(len(secret) + 1), k=2))
                other = "".join(chance.choices(letters, k=chance.randint(0, 20)))
                parts[at] = other + secret[first:last]
            text = "".join(parts)
            shown = Withheld([secret]).hide(text)
            assert shown == naively(secret, text)
            masked += MASK in shown
    assert 300 < masked < 900


def test_random_texts_never_show_a_secret() -> None:
    chance = random.Random(20260101)  # noqa: S311 -- a test's
    for _ in range(300):
        secret = "".join(chance.choices("ab01 +-", k=chance.randint(3, 40)))
        around = ["".join(chance.choices("ab01 +-", k=chance.randint(0, 40))) for _ in range(2)]
        assert secret not in Withheld([secret]).hide(secret.join(around))
