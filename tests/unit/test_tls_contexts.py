"""TLS contexts are created once for the same settings, and again when a file has changed."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

import pytest

from smsreg._runtime.aws.tls_contexts import MOST, TlsSettings, context_of, new_context
from tests.support.server import TLS

if TYPE_CHECKING:
    from pathlib import Path


class Maker:
    """Creates contexts and counts them; fails while ``fails`` is set."""

    def __init__(self) -> None:
        self.made: list[TlsSettings] = []
        self.fails = False

    def __call__(self, settings: TlsSettings) -> ssl.SSLContext:
        self.made.append(settings)
        if self.fails:
            raise FileNotFoundError
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture
def bundle(tmp_path: Path) -> str:
    """A separate file for each test, so that no context is cached."""
    path = tmp_path / "ca.crt"
    path.write_bytes((TLS / "localhost.crt").read_bytes())
    return str(path)


def test_equal_settings_share_a_context(bundle: str) -> None:
    maker = Maker()
    first = context_of(TlsSettings(bundle), maker).result()
    assert context_of(TlsSettings(bundle), maker).result() is first
    assert context_of(TlsSettings(bundle, bundle), maker).result() is not first
    assert maker.made == [TlsSettings(bundle), TlsSettings(bundle, bundle)]


def test_a_file_that_changes_is_read_again(bundle: str) -> None:
    maker = Maker()
    first = context_of(TlsSettings(bundle), maker).result()
    os.utime(bundle, (1, 1))
    assert context_of(TlsSettings(bundle), maker).result() is not first


def test_a_failed_context_is_created_again(bundle: str) -> None:
    maker = Maker()
    maker.fails = True
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            context_of(TlsSettings(bundle), maker).result()
    maker.fails = False
    context_of(TlsSettings(bundle), maker).result()
    assert len(maker.made) == 3


def test_only_so_many_are_kept(bundle: str) -> None:
    maker = Maker()
    for number in range(MOST + 1):
        context_of(TlsSettings(bundle, str(number)), maker).result()
    context_of(TlsSettings(bundle, "0"), maker).result()
    assert len(maker.made) == MOST + 2


def test_verification(bundle: str) -> None:
    context = new_context(TlsSettings(bundle))
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert [each["serialNumber"] for each in context.get_ca_certs()] != []
    context = new_context(TlsSettings(verify=False))
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)
    assert context.get_ca_certs() == []
