"""The emulator's Notify templates and countries: invented, in the service's form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.sms_voice.number_plan import COUNTRY_NAMES

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc


def _template(identifier: str, language: str, channels: list[str], content: str) -> Doc:
    return {
        "TemplateId": identifier,
        "Version": 1,
        "TemplateType": "OTP_VERIFICATION",
        "Channels": channels,
        "TierAccess": ["BASIC", "ADVANCED"],
        "Status": "ACTIVE",
        "SupportedCountries": sorted(COUNTRY_NAMES),
        "LanguageCode": language,
        "Content": content,
        "Variables": {
            "code": {
                "Type": "STRING",
                "Required": True,
                "Description": "The code",
                "MaxLength": 10,
                "Pattern": "[A-Za-z0-9]{4,10}",
                "Sample": "123456",
                "Source": "CUSTOMER",
            }
        },
        "SupportedVoiceIds": ["JOANNA", "MATTHEW"] if "VOICE" in channels else [],
        "CreatedTimestamp": 1_767_225_600.0,
    }


TEMPLATES = [
    _template("code-verification-en", "en-US", ["SMS", "VOICE"], "Your code is {{code}}."),
    _template("code-verification-de", "de-DE", ["SMS"], "Ihr Code lautet {{code}}."),
    _template("code-verification-es", "es-ES", ["SMS"], "Su código es {{code}}."),
]
COUNTRIES: list[Doc] = [
    {
        "IsoCountryCode": country,
        "CountryName": name,
        "SupportedChannels": ["SMS", "VOICE"] if country in ("US", "CA") else ["SMS"],
        "SupportedUseCases": ["CODE_VERIFICATION"],
        "SupportedTiers": ["BASIC", "ADVANCED"],
        "CustomerOwnedIdentityRequired": country == "IN",
    }
    for country, name in sorted(COUNTRY_NAMES.items())
]
