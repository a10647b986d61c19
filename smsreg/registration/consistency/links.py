"""Rules about links, telephone numbers and mail addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smsreg.registration.consistency.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smsreg.registration.consistency.rule import Facts, Finding

_LINK = re.compile(
    r"\bhttps?://([^\s/?#]{1,253})|\b((?:[a-z0-9-]{1,63}\.){1,5}"
    r"(?:com|org|net|io|co|us|ly|me|gov|edu|info|biz|app|dev|uk|in|id|link|ai))\b(?=/|\s|[.,!?]|$)",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w.])\+?\(?\d{1,4}\)?[ .-]?\(?\d{3}\)?[ .-]?\d{3,4}(?:[ .-]?\d{2,4})?\b")
SHORTENERS = frozenset(
    [
        "bit.ly",
        "buff.ly",
        "cutt.ly",
        "goo.gl",
        "is.gd",
        "lnkd.in",
        "ow.ly",
        "rb.gy",
        "rebrand.ly",
        "shorturl.at",
        "t.co",
        "t.ly",
        "tiny.cc",
        "tinyurl.com",
        "v.gd",
    ]
)
FREE_MAILERS = frozenset(
    [
        "aol.com",
        "fastmail.com",
        "gmail.com",
        "gmx.com",
        "gmx.de",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "rediffmail.com",
        "web.de",
        "yahoo.co.in",
        "yahoo.co.uk",
        "yahoo.com",
        "yandex.com",
        "yandex.ru",
        "ymail.com",
        "zoho.com",
    ]
)
_SECOND_LEVEL = frozenset(["ac", "co", "com", "edu", "gov", "net", "org"])
"""Labels under which a country's registry assigns names: ``example.co.uk`` is one name."""
_MAIL_FIELDS = ("supportEmail", "emailAddress", "businessContactEmail", "contactEmailAddress")
_WEBSITE_FIELDS = ("website", "contactWebsite")


def hosts(text: str) -> Iterator[str]:
    """Yield the host of each link in a text."""
    for match in _LINK.finditer(text):
        host = (match[1] or match[2]).rpartition("@")[2].partition(":")[0]
        yield host.lower().rstrip(".,!?)")


def registered_name(host: str) -> str:
    """Return the registered domain of a host: ``example.co.uk`` for ``mail.example.co.uk``."""
    labels = host.lower().strip(". ").split(".")
    country = len(labels[-1]) == 2  # noqa: PLR2004 -- a country's code
    deep = len(labels) > 2 and country and labels[-2] in _SECOND_LEVEL  # noqa: PLR2004 -- a country's code and what is below it
    return ".".join(labels[-3:] if deep else labels[-2:])


def _website(text: str) -> str:
    rest = text.strip().partition("://")[2] or text.strip()
    return registered_name(re.split(r"[/?#:]", rest, maxsplit=1)[0])


def _foreign_mail(facts: Facts) -> Iterator[Finding]:
    names = {_website(text) for _, text in facts.texts(*_WEBSITE_FIELDS)}
    for path, text in facts.texts(*_MAIL_FIELDS):
        domain = registered_name(text.rpartition("@")[2])
        if "@" in text and names and domain not in names and domain not in FREE_MAILERS:
            yield path, "the address is of another domain than the website"


def _free_mailer(facts: Facts) -> Iterator[Finding]:
    for path, text in facts.texts(*_MAIL_FIELDS):
        if text.rpartition("@")[2].lower().strip() in FREE_MAILERS:
            yield path, "the address is of a free mail provider"


def _link_flag(facts: Facts) -> Iterator[Finding]:
    yield from _flag(facts, "embeddedLink", "a link", any(_has_link(t) for _, t in facts.samples))


def _phone_flag(facts: Facts) -> Iterator[Finding]:
    found = any(_PHONE.search(_without_links(text)) for _, text in facts.samples)
    yield from _flag(facts, "embeddedPhone", "a telephone number", found)


def _without_links(text: str) -> str:
    return _LINK.sub(" ", text)


def _has_link(text: str) -> bool:
    return _LINK.search(text) is not None


def _flag(facts: Facts, role: str, what: str, found: bool) -> Iterator[Finding]:  # noqa: FBT001 -- a fact
    chosen = facts.choices(role)
    if not chosen or not facts.samples:
        return
    if found and "NO" in chosen:
        yield facts.path_of(role), f"the form says no, and a sample has {what}"
    elif not found and "YES" in chosen:
        yield facts.path_of(role), f"the form says yes, and no sample has {what}"


def _shortener(facts: Facts) -> Iterator[Finding]:
    for path, text in facts.every_text():
        if any(host in SHORTENERS for host in hosts(text)):
            yield path, "the link is of a public link shortener"


_SAMPLE = "messageSamples.messageSample1"
_SITE = {"companyInfo.website": "https://dental.example"}

RULES = (
    Rule(
        name="email-domain",
        summary="The email address belongs to the domain of the website.",
        remedy="Use an address in the website's domain, or the website of the address's domain.",
        denials=("Unofficial Business Email",),
        bad={**_SITE, "contactInfo.supportEmail": "help@another.example"},
        good={**_SITE, "contactInfo.supportEmail": "help@dental.example"},
        find=_foreign_mail,
    ),
    Rule(
        name="free-mailer",
        summary="The email address is not from a free email provider.",
        remedy="Give an address of the company's own domain.",
        denials=("Unofficial Business Email",),
        bad={"contactInfo.supportEmail": "example.dental@gmail.com"},
        good={"contactInfo.supportEmail": "help@dental.example"},
        find=_free_mailer,
    ),
    Rule(
        name="link-flag",
        summary="The form says that messages contain links if, and only if, the samples do.",
        remedy="Set embeddedLink to match the samples.",
        denials=("Message Use Case Mismatch",),
        bad={
            "campaignUseCase.embeddedLink": "No",
            _SAMPLE: "Example Dental: confirm at https://dental.example/c. Reply STOP to opt out.",
        },
        good={
            "campaignUseCase.embeddedLink": "Yes",
            _SAMPLE: "Example Dental: confirm at https://dental.example/c. Reply STOP to opt out.",
        },
        find=_link_flag,
    ),
    Rule(
        name="phone-flag",
        summary="The form says that messages contain telephone numbers if the samples do.",
        remedy="Set embeddedPhone to match the samples.",
        denials=("Message Use Case Mismatch",),
        bad={
            "campaignUseCase.embeddedPhone": "No",
            _SAMPLE: "Example Dental: to change your visit call 206-555-0100.",
        },
        good={
            "campaignUseCase.embeddedPhone": "Yes",
            _SAMPLE: "Example Dental: to change your visit call 206-555-0100.",
        },
        find=_phone_flag,
    ),
    Rule(
        name="link-shortener",
        summary="No text contains a link from a public link shortener.",
        remedy="Use full links to the company's own domain.",
        bad={_SAMPLE: "Example Dental: confirm at https://bit.ly/3xY. Reply STOP to opt out."},
        good={_SAMPLE: "Example Dental: confirm at https://dental.example/c."},
        find=_shortener,
    ),
)
