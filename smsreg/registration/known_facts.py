"""Facts about registration types that the service's definitions do not contain.

Each was observed by several users of the service and may change. So they are warnings, and each has
a rule name by which it can be disabled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.registration.problems import FormProblem
from smsreg.registration.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from smsreg.registration.form_parts import Form

DEAD_TYPES = {
    "US_TOLL_FREE_VERIFICATION": "US_TOLL_FREE_REGISTRATION has taken its place",
    "ZZ_LONG_CODE_REGISTRATION": "it stands in examples only",
}
"""Documented types that cannot be registered."""

REGIONS = {"IN_": frozenset({"ap-south-1", "ap-south-2"})}
"""Regions that a country's registrations are accepted in, by the start of the type's name."""

MAX_FILE_BYTES = {
    ("US_TOLL_FREE_REGISTRATION", "messagingUseCase.optInImage", "PNG"): 400 * 1024,
}
"""Largest files by type, field and kind of file, where they are below the service's limit."""

_UNLESS_SOLE_PROPRIETOR = (
    "companyInfo.taxId",
    "companyInfo.taxIdAuthority",
    "companyInfo.taxIdCountry",
)
_ONLY_LISTED = (
    "companyInfo.stockSymbol",
    "companyInfo.stockExchange",
    "companyInfo.businessContactEmail",
)


def facts_about(
    form: Form, values: Mapping[str, Value], *, region: str | None
) -> Iterator[FormProblem]:
    """Find violations of the facts by these values."""
    yield from _of_type(form, region)
    yield from _of_conditional_fields(form, values)


def _of_type(form: Form, region: str | None) -> Iterator[FormProblem]:
    kind = form.registration_type
    if kind in DEAD_TYPES:
        message = f"this registration type cannot be registered: {DEAD_TYPES[kind]}"
        yield FormProblem("", "dead-type", message, "warning")
    for start, regions in REGIONS.items():
        if region is not None and kind.startswith(start) and region not in regions:
            message = f"registered outside of {' and '.join(sorted(regions))}, it is denied"
            yield FormProblem("", "region", message, "warning")


def _of_conditional_fields(form: Form, values: Mapping[str, Value]) -> Iterator[FormProblem]:
    """Known conditions of fields whose definition is conditional without rules."""
    toll_free = form.registration_type == "US_TOLL_FREE_REGISTRATION"
    if toll_free and "SOLE_PROPRIETOR" not in _contents(values, "companyInfo.businessType"):
        for path in _unruled(form, _UNLESS_SOLE_PROPRIETOR):
            if not _contents(values, path):
                message = "required of every business that is not a sole proprietor"
                yield FormProblem(path, "conditional", message, "warning")
    if form.registration_type == "US_TEN_DLC_BRAND_REGISTRATION":
        listed = "PUBLIC_PROFIT" in _contents(values, "companyInfo.legalType")
        for path in _unruled(form, _ONLY_LISTED):
            if listed and not _contents(values, path):
                message = "required of listed companies (PUBLIC_PROFIT)"
                yield FormProblem(path, "conditional", message, "warning")
            elif not listed and _contents(values, path):
                message = "only for listed companies (PUBLIC_PROFIT), else the brand is denied"
                yield FormProblem(path, "conditional", message, "warning")


def _unruled(form: Form, paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        field = form.fields.get(path)
        if field is not None and field.requirement == "CONDITIONAL" and field.conditional is None:
            yield path


def _contents(values: Mapping[str, Value], path: str) -> frozenset[str]:
    return values.get(path, Value()).contents
