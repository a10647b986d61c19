"""A small library of invented templates, in the form of Meta's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc


def _entry(number: int, name: str, category: str, topic: str, body: str) -> Doc:
    return {
        "templateName": name,
        "templateLanguage": "en_US",
        "templateCategory": category,
        "templateTopic": topic,
        "templateUseCase": name.upper()[:30],
        "templateIndustry": ["E_COMMERCE"],
        "templateBody": body,
        "templateButtons": [],
        "templateId": str(300000000000000 + number),
        "templateBodyExampleParams": ["123456"],
    }


LIBRARY: list[Doc] = [
    _entry(1, "verify_code", "AUTHENTICATION", "IDENTITY", "{{1}} is your code."),
    _entry(2, "delivery_update", "UTILITY", "ORDER_MANAGEMENT", "Your order {{1}} is on its way."),
    _entry(3, "payment_reminder", "UTILITY", "PAYMENTS", "Your bill {{1}} is due."),
]
