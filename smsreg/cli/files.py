"""Files that a command reads and writes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from smsreg.errors import ConfigurationError, InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from smsreg.registration import RegistrationDraft

T = TypeVar("T")


class FileError(Exception):
    """A file that cannot be used.

    Attributes:
        problems: Each as (place in the file, what is wrong there).
    """

    def __init__(self, reason: str, problems: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(reason)
        self.problems: list[tuple[str, str]] = list(problems)


def read_drafts(paths: Iterable[str]) -> list[RegistrationDraft]:
    """Read the drafts of all files.

    Raises:
        FileError: A file cannot be read, holds something that is no draft, or has none.
        ConfigurationError: PyYAML is not installed.
    """
    from smsreg.registration import RegistrationDraft

    drafts: list[RegistrationDraft] = []
    for path in paths:
        found = read(path, RegistrationDraft.read_all)
        if not found:
            msg = f"{path}: there is no draft in it"
            raise FileError(msg)
        drafts += found
    return drafts


def read(path: str, reader: Callable[[str], T]) -> T:
    """Read a file, with its name in the errors.

    Raises:
        FileError: It cannot be read, or is not what the reader takes.
    """
    try:
        return reader(path)
    except OSError as error:
        msg = f"{path}: {error.strerror or 'it cannot be read'}"
        raise FileError(msg) from None
    except InvalidRequestError as error:
        msg = f"{path}: the file is not valid"
        raise FileError(msg, error.problems) from None


def write(path: str, text: str, *, force: bool) -> None:
    """Write a new file that only its owner can read.

    Raises:
        FileError: It exists and ``force`` is false, or it cannot be written.
    """
    exclusive = os.O_TRUNC if force else os.O_EXCL
    try:
        descriptor = os.open(Path(path), os.O_WRONLY | os.O_CREAT | exclusive, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        msg = f"{path}: it exists; --force replaces it"
        raise FileError(msg) from None
    except OSError as error:
        msg = f"{path}: {error.strerror or 'it cannot be written'}"
        raise FileError(msg) from None


def as_document(text: str) -> object:
    """Return the content of a draft's YAML: texts, lists and mappings.

    Raises:
        ConfigurationError: PyYAML is not installed.
    """
    try:
        import yaml
    except ImportError:
        message = "this needs PyYAML: pip install 'smsreg[cli]'"
        raise ConfigurationError(message) from None
    return yaml.load(text, yaml.BaseLoader)  # noqa: S506 -- it makes nothing but texts
