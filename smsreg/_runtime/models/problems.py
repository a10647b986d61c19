"""What a validation found wrong, as paths and rules without the refused values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg._runtime.models.redaction import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError


def problems(error: ValidationError) -> Iterator[tuple[str, str]]:
    """List what pydantic found, as (member path, rule), without the values."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    # A refused key of a map is an offending value itself: the path ends at its map.
    refused = {detail["loc"][:-1] for detail in details if detail["loc"][-1:] == (KEY,)}
    for detail in details:
        location = detail["loc"]
        ends = (end for end in range(1, len(location) + 1) if location[:end] in refused)
        end = next(ends, len(location) + 1)
        yield _path(location[: end - 1]), detail["msg"]


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path
