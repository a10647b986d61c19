"""Made-up values for a toll-free registration form, and a picture of a ticked opt-in box.

The names are nobody's, the addresses are in the domain kept for examples (RFC 2606), and the
telephone number is in the range kept for fiction (555-0100 to 555-0199).
"""

from __future__ import annotations

import struct
import zlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from smsreg.cli.quickstart.steps import StepError
from smsreg.registration import Attachment, PhoneNumberRequest, RegistrationDraft
from smsreg.sms_voice import FieldRequirement, FieldType

if TYPE_CHECKING:
    from smsreg.registration import FormField, RegistrationForm

KEY = "smsreg-quickstart"
"""A second run continues with the registration of the first."""

TEXTS = MappingProxyType(
    {
        "companyInfo.companyName": "Example Bakery",
        "companyInfo.website": "https://www.example.com",
        "companyInfo.address1": "100 Example Street",
        "companyInfo.city": "Seattle",
        "companyInfo.state": "WA",
        "companyInfo.zipCode": "98101",
        "companyInfo.isoCountryCode": "US",
        "companyInfo.taxId": "00-0000000",
        "companyInfo.taxIdCountry": "US",
        "contactInfo.firstName": "Alex",
        "contactInfo.lastName": "Example",
        "contactInfo.supportEmail": "support@example.com",
        "contactInfo.supportPhoneNumber": "+12065550100",
        "messagingUseCase.useCaseDetails": "One-time passcodes to sign in to our shop.",
        "messagingUseCase.optInDescription": "Customers tick a box to get codes by SMS.",
        "messagingUseCase.privacyPolicyUrl": "https://www.example.com/privacy",
        "messagingUseCase.termsAndConditionsUrl": "https://www.example.com/terms",
        "messageSamples.messageSample1": "Example Bakery: 123456. STOP to opt out.",
    }
)
"""The text for a field, by its path."""

OPTIONS = MappingProxyType(
    {
        "companyInfo.businessType": "PRIVATE_PROFIT",
        "companyInfo.taxIdAuthority": "EIN",
        "messagingUseCase.monthlyMessageVolume": "1,000",
        "messagingUseCase.useCaseCategory": "ONE_TIME_PASSCODES",
        "messagingUseCase.optInType": "DIGITAL_FORM",
    }
)
"""The option to choose where the field offers it, by its path."""


def demo_draft(form: RegistrationForm) -> RegistrationDraft:
    """Fill in a form: required fields get a value, optional ones none.

    Raises:
        StepError: No demo value fits a required field.
    """
    values = {path: _at_hand(field) for path, field in form.fields.items()}
    values = {path: value for path, value in values.items() if value is not None}
    for problem in form.check(values):
        field = form.fields[problem.field]
        if problem.rule == "disallowed":
            del values[problem.field]
        elif problem.severity == "error" and field.example:
            values[problem.field] = field.example
    for problem in form.check(values):
        if problem.severity == "error":
            msg = f"no demo value fits {problem.field}: {problem.message}"
            raise StepError(msg)
    return RegistrationDraft(
        key=KEY,
        registration_type=form.registration_type,
        values={path: values[path] for path in form.fields if path in values},
        phone_number=PhoneNumberRequest(iso_country_code="US", number_type="TOLL_FREE"),
    )


def _at_hand(field: FormField) -> Any:  # noqa: ANN401 -- a text, choices or an attachment
    if field.requirement == FieldRequirement.OPTIONAL:
        return None
    if field.type == FieldType.TEXT:
        return TEXTS.get(field.path)
    is_required = field.requirement == FieldRequirement.REQUIRED
    if field.type == FieldType.SELECT and (is_required or field.path in OPTIONS):
        preferred = OPTIONS.get(field.path)
        ranked = sorted(field.choices, key=lambda option: option != preferred)
        return ranked[: field.min_choices or 1]
    if field.type == FieldType.ATTACHMENT and is_required:
        return Attachment.from_bytes(opt_in_picture())
    return None


WIDTH = 320
HEIGHT = 200

PAPER = b"\xf7\xf7\xf2"
LINE = b"\x8a\x8a\x80"
INK = b"\x1f\x6f\x4a"

SHAPES = (
    # left, top, width and height, colour
    ((30, 70, 60, 60), INK),
    ((34, 74, 52, 52), PAPER),
    ((115, 76, 170, 8), LINE),
    ((115, 96, 150, 8), LINE),
    ((115, 116, 110, 8), LINE),
)
TICK = (*((42 + i, 98 + i) for i in range(15)), *((56 + i, 112 - i) for i in range(22)))
PEN = 6


def opt_in_picture() -> bytes:
    """Draw the box beside three lines of writing, as a PNG."""
    rows = [bytearray(PAPER * WIDTH) for _ in range(HEIGHT)]
    for box, colour in SHAPES:
        _fill(rows, box, colour)
    for left, top in TICK:
        _fill(rows, (left, top, PEN, PEN), INK)
    # Each row begins with its filter, which is none.
    pixels = b"".join(b"\x00" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _fill(rows: list[bytearray], box: tuple[int, int, int, int], colour: bytes) -> None:
    left, top, width, height = box
    size = len(colour)
    for row in rows[top : top + height]:
        row[left * size : (left + width) * size] = colour * width


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
