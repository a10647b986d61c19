"""Attachments of forms: the source of the content, read once and checked before it is sent."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from smsreg.errors import InvalidRequestError
from smsreg.registration.file_facts import FileFacts, facts_of, without_metadata

if TYPE_CHECKING:
    from typing_extensions import Buffer

MAX_BYTES = 5 * 1024 * 1024
"""Largest attachment in bytes. The limit has been 500 KB and 1 MiB; the model of 2026 has 5 MB."""

Source = Literal["file", "bytes", "s3", "existing"]

_S3_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.{1,1024}", re.DOTALL)
_ID = re.compile(r"[A-Za-z0-9_:/-]{1,256}")
_OPEN_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
"""A FIFO is refused instead of waited for; a link that took the file's place is not followed."""
_SUFFIXES = {"pdf": "PDF", "png": "PNG", "jpg": "JPEG", "jpeg": "JPEG"}


class AttachmentError(InvalidRequestError):
    """The content of an attachment cannot be used; ``rule`` names what it breaks."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(None, [("attachment", message)])
        self.rule = rule
        self.reason = message


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of an attachment that passed the checks, and their facts."""

    data: bytes = field(repr=False)
    facts: FileFacts

    @property
    def digest(self) -> str:
        """The SHA-256 of the content, which is uploaded once."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a form: on disk, in memory, in S3, or uploaded already.

    Nothing is read by the constructors: a check or a plan reports what is wrong with the file
    together with everything else.
    """

    source: Source
    reference: str = field(default="", repr=False)
    data: bytes = field(default=b"", repr=False)
    folder: str | None = field(default=None, repr=False)
    """The folder that a file must not lie outside of, links followed; None for any."""
    strip_metadata: bool = False
    """Whether metadata (EXIF, XMP, comments) is removed from an image before the upload."""

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        *,
        strip_metadata: bool = False,
        folder: str | os.PathLike[str] | None = None,
    ) -> Attachment:
        """Take a regular file: PDF, JPEG or PNG.

        Args:
            path: The file; relative paths start at ``folder``, or at the working directory.
            strip_metadata: Remove metadata, such as the place where a photo was taken.
            folder: A folder that the file must lie in, also when it is a link.
        """
        return cls(
            "file",
            os.fspath(path),
            folder=None if folder is None else os.fspath(folder),
            strip_metadata=strip_metadata,
        )

    @classmethod
    def from_bytes(cls, data: Buffer, *, strip_metadata: bool = False) -> Attachment:
        """Take content that is in memory: PDF, JPEG or PNG."""
        return cls("bytes", data=bytes(data), strip_metadata=strip_metadata)

    @classmethod
    def from_s3(cls, url: str) -> Attachment:
        """Take an object in S3, ``s3://bucket/key``, which the service reads by itself."""
        return cls("s3", url)

    @classmethod
    def existing(cls, attachment_id: str) -> Attachment:
        """Take an attachment that is uploaded already, by its id or ARN."""
        return cls("existing", attachment_id)

    def load(self, *, max_bytes: int = MAX_BYTES) -> Content | None:
        """Read and check the content; None for what the service reads or has already.

        Blocks on the disk: call it in a thread where a loop runs.

        Raises:
            AttachmentError: The file or the reference cannot be used; the message says why.
        """
        if self.source == "s3":
            _check_reference(_S3_URL, self.reference, "an S3 URL has the form s3://bucket/key")
            suffix = self.reference.rpartition(".")[2].lower()
            if suffix not in _SUFFIXES:
                raise AttachmentError("attachment-kind", "the key must end in .pdf, .png or .jpg")
            return None
        if self.source == "existing":
            _check_reference(_ID, self.reference, "this is no id of an attachment")
            return None
        data = self.data if self.source == "bytes" else self._read(max_bytes)
        _check_size(len(data), max_bytes)
        facts = facts_of(data)
        if facts is None:
            raise AttachmentError(
                "attachment-kind", "the content is not a PDF, JPEG or PNG file, as it must be"
            )
        self._check_name(facts.kind)
        if self.strip_metadata:
            data = without_metadata(data)
            facts = facts_of(data) or facts
        return Content(data, facts)

    def _read(self, max_bytes: int) -> bytes:
        real = self._real_path()
        try:
            descriptor = os.open(real, os.O_RDONLY | _OPEN_FLAGS)
        except FileNotFoundError:
            raise AttachmentError("attachment-file", "there is no such file") from None
        except OSError:
            raise AttachmentError("attachment-file", "the file cannot be opened") from None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
                raise AttachmentError("attachment-file", f"this is {kind}: give a file")
            _check_size(status.st_size, max_bytes)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                # One byte beyond the limit, as the file may grow while it is read.
                return file.read(max_bytes + 1)
        except OSError:
            raise AttachmentError("attachment-file", "the file cannot be read") from None
        finally:
            os.close(descriptor)

    def _real_path(self) -> str:
        try:
            real = os.path.realpath(Path(self.folder or "", self.reference))
            root = os.path.realpath(self.folder or "/")
        except (OSError, ValueError):
            raise AttachmentError("attachment-file", "this is no path of a file") from None
        if self.folder is not None and not Path(real).is_relative_to(root):
            raise AttachmentError("attachment-file", "the file lies outside of the draft's folder")
        return real

    def _check_name(self, kind: str) -> None:
        suffix = Path(self.reference).suffix.lower().lstrip(".") if self.source == "file" else ""
        named = _SUFFIXES.get(suffix)
        if suffix and named != kind:
            raise AttachmentError(
                "attachment-kind",
                f"the content is {kind}, and the file's name says otherwise: rename the file",
            )


def _check_reference(pattern: re.Pattern[str], text: object, message: str) -> None:
    if not isinstance(text, str) or pattern.fullmatch(text) is None:
        raise AttachmentError("attachment-reference", message)


def _check_size(size: int, max_bytes: int) -> None:
    if size == 0:
        raise AttachmentError("attachment-size", "the file is empty")
    if size > max_bytes:
        raise AttachmentError(
            "attachment-size", f"the file has {size:,} bytes, and at most {max_bytes:,} are taken"
        )
