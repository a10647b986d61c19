"""Rules about how people agree, and about the texts that confirm it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smsreg.registration.consistency.rule import Rule
from smsreg.registration.consistency.samples import OPT_OUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smsreg.registration.consistency.rule import Facts, Finding

_DESCRIPTIONS = ("optInDescription", "optInWorkflow")
_MESSAGES = ("optInMessage", "helpMessage", "stopMessage", "helpResponse", "stopResponse")

_TICKED = re.compile(
    r"\bpre-?(?:checked|ticked|selected)\b|"
    r"\b(?:checked|ticked|selected|enabled) (?:already|by default)\b|"
    r"\balready (?:checked|ticked|selected)\b|"
    r"\bautomatically (?:opted|enrolled|subscribed)\b|\b(?:opted|enrolled) in automatically\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|never|no|none|isn't|aren't|un)[ -]+(?:\w+[ -]+){0,2}$", re.IGNORECASE
)
_SMS = re.compile(r"\b(?:sms|texts?|text messages?|texting|mms|messages?)\b", re.IGNORECASE)
_CONSENT = re.compile(
    r"\b(?:agree|agrees|agreed|agreeing|consent|consents|consented|accept|accepts|accepted|"
    r"opt(?:s|ed|ing)?[ -]?in|sign(?:s|ed|ing)? up|subscribe[sd]?|enrol(?:l|ls|led)?|ticks?|"
    r"checks?|text(?:s|ing)? (?:the )?(?:keyword|join|start|yes)|check ?box|permission)\b",
    re.IGNORECASE,
)
_RATES = re.compile(
    r"\b(?:message|msg|msg&data|data)\b.{0,30}\brates?\b", re.IGNORECASE | re.DOTALL
)
_FREQUENCY = re.compile(
    r"\bfreq(?:uency|\.)?\b|\brecurring\b|\bone[- ]time\b|"
    r"\b(?:messages?|msgs?|texts?) ?(?:/|per|a|each|every) ?"
    r"(?:day|week|month|mo|year|visit|order)\b|"
    r"\b(?:daily|weekly|monthly)\b",
    re.IGNORECASE,
)
_HELP = re.compile(r"\bhelp\b", re.IGNORECASE)
_WAYS = {
    "VERBAL": r"verbal|phone|call|spoken|speak|say|said|ask|told|in person|oral|staff|agent|desk",
    "DIGITAL_FORM": r"web|online|site|page|app|form|check ?out|account|portal|https?|e-?mail|box",
    "PAPER_FORM": r"paper|print|sign|written|hand|pen|card|sheet|form",
    "TEXT": r"text(?:s|ing)?|keyword|sms|send",
    "QR_CODE": r"qr|scan|code",
}
_OF_TYPE = {
    kind: re.compile(rf"\b(?:{ways})\w{{0,6}}\b", re.IGNORECASE) for kind, ways in _WAYS.items()
}


def _preselected(facts: Facts) -> Iterator[Finding]:
    for path, text in facts.texts(*_DESCRIPTIONS):
        for match in _TICKED.finditer(text):
            if not _DENIED.search(text[max(0, match.start() - 30) : match.start()]):
                yield path, "the consent seems to be ticked already"
                break


def _unclear(facts: Facts) -> Iterator[Finding]:
    for path, text in facts.texts(*_DESCRIPTIONS):
        if not _SMS.search(text):
            yield path, "it does not say that people agree to text messages"
        elif not _CONSENT.search(text):
            yield path, "it does not say how people agree"


def _against_type(facts: Facts) -> Iterator[Finding]:
    kinds = [kind for kind in facts.choices("optInType") if kind in _OF_TYPE]
    for path, text in facts.texts(*_DESCRIPTIONS):
        for kind in kinds:
            if not _OF_TYPE[kind].search(text):
                yield path, f"it does not describe the opt-in type that is chosen, {kind}"


def _nameless(facts: Facts) -> Iterator[Finding]:
    for path, text in facts.texts(*_MESSAGES):
        if not facts.names_brand(text):
            yield path, "the text does not name the sender"


def _silent(pattern: re.Pattern[str], what: str, facts: Facts) -> Iterator[Finding]:
    for path, text in facts.texts("optInMessage"):
        if not pattern.search(text):
            yield path, f"the confirmation does not {what}"


def _without_help(facts: Facts) -> Iterator[Finding]:
    return _silent(_HELP, "mention HELP", facts)


def _without_stop(facts: Facts) -> Iterator[Finding]:
    return _silent(OPT_OUT, "mention STOP", facts)


def _without_rates(facts: Facts) -> Iterator[Finding]:
    return _silent(_RATES, "say that message and data rates may apply", facts)


def _without_frequency(facts: Facts) -> Iterator[Finding]:
    return _silent(_FREQUENCY, "say how often messages come", facts)


_HOW = "messagingUseCase.optInDescription"
_TYPE = {"messagingUseCase.optInType": "PAPER_FORM"}
_CONFIRMATION = "campaignInfo.optInMessage"
_COMPLETE = (
    "Example Dental: you agreed to visit reminders. 2 msgs/month. Msg & data rates may apply. "
    "Reply HELP for help, STOP to opt out."
)

RULES = (
    Rule(
        name="preselected-consent",
        summary="No consent box is ticked in advance.",
        remedy="Leave the box on the form empty, show that in the screenshot, and say so.",
        denials=("Pre-selected Opt-in",),
        bad={_HOW: "The box for text messages is pre-checked on our sign-up page."},
        good={_HOW: "People tick the empty box for text messages on our sign-up page."},
        find=_preselected,
    ),
    Rule(
        name="opt-in-language",
        summary="The opt-in description says how people agree to text messages.",
        remedy="State where and in which words people agree, and that they agree to text messages.",
        denials=("Unclear Opt-in Language",),
        bad={_HOW: "People give us their number when they become patients."},
        good={_HOW: "New patients tick a box on our web form by which they agree to SMS."},
        find=_unclear,
    ),
    Rule(
        name="opt-in-type",
        summary="The opt-in description matches the selected opt-in type.",
        remedy="Select the opt-in type that is described, or describe the one that is selected.",
        denials=("Opt-in Workflow Mismatch",),
        bad={**_TYPE, _HOW: "Users agree to text messages in our mobile app."},
        good={**_TYPE, _HOW: "Patients sign a paper form by which they agree to text messages."},
        find=_against_type,
    ),
    Rule(
        name="message-brand",
        summary="The opt-in, HELP and STOP texts name the sender.",
        remedy="Begin each of these texts with the sender's name.",
        bad={"messageSamples.messageSample1": "Example Dental: hello.", _CONFIRMATION: "Welcome!"},
        good={"messageSamples.messageSample1": "Example Dental: hello.", _CONFIRMATION: _COMPLETE},
        find=_nameless,
    ),
    Rule(
        name="opt-in-help",
        summary="The opt-in confirmation mentions HELP.",
        remedy='Add "Reply HELP for help".',
        bad={_CONFIRMATION: "Example Dental: you agreed to reminders. STOP to opt out."},
        good={_CONFIRMATION: _COMPLETE},
        find=_without_help,
    ),
    Rule(
        name="opt-in-stop",
        summary="The opt-in confirmation mentions STOP.",
        remedy='Add "Reply STOP to opt out".',
        bad={_CONFIRMATION: "Example Dental: you agreed to reminders. HELP for help."},
        good={_CONFIRMATION: _COMPLETE},
        find=_without_stop,
    ),
    Rule(
        name="opt-in-rates",
        summary="The opt-in confirmation says that message and data rates may apply.",
        remedy='Add "Msg & data rates may apply".',
        denials=("Unclear Opt-in Language",),
        bad={_CONFIRMATION: "Example Dental: you agreed to reminders. 2 msgs/month."},
        good={_CONFIRMATION: _COMPLETE},
        find=_without_rates,
    ),
    Rule(
        name="opt-in-frequency",
        summary="The opt-in confirmation says how often messages are sent.",
        remedy='Add the frequency, such as "2 msgs/month" or "Msg frequency varies".',
        denials=("Unclear Opt-in Language",),
        bad={_CONFIRMATION: "Example Dental: you agreed to reminders. Msg & data rates may apply."},
        good={_CONFIRMATION: _COMPLETE},
        find=_without_frequency,
    ),
)
