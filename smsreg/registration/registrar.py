"""The face of the package: one object that does everything about registrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.registration.forms import Forms

if TYPE_CHECKING:
    from smsreg.registration.form import RegistrationForm
    from smsreg.sms_voice import SMSVoiceClient


class Registrar:
    """Works on the registrations of one account and Region.

    Args:
        client: The client for every request, with its rate limiter and retry policy. It stays
            open when the registrar is gone.
    """

    def __init__(self, client: SMSVoiceClient) -> None:
        self._client = client
        self._forms = Forms(client)

    async def form(self, registration_type: str, *, refresh: bool = False) -> RegistrationForm:
        """Return a form as the service defines it now.

        Args:
            registration_type: Name of the type, such as ``US_TOLL_FREE_REGISTRATION``.
            refresh: Read it again, although this registrar has read it before.

        Raises:
            RegistrationError: There is no such type.
        """
        return await self._forms.get(registration_type, refresh=refresh)
