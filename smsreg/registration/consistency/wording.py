"""Rules about single texts and about who the company is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smsreg.registration.consistency.rule import LEGAL_FORMS, Rule, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smsreg.registration.consistency.rule import Facts, Finding

_PLACEHOLDER = re.compile(
    r"\{[^{}\n]{0,60}\}|\[[A-Za-z][^\[\]\n]{0,60}\]|<[A-Za-z][^<>\n]{0,60}>|%[sd]\b|\bx{3,}\b|"
    r"\blorem ipsum\b|\btbd\b|\bto be (?:determined|announced)\b|\basdf\b|\bfoo ?bar\b|"
    r"\b(?:your|my) (?:company|brand|business) name\b|\binsert \w+ here\b",
    re.IGNORECASE,
)
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
    "\f^{}\\[~]|€"
)
"""GSM 03.38, with its extension table."""
_SENT = ("optInMessage", "helpMessage", "stopMessage", "helpResponse", "stopResponse")
_FORMS_OF_COMPANIES = LEGAL_FORMS - {"the", "co", "company"}


def _placeholder(facts: Facts) -> Iterator[Finding]:
    for path, text in facts.every_text():
        if _PLACEHOLDER.search(text):
            yield path, "the text has a placeholder"


def _non_gsm(facts: Facts) -> Iterator[Finding]:
    for path, text in (*facts.samples, *facts.texts(*_SENT)):
        strange = sum(1 for char in text if char not in _GSM)
        if strange:
            yield path, f"{strange} of the characters are not in the GSM alphabet"


def _sole_proprietor(facts: Facts) -> Iterator[Finding]:
    if "SOLE_PROPRIETOR" not in facts.choices("businessType", "legalType"):
        return
    for path, text in facts.texts("companyName"):
        if words(text)[-1:] and words(text)[-1] in _FORMS_OF_COMPANIES:
            yield path, "a sole proprietor has no company: the name ends in a company's form"


_SAMPLE = "messageSamples.messageSample1"
_SOLE = {"companyInfo.businessType": "SOLE_PROPRIETOR"}

RULES = (
    Rule(
        name="placeholder",
        summary="No text contains a placeholder.",
        remedy="Write each text as a customer receives it, with example values.",
        bad={_SAMPLE: "Example Dental: hello [name], your code is {code}."},
        good={_SAMPLE: "Example Dental: hello Ada, your code is 482913."},
        find=_placeholder,
    ),
    Rule(
        name="gsm-characters",
        summary="Texts that are sent use only characters of the GSM alphabet.",
        remedy="Use straight quotes, hyphens and no emoji; otherwise a part holds 70 characters.",
        bad={_SAMPLE: "Example Dental: we\u2019re open \u2014 see you soon."},
        good={_SAMPLE: "Example Dental: we're open - see you soon."},
        find=_non_gsm,
    ),
    Rule(
        name="sole-proprietor",
        summary="A sole proprietor registers under a person's name, without a company's form.",
        remedy="Select the business type of the company, or enter the owner's own name.",
        bad={**_SOLE, "companyInfo.companyName": "Example Dental LLC"},
        good={**_SOLE, "companyInfo.companyName": "Ada Lovelace"},
        find=_sole_proprietor,
    ),
)
