"""Rules about message samples."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smsreg.registration.consistency.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smsreg.registration.consistency.rule import Facts, Finding

OPT_OUT = re.compile(r"\b(?:stop|unsubscribe|opt[ -]?out)\b", re.IGNORECASE)
_PROMOTION = re.compile(
    r"\b(?:sale|discount|coupon|promo|special offer|limited time|buy now|shop now|deals?|"
    r"free gift)\b|\d ?% ?off\b",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\b(?:code|passcode|pin|otp|one[- ]time|verification|verify)\b|\b\d{4,8}\b", re.IGNORECASE
)
PASSCODE_CASES = frozenset({"TWO_FACTOR_AUTHENTICATION", "ONE_TIME_PASSCODES", "OTP"})
_NO_PROMOTION = PASSCODE_CASES | {
    "ACCOUNT_NOTIFICATION",
    "ACCOUNT_NOTIFICATIONS",
    "CUSTOMER_CARE",
    "DELIVERY_NOTIFICATION",
    "DELIVERY_NOTIFICATIONS",
    "FRAUD_ALERT",
    "FRAUD_ALERTS",
    "SECURITY_ALERT",
    "SECURITY_ALERTS",
    "TRANSACTIONAL",
}


def _without_brand(facts: Facts) -> Iterator[Finding]:
    for path, text in facts.samples:
        if not facts.names_brand(text):
            yield path, "the sample does not name the sender"


def _without_stop(facts: Facts) -> Iterator[Finding]:
    if facts.samples and not any(OPT_OUT.search(text) for _, text in facts.samples):
        yield facts.samples[0][0], "no sample says how to opt out"


def _against_use_case(facts: Facts) -> Iterator[Finding]:
    cases = facts.choices("useCase", "useCaseCategory")
    if not cases or not facts.samples:
        return
    if cases <= PASSCODE_CASES and not any(_CODE.search(text) for _, text in facts.samples):
        yield facts.samples[0][0], "the use case is passcodes, and no sample has one"
    if cases <= _NO_PROMOTION:
        for path, text in facts.samples:
            if _PROMOTION.search(text):
                yield path, "the sample promotes something, and the use case is not marketing"


_COMPANY = {"companyInfo.companyName": "Example Dental LLC"}
_SAMPLE = "messageSamples.messageSample1"

RULES = (
    Rule(
        name="sample-brand",
        summary="Each message sample names the sender.",
        remedy="Begin each sample with the name under which customers know the company.",
        denials=("Message Use Case Mismatch",),
        bad={**_COMPANY, _SAMPLE: "Your visit is at 9:30. Reply STOP to opt out."},
        good={**_COMPANY, _SAMPLE: "Example Dental: your visit is at 9:30. Reply STOP to opt out."},
        find=_without_brand,
    ),
    Rule(
        name="sample-stop",
        summary="At least one message sample says how to opt out.",
        remedy='Add "Reply STOP to opt out." to a sample.',
        bad={_SAMPLE: "Example Dental: your visit is at 9:30."},
        good={_SAMPLE: "Example Dental: your visit is at 9:30. Reply STOP to opt out."},
        find=_without_stop,
    ),
    Rule(
        name="sample-use-case",
        summary="The message samples match the selected use case.",
        remedy="Select the use case that the samples show, or provide samples of the use case.",
        denials=("Message Use Case Mismatch",),
        bad={
            "messagingUseCase.useCaseCategory": "ONE_TIME_PASSCODES",
            _SAMPLE: "Example Dental: 20% off all whitening this week! Reply STOP to opt out.",
        },
        good={
            "messagingUseCase.useCaseCategory": "ONE_TIME_PASSCODES",
            _SAMPLE: "Example Dental: your code is 482913. Reply STOP to opt out.",
        },
        find=_against_use_case,
    ),
)
