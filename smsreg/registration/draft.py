"""What a registration is to become: the caller's draft of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from smsreg.registration.problems import FormProblem
from smsreg.registration.values import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from smsreg.registration.follow_up import AfterApproval
    from smsreg.sms_voice import RegistrationTypeInput

BAD_REFERENCE = {
    "associations": (
        "each of the associations must be the id of a resource or the key of another draft: "
        "for a phone number that does not exist yet, put phone_number in the draft"
    ),
    "after": "each entry of after must be the key of another draft or the id of a registration",
}
"""What is said of an entry that is no text, by the member that has it."""

_ID = re.compile(r"(?:registration|phone|rcs|sender)-[0-9a-f]{8,64}|arn:[!-~]{1,256}")


def is_id(reference: str) -> bool:
    """Tell whether a reference is an id or ARN of the service's, and no draft's key."""
    return _ID.fullmatch(reference) is not None


def is_number(reference: str) -> bool:
    """Tell whether a reference is the id or ARN of a phone number."""
    return is_id(reference) and "phone-" in reference


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumberRequest:
    """A number to lease and to associate with the registration.

    Leasing costs money from the moment that the request is accepted, also while the number is
    PENDING, and has to be confirmed.

    Attributes:
        iso_country_code: Two-letter code of the country.
        number_type: ``TOLL_FREE``, ``TEN_DLC``, ``LONG_CODE`` or ``SIMULATOR``.
        message_type: ``TRANSACTIONAL`` or ``PROMOTIONAL``.
        number_capabilities: ``SMS``, ``MMS``, ``VOICE``.
        opt_out_list_name: Opt-out list of the number; the default one where it is left out.
        pool_id: Pool to add the number to.
        international_sending_enabled: Whether a US toll-free number may send abroad.
        deletion_protection_enabled: Whether the number is protected against release.
    """

    iso_country_code: str
    number_type: str
    message_type: str = "TRANSACTIONAL"
    number_capabilities: Sequence[str] = ("SMS",)
    opt_out_list_name: str | None = None
    pool_id: str | None = None
    international_sending_enabled: bool | None = None
    deletion_protection_enabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationDraft:
    """A registration as it should be.

    ``Registrar.apply`` makes it so, as often as it is called: what is there already is left alone.

    Attributes:
        key: The caller's own identifier; the same key always means the same registration. It is
            written to the registration as the tag ``smsreg:key``.
        registration_type: Name of the type, such as ``US_TOLL_FREE_REGISTRATION``.
        values: For each field path a text, a list of choices or an ``Attachment``.
        associations: What to associate: ids or ARNs, or keys of other drafts.
        phone_number: A number to lease and associate; None for none.
        tags: Further tags of the registration.
        aws_review: Whether AWS reviews the version first, with feedback where it fails.
        after_approval: What is done with the number once the registration is complete.
        after: Keys of drafts that must be complete before this one is submitted.
        registration_id: The registration that the draft stands for, where it is known; else it is
            looked up by the key.
        brand_profile: Id or ARN of the brand profile that the registration is begun from. The
            service fills what it can; ``values`` has what is still missing and what is to be
            otherwise, and None for what is to be empty.
    """

    key: str
    registration_type: RegistrationTypeInput
    values: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    associations: Sequence[str] = ()
    phone_number: PhoneNumberRequest | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    aws_review: bool = False
    after_approval: AfterApproval | None = None
    after: Sequence[str] = ()
    registration_id: str | None = None
    brand_profile: str | None = None

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
        from smsreg.registration.draft_file import read_one  # noqa: PLC0415 -- it knows the draft

        return read_one(path)

    @staticmethod
    def read_all(path: str | PathLike[str]) -> list[RegistrationDraft]:
        """Read every draft of a YAML file with several documents, or of a list.

        Raises:
            InvalidRequestError: The file holds something that is no draft; with line and column.
            ConfigurationError: PyYAML, which the extra ``cli`` brings, is not installed.
            OSError: The file cannot be read.
        """
        from smsreg.registration.draft_file import read_all  # noqa: PLC0415 -- it knows the draft

        return read_all(path)

    def to_yaml(self) -> str:
        """Return the draft as YAML, which ``read`` takes; values are in it in clear.

        Raises:
            InvalidRequestError: The draft has an attachment from memory, which no file can name.
        """
        from smsreg.registration.draft_file import to_yaml  # noqa: PLC0415 -- it knows the draft

        return to_yaml(self)
