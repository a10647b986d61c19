"""Tags as the service accepts them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smsreg.registration.problems import FormProblem
from smsreg.registration.values import entries, plain_text, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TAGS, MAX_KEY, MAX_VALUE = 50, 128, 256
_ALLOWED = re.compile(r"[\w\s.:/=+@-]*")
"""Letters, digits, spaces and these; any other character is refused by the service."""


def fits_tag(value: str) -> bool:
    """Return whether a text can be a tag's value."""
    return len(value) <= MAX_VALUE and _ALLOWED.fullmatch(value) is not None


def check_tags(tags: object) -> Iterator[FormProblem]:
    """Find what is wrong with tags; None stands for no tags."""
    if tags is None:
        return
    given, problems = entries(tags)
    for problem in problems:
        yield FormProblem("tags", "tags", problem.message.replace("field paths", "tag keys"))
    if len(given) > MAX_TAGS:
        yield FormProblem("tags", "tags", f"{len(given)} tags, and at most {MAX_TAGS} are taken")
    for key, raw in given:
        name = f"tags.{shown(key)}"
        value = plain_text(raw)
        if not 1 <= len(key) <= MAX_KEY or _ALLOWED.fullmatch(key) is None:
            message = "a key has 1 to 128 letters, digits, spaces and _.:/=+@-"
            yield FormProblem(name, "tags", message)
        elif key.lower().startswith("aws:"):
            yield FormProblem(name, "tags", "keys that begin with aws: are AWS's own")
        if value is None:
            yield FormProblem(name, "tags", "a tag's value must be text")
        elif not fits_tag(value):
            message = "a value has up to 256 letters, digits, spaces and _.:/=+@-"
            yield FormProblem(name, "tags", message)
