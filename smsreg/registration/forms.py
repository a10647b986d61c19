"""The live forms of an account, each read once."""

from __future__ import annotations

import asyncio
import difflib
from typing import TYPE_CHECKING

from smsreg.errors import RegistrationError
from smsreg.registration.form import RegistrationForm
from smsreg.registration.known_facts import DEAD_TYPES
from smsreg.registration.problems import FormProblem
from smsreg.registration.values import shown

if TYPE_CHECKING:
    from smsreg.sms_voice import RegistrationTypeDefinition, SMSVoiceClient

_PAGE = 100
"""The largest page: a form of up to 100 fields is one request."""


class Forms:
    """Reads and caches forms: one request for all types, and two for each form."""

    def __init__(self, client: SMSVoiceClient) -> None:
        self._client = client
        self._types: dict[str, RegistrationTypeDefinition] = {}
        self._forms: dict[str, RegistrationForm] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, registration_type: str, *, refresh: bool = False) -> RegistrationForm:
        """Return a form, from the cache or read now.

        Raises:
            RegistrationError: There is no such type; the message names the nearest one.
        """
        lock = self._locks.setdefault(registration_type, asyncio.Lock())
        try:
            async with lock:
                if refresh or registration_type not in self._forms:
                    kind = await self._type(registration_type, refresh=refresh)
                    self._forms[registration_type] = await self._read(registration_type, kind)
                return self._forms[registration_type]
        finally:
            # A lock is bound to the loop that waited for it, and the next call may run in another.
            if not lock.locked():
                self._locks.pop(registration_type, None)

    async def _type(self, name: str, *, refresh: bool) -> RegistrationTypeDefinition:
        if refresh or name not in self._types:
            listing = self._client.describe_registration_type_definitions(max_results=_PAGE)
            self._types = {kind.registration_type: kind for kind in await listing.collect()}
        found = self._types.get(name)
        if found is None:
            raise RegistrationError("there is no such form", [self._unknown(name)])
        return found

    def _unknown(self, name: str) -> FormProblem:
        close = difflib.get_close_matches(shown(name), self._types, 1)
        message = f"there is no registration type {shown(name)}"
        if name in DEAD_TYPES:
            message += f": {DEAD_TYPES[name]}"
        elif close:
            message += f": did you mean {close[0]}?"
        return FormProblem("", "unknown-type", message)

    async def _read(self, name: str, kind: RegistrationTypeDefinition) -> RegistrationForm:
        client = self._client
        fields = client.describe_registration_field_definitions(
            registration_type=name, max_results=_PAGE
        )
        sections = client.describe_registration_section_definitions(
            registration_type=name, max_results=_PAGE
        )
        found, named = await asyncio.gather(fields.collect(), sections.collect())
        return RegistrationForm.of(name, fields=found, sections=named, type_definition=kind)
