"""The registration types that the emulator knows.

The data files next to this module hold a dated snapshot of real types in our own words; the
service's live definitions win wherever they differ. A type is one JSON object:

    {"type": …, "title": …, "description": …, "country": …,
     "associations": [{"resource": …, "when": …, "release": …}],
     "sections": [{"path": …, "title": …, "description": …, "fields": [
        {"path": …, "title": …, "description": …, "kind": "TEXT", "need": "REQUIRED",
         "min": 1, "max": 100, "pattern": …, "options": […], "choices": [1, 1],
         "example": …, "when": {"rules": […], "otherwise": "OPTIONAL"}}]}]}

An association's resource is a kind of identity such as TOLL_FREE, or a registration type. A type
may also have "regions", outside of which it is denied.
"""

from smsreg.emulator.catalogue.types import Catalogue, FieldRule, RegistrationType, kind_of

__all__ = ["Catalogue", "FieldRule", "RegistrationType", "kind_of"]
