"""Made-up answers for a toll-free registration form.

The names are nobody's, the addresses are in the domain kept for examples (RFC 2606), and the
telephone number is in the range kept for fiction (555-0100 to 555-0199).
"""

from __future__ import annotations

from types import MappingProxyType

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
        "messagingUseCase.optInDescription": "Customers tick a box on the sign-up page.",
        "messagingUseCase.privacyPolicyUrl": "https://www.example.com/privacy",
        "messagingUseCase.termsAndConditionsUrl": "https://www.example.com/terms",
        "messageSamples.messageSample1": "Your code is 123456. Reply STOP to opt out.",
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
