"""Valid drafts for each type that the tests use."""

from __future__ import annotations

from typing import Any

from smsreg.registration import Attachment, PhoneNumberRequest, RegistrationDraft, RegistrationForm

TOLL_FREE = "US_TOLL_FREE_REGISTRATION"
BRAND = "US_TEN_DLC_BRAND_REGISTRATION"
VETTING = "US_TEN_DLC_BRAND_VETTING"
CAMPAIGN = "US_TEN_DLC_CAMPAIGN_REGISTRATION"

FILE = Attachment.from_bytes(b"%PDF-1.7 opt-in")
TOLL_FREE_NUMBER = PhoneNumberRequest(iso_country_code="US", number_type="TOLL_FREE")
CAMPAIGN_NUMBER = PhoneNumberRequest(iso_country_code="US", number_type="TEN_DLC")

_CONDITIONAL = ("taxId", "taxIdAuthority", "contactPhoneNumber", "contactPhoneLabel")
_TEXTS = {
    "contactPhoneNumber": "+12065550100",
    "contactPhoneLabel": "Example Dental",
    "website": "https://dental.example",
    "companyId": "12345",
    "taxId": "123456789",
    "emailAddress": "help@dental.example",
    "supportEmail": "help@dental.example",
    "phoneNumber": "+12065550100",
    "supportPhoneNumber": "+12065550100",
    "principalEntityId": "1234",
    "senderId": "EXMPLE",
    "monthlyRcsVolume": "100",
    "accentColor": "#00AAFF",
}


def good_values(form: RegistrationForm) -> dict[str, Any]:
    """Return values for every required field of a live form."""
    values: dict[str, Any] = {}
    for path, field in form.fields.items():
        if field.requirement == "OPTIONAL":
            continue
        name = path.rpartition(".")[2]
        if field.requirement == "CONDITIONAL" and name not in _CONDITIONAL:
            continue
        if field.type == "SELECT":
            values[path] = field.choices[0]
        elif field.type == "ATTACHMENT":
            values[path] = FILE
        elif (field.max_length or 0) == 2:
            values[path] = "US"
        elif name.endswith(("Url", "Link")):
            values[path] = "https://dental.example/page"
        else:
            text = _TEXTS.get(name, f"Example Dental text of {name}")
            values[path] = text.ljust(field.min_length or 1, ".")[: field.max_length]
    if form.registration_type == TOLL_FREE:
        values["companyInfo.taxIdCountry"] = "US"
    return values


def draft_for(form: RegistrationForm, key: str, **members: Any) -> RegistrationDraft:
    if form.registration_type == TOLL_FREE:
        members.setdefault("phone_number", TOLL_FREE_NUMBER)
    return RegistrationDraft(
        key=key,
        registration_type=form.registration_type,
        values={**good_values(form), **members.pop("values", {})},
        **members,
    )
