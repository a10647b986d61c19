"""The desired state of a registration: the caller's draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from smsreg.errors import RegistrationError
from smsreg.registration import draft_file
from smsreg.registration.draft_parts import BAD_REFERENCE, Draft, is_number
from smsreg.registration.problems import FormProblem
from smsreg.registration.values import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationDraft(Draft):
    """The desired state of a registration.

    ``Registrar.apply`` creates and sets what is missing, as often as it is called: what matches
    already is left unchanged.

    Attributes:
        key: The caller's own identifier; the same key always means the same registration. It is
            written to the registration as the tag ``smsreg:key``.
        registration_type: Name of the type, such as ``US_TOLL_FREE_REGISTRATION``.
        values: For each field path a text, a list of choices or an ``Attachment``.
        associations: What to associate: ids or ARNs, or keys of other drafts.
        phone_number: A number to lease and associate; None for none.
        tags: Further tags of the registration.
        aws_review: Whether AWS reviews the version first, with feedback where it fails.
        after_approval: The configuration of the number once the registration is complete.
        after: Keys of drafts that must be complete before this one is submitted.
        registration_id: The registration that the draft stands for, where it is known; else it is
            looked up by the key.
        brand_profile: Id or ARN of the brand profile that the registration is begun from. The
            service fills what it can; ``values`` has what is still missing and what is to be
            otherwise, and None for what is to be empty.
    """

    def problems(self) -> Iterator[FormProblem]:
        """Find what is wrong with the draft apart from its values."""
        if not plain_text(self.key):
            yield FormProblem("", "key", "the draft needs a key, a text of your own")
        if not plain_text(self.registration_type):
            yield FormProblem("", "unknown-type", "the draft needs a registration_type")
        if self.brand_profile is not None and not plain_text(self.brand_profile):
            yield FormProblem("", "brand-profile", "brand_profile must be an id or an ARN")
        for name in ("associations", "after"):
            given: object = getattr(self, name)
            if isinstance(given, str) or not isinstance(given, Sequence):
                yield FormProblem("", name, f"{name} must be a list of ids and keys")
            elif not all(plain_text(item) for item in cast("Sequence[object]", given)):
                yield FormProblem("", name, BAD_REFERENCE[name])

        if self.after_approval is not None:
            number = self.phone_number
            yield from self.after_approval.problems(number.number_type if number else None)
            if number is None and not any(map(is_number, self.associations)):
                message = (
                    "after_approval needs a number: put phone_number in the draft, "
                    "or the id of a number in associations"
                )
                yield FormProblem("", "after_approval", message)

    @staticmethod
    def read(path: str | PathLike[str]) -> RegistrationDraft:
        """Read the one draft of a YAML or JSON file.

        Raises:
            InvalidRequestError: The file is no draft, or has several; with line and column.
            ConfigurationError: PyYAML, which the extra ``cli`` brings, is not installed.
            OSError: The file cannot be read.
        """
        return draft_file.read_one(path, RegistrationDraft)

    @staticmethod
    def read_all(path: str | PathLike[str]) -> list[RegistrationDraft]:
        """Read every draft of a YAML file with several documents, or of a list.

        Raises:
            InvalidRequestError: The file holds something that is no draft; with line and column.
            ConfigurationError: PyYAML, which the extra ``cli`` brings, is not installed.
            OSError: The file cannot be read.
        """
        return draft_file.read_all(path, RegistrationDraft)

    def to_yaml(self) -> str:
        """Return the draft as YAML, which ``read`` takes; values are in it in clear.

        Raises:
            InvalidRequestError: The draft has an attachment from memory, which no file can name.
        """
        return draft_file.to_yaml(self)


def check_kind(drafts: Iterable[object]) -> list[RegistrationDraft]:
    """Return drafts as they are.

    Raises:
        RegistrationError: One of them is something else, such as a dictionary.
    """
    found = list(drafts)
    for draft in found:
        if not isinstance(draft, RegistrationDraft):
            message = f"expected a RegistrationDraft, got {type(draft).__name__}"
            problem = FormProblem("", "draft", message)
            raise RegistrationError("this is not a draft that can be applied", [problem])
    return cast("list[RegistrationDraft]", found)
