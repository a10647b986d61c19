"""Output to a terminal."""

from __future__ import annotations

import io

import pytest

from smsreg.cli.console import Console, bold, duration, good


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Bytes(io.TextIOWrapper):
    def __init__(self, encoding):
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n")

    @property
    def written(self):
        return self.buffer.getvalue()


def test_colour_on_a_terminal():
    stream = Terminal()
    Console(stream, {"TERM": "xterm"}).write(bold("a"), " ", good("b"), bold(""))
    assert stream.getvalue() == "\x1b[1ma\x1b[0m \x1b[32mb\x1b[0m\n"


@pytest.mark.parametrize(
    ("stream", "environment"),
    [
        (io.StringIO(), {"TERM": "xterm"}),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}),
        (Terminal(), {"TERM": "dumb"}),
    ],
)
def test_no_colour_elsewhere(stream, environment):
    Console(stream, environment).write(bold("a"))
    assert stream.getvalue().endswith("a\n")
    assert "\x1b" not in stream.getvalue()


def test_an_empty_no_color_means_nothing():
    stream = Terminal()
    Console(stream, {"NO_COLOR": "", "TERM": "xterm"}).write(bold("a"))
    assert "\x1b[1m" in stream.getvalue()


@pytest.mark.parametrize(("encoding", "done"), [("utf-8", "✓"), ("ascii", "ok"), ("cp1252", "ok")])
def test_signs_that_the_encoding_has(encoding, done):
    assert Console(Bytes(encoding), {}).glyphs.done == done


def test_characters_that_the_encoding_lacks():
    stream = Bytes("ascii")
    Console(stream, {}).write("Città")
    assert stream.written == b"Citt?\n"


def test_control_characters_are_spelt_out():
    stream = io.StringIO()
    Console(stream, {}).write(bold("a\x1b[2J\nb"), "\u202e")
    assert stream.getvalue() == "a\\x1b[2J\\nb\\u202e\n"


def test_trailing_space_is_left_out():
    stream = io.StringIO()
    Console(stream, {}).write("a  ")
    assert stream.getvalue() == "a\n"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0 ms"), (0.0126, "13 ms"), (1.0, "1.00 s"), (12.345, "12.35 s")]
)
def test_duration(seconds, text):
    assert duration(seconds) == text
