"""Which attribute of a brand profile goes into which field of a registration, and back.

inferred: an attribute fits a field that has its name, whatever the case, spaces and punctuation;
with smart matching also one that has another name of the same thing, by the list below. Without,
only the names that open a line of the list are matched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smsreg.emulator.core.service_model import Doc

_SAME = (
    ("companyName", "legalName", "legalCompanyName", "businessName", "company", "dbaName"),
    ("companyId", "registrationNumber", "companyNumber"),
    ("website", "websiteUrl", "companyWebsite", "url"),
    ("address1", "address", "street", "streetAddress", "addressLine1"),
    ("address2", "addressLine2"),
    ("city", "town"),
    ("state", "province", "region"),
    ("zipCode", "postalCode", "zip", "postcode"),
    ("isoCountryCode", "country", "countryCode", "taxIdCountry", "taxIdIssuingCountry"),
    ("legalType", "businessType"),
    ("areaOfBusiness", "vertical", "industry"),
    ("taxId", "ein", "taxNumber", "vatNumber"),
    ("firstName", "givenName"),
    ("lastName", "familyName", "surname"),
    ("supportEmail", "email", "emailAddress", "contactEmail", "businessContactEmail"),
    ("supportPhoneNumber", "phone", "phoneNumber", "contactPhone", "contactPhoneNumber"),
    ("privacyPolicyUrl", "privacyPolicy", "privacyPolicyLink"),
    ("termsAndConditionsUrl", "termsAndConditions", "termsAndConditionsLink", "terms"),
    ("useCaseDetails", "useCaseDescription", "useCase"),
    ("optInDescription", "optInWorkflow"),
    ("messageSample1", "messageSample", "sampleMessage"),
)
_WORD = re.compile(r"[^A-Za-z0-9]+")


def plain(name: str) -> str:
    """A name without case, spaces and punctuation."""
    return _WORD.sub("", name).lower()


_STANDARD = {plain(line[0]) for line in _SAME}
_GROUPS = {plain(name): plain(line[0]) for line in _SAME for name in line}


def field_name(path: str) -> str:
    """A field's own name, the last part of its path."""
    return path.rpartition(".")[2]


def is_standard(name: str) -> bool:
    """Whether a name is matched without smart matching."""
    return plain(name) in _STANDARD


def candidates(path: str, attributes: Iterable[Doc], *, smart: bool) -> list[Doc]:
    """The attributes that fit a field, those of its own name first."""
    name = plain(field_name(path))
    named = {plain(attribute["attributeName"]): attribute for attribute in attributes}
    if not smart:
        return [named[name]] if name in named and name in _STANDARD else []
    group = _GROUPS.get(name)
    others = [a for key, a in named.items() if group and key != name and _GROUPS.get(key) == group]
    return [*([named[name]] if name in named else []), *others]


def attribute_name(path: str) -> str:
    """The name of the attribute that a field is imported as: ``company name`` of companyName."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", field_name(path))
    return words[:1].upper() + words[1:].lower()
