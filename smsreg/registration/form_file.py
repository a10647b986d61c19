"""A form in a JSON file, with its date and digest."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from smsreg.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from smsreg.registration.form_parts import Form

FORMAT = "smsreg-form-1"
RegistrationFormT = TypeVar("RegistrationFormT", bound="Form")


def save(form: Form, path: str | PathLike[str]) -> None:
    """Write the form; see ``RegistrationForm.save``."""
    document = {
        "format": FORMAT,
        "registration_type": form.registration_type,
        "read_at": form.read_at.isoformat(),
        "digest": form.digest,
        **form.definitions,
    }
    Path(path).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read(path: str | PathLike[str], make: Callable[..., RegistrationFormT]) -> RegistrationFormT:
    """Read a saved form; see ``RegistrationForm.read``.

    Args:
        path: The file.
        make: ``RegistrationForm.of``.
    """
    try:
        document: object = json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise _unfit("the file is not JSON") from None
    if not isinstance(document, dict):
        raise _unfit("the file is not a form that RegistrationForm.save wrote")
    found = cast("dict[str, Any]", document)
    if found.get("format") != FORMAT:
        raise _unfit("the file is not a form that RegistrationForm.save wrote")
    try:
        read_at = datetime.fromisoformat(found["read_at"]).astimezone(timezone.utc)
        form = make(
            found["registration_type"],
            fields=found["fields"],
            sections=found["sections"],
            type_definition=found["type"],
            read_at=read_at,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _unfit("a member of the saved form is missing or has a wrong type") from None
    if form.digest != found.get("digest"):
        raise _unfit("the digest does not fit the definitions: the file was changed by hand")
    return form


def _unfit(message: str) -> InvalidRequestError:
    return InvalidRequestError(None, [("form", message)])
