"""Blobs: every kind of accepted input, and inputs that are refused without being shown."""

from __future__ import annotations

import base64
import io
import os
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from smsreg import InvalidRequestError
from smsreg._runtime.models import blobs
from smsreg.sms_voice import CreateRegistrationAttachmentRequest
from smsreg.social_messaging import CreateWhatsAppMessageTemplateInput, SendWhatsAppMessageInput

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT = b"%PDF-1.4 \xfb\xff\xfe secret-content"


def attachment(body: Any) -> bytes | None:
    return CreateRegistrationAttachmentRequest(attachment_body=body).attachment_body


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "proof.pdf"
    path.write_bytes(CONTENT)
    return path


class OneByteAtATime(io.RawIOBase):
    def __init__(self) -> None:
        self._rest = io.BytesIO(CONTENT)

    def read(self, size: int = -1) -> bytes:
        return self._rest.read(min(size, 1))


@pytest.mark.parametrize(
    "value",
    [
        bytes,
        bytearray,
        memoryview,
        io.BytesIO,
        lambda _: OneByteAtATime(),
        lambda content: base64.b64encode(content).decode(),
        lambda content: base64.urlsafe_b64encode(content).decode(),
        lambda content: base64.b64encode(content).decode().rstrip("="),
        lambda content: memoryview(content + content)[::1][: len(content)],
    ],
)
def test_accepted_inputs_for_a_blob(value: Callable[[bytes], Any]) -> None:
    assert attachment(value(CONTENT)) == CONTENT
    boto = CreateRegistrationAttachmentRequest.from_boto({"AttachmentBody": value(CONTENT)})
    assert type(boto.attachment_body) is bytes
    assert boto.to_boto() == {"AttachmentBody": CONTENT}


def test_files_and_open_files(file: Path) -> None:
    assert attachment(file) == CONTENT
    with file.open("rb") as stream:
        assert attachment(stream) == CONTENT
        assert not stream.closed
    with tempfile.SpooledTemporaryFile() as spooled:
        spooled.write(CONTENT)
        spooled.seek(5)
        assert attachment(spooled) == CONTENT[5:]


def test_a_path_of_bytes(file: Path) -> None:
    class BytesPath:
        def __fspath__(self) -> bytes:
            return os.fsencode(file)

    assert attachment(BytesPath()) == CONTENT


def refused(body: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        attachment(body)
    ((detail,)) = caught.value.errors()
    assert detail["loc"] == ("attachment_body",)
    assert "secret" not in str(caught.value) + caught.value.json() + repr(caught.value.errors())
    assert caught.value.__cause__ is None
    return detail["msg"]


@pytest.mark.parametrize(
    "text",
    [
        "plain text, secret",
        "{}",
        "YQ=",
        "YR==",
        "Y!Q=",
        "YQ==\n",
        "ab",
        "+/-_",
        "ü",
        "=",
        "secret=",
    ],
)
def test_other_text_is_refused_with_what_to_do(text: str) -> None:
    message = refused(text)
    assert "base64" in message
    assert "encode()" in message


def test_paths_that_are_not_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "socket"))
        for path in (tmp_path, tmp_path / "fifo", tmp_path / "link", tmp_path / "socket"):
            assert refused(path) == "Path should lead to a regular file"
    assert refused(Path("/dev/zero")) == "Path should lead to a regular file"
    message = refused(tmp_path / "secret-name")
    assert message == "The file cannot be read: No such file or directory"


class Failing:
    def __init__(self, result: Any) -> None:
        self.result = result

    def read(self, _size: int) -> Any:
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


class Awaitable:
    async def read(self, _size: int) -> bytes:
        raise AssertionError


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (io.StringIO("secret"), "mode 'rb'"),
        (Failing(None), "mode 'rb'"),
        (Failing(OSError("secret")), "cannot be read: OSError"),
        (Failing(ZeroDivisionError("secret")), "cannot be read: ZeroDivisionError"),
        (Awaitable(), "asynchronous"),
        (7, "base64 text"),
        (["secret"], "base64 text"),
        (object(), "base64 text"),
    ],
)
def test_streams_that_are_not_binary(stream: Any, message: str) -> None:
    assert message in refused(stream)


def test_a_closed_stream() -> None:
    stream = io.BytesIO(CONTENT)
    stream.close()
    assert refused(stream) == "The stream cannot be read: ValueError"


class Counting(io.RawIOBase):
    def __init__(self) -> None:
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        self.count += size
        return bytes(size)


def test_no_more_is_read_than_the_limit_allows(tmp_path: Path) -> None:
    model, limit = CreateWhatsAppMessageTemplateInput, 6000
    exact = tmp_path / "exact"
    exact.write_bytes(bytes(limit))
    assert len(model(id="waba-1", template_definition=exact).template_definition) == limit  # type: ignore[arg-type]  # converted
    larger = tmp_path / "larger"
    with larger.open("wb") as file:
        file.truncate(1 << 40)  # a sparse file of a terabyte
    endless = Counting()
    text = base64.b64encode(bytes(limit + 1)).decode()
    for body in (larger, endless, text):
        with pytest.raises(ValidationError, match="at most 6000 bytes"):
            model(id="waba-1", template_definition=body)  # type: ignore[arg-type]  # converted
    assert endless.count == limit + 1


def test_a_limit_where_the_model_states_none() -> None:
    endless = Counting()
    with pytest.raises(Exception, match=f"at most {blobs.LARGEST_BLOB} bytes"):
        blobs.BlobMarker().read(endless)
    assert endless.count == blobs.LARGEST_BLOB + 1


def test_empty_blobs_break_the_rule_and_no_more() -> None:
    for body in (b"", bytearray(), io.BytesIO(), ""):
        assert "at least 1 byte" in refused(body)


def test_a_stream_is_read_once_and_the_model_keeps_the_bytes() -> None:
    stream = io.BytesIO(CONTENT)
    request = SendWhatsAppMessageInput(
        origination_phone_number_id="phone-number-id-1",
        message=stream,  # type: ignore[arg-type]  # converted
        meta_api_version="v20.0",
    )
    assert request.message == CONTENT
    assert stream.read() == b""
    assert request.to_boto()["message"] == CONTENT


def test_json_has_the_standard_alphabet() -> None:
    request = CreateRegistrationAttachmentRequest(attachment_body=CONTENT)
    text = request.model_dump(mode="json")["attachment_body"]
    assert base64.b64decode(text, validate=True) == CONTENT
    assert request.model_dump()["attachment_body"] == CONTENT
    assert (
        CreateRegistrationAttachmentRequest.model_validate_json(request.model_dump_json())
        == request
    )


def test_plain_text_in_boto3s_dictionary_is_named_by_its_member() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        SendWhatsAppMessageInput.from_boto({"message": '{"to": "+12065550142"}'})
    problems = dict(caught.value.problems)
    assert "base64" in problems["message"]
    assert "+12065550142" not in str(caught.value)
