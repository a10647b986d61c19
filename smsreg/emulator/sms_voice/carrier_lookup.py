"""Carrier lookups, decided by the number's form alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import invalid
from smsreg.emulator.core.world import Call, Handlers
from smsreg.emulator.sms_voice.calling_codes import CALLING_CODES
from smsreg.emulator.sms_voice.number_plan import COUNTRY_NAMES, country_of

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
_E164 = re.compile(r"\+[1-9][0-9]{1,14}")


@HANDLERS.handle("CarrierLookup")
def look_up(call: Call) -> Doc:
    """inferred: other characters than digits are taken out only where cleansing is asked for."""
    original: str = call.params["PhoneNumber"]
    number = original
    if call.params.get("EnableCleansing"):
        number = "+" + re.sub(r"[^0-9]", "", original)
    if not _E164.fullmatch(number):
        raise invalid("CANNOT_PARSE", "PhoneNumber: it is not a number in E.164 form")
    country = country_of(number)
    result: Doc = {
        "E164PhoneNumber": number,
        "OriginalPhoneNumber": original,
        "PhoneNumberType": "INVALID",
    }
    if country is not None:
        result |= {
            "DialingCountryCode": CALLING_CODES[country],
            "IsoCountryCode": country,
            "Country": COUNTRY_NAMES.get(country, country),
            "MCC": "001",
            "MNC": "01",
            "Carrier": "Emulated Carrier",
            "PhoneNumberType": "MOBILE",
        }
    return result
