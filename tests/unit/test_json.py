"""JSON with lone surrogates is parsed into text that can be encoded."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from smsreg._json import encodable, read_json

TEXTS = st.text(st.sampled_from('\ud83d\ude00\udfff\\"uda8é\n')) | st.text(st.characters())
DOCUMENTS = st.recursive(
    TEXTS | st.none() | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)


@given(DOCUMENTS)
def test_as_json_reads_it_and_fit_to_be_encoded(document: Any) -> None:
    text = json.dumps(document).encode()
    parsed = json.loads(text)
    read = read_json(text)
    assert read == encodable(parsed)
    assert json.loads(to_json(read)) == read
    try:
        to_json(parsed)
    except ValueError:
        assert read != parsed
    else:
        assert read == parsed
        assert encodable(parsed) is parsed


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (rb'"cut \ud83d"', r"cut \ud83d"),
        (rb'"\uD83D\uDE00 \uDE00\uD83D"', r"😀 \uDE00\uD83D"),
        (rb'"\\ud83d \\\ud83d"', "\\ud83d \\\\ud83d"),
        (rb'{"\ud83d": ["\udbff", null]}', {r"\ud83d": [r"\udbff", None]}),
    ],
)
def test_halves_are_spelled_out(text: bytes, read: object) -> None:
    assert read_json(text) == read


@pytest.mark.parametrize(
    "text", [b"", rb'"\ud83d', rb"\ud83d", rb'"\ud83"', b'"\xed\xa0\xbd"', b'["\\ud83d", NaN]']
)
def test_invalid_json_is_none(text: bytes) -> None:
    with pytest.raises(ValueError, match="at line"):
        read_json(text)


def test_values_inside_themselves() -> None:
    endless: list[object] = ["\ud83d"]
    endless += [endless] * 10
    copy = encodable(endless)
    assert isinstance(copy, list)
    assert copy[0] == r"\ud83d"
    assert copy[1] is copy[10] is copy
    members: dict[str, object] = {"\ud83d": 1}
    members["itself"] = MappingProxyType(members)
    spelled: Any = encodable(members)
    assert spelled["itself"]["itself"] == {r"\ud83d": 1, "itself": spelled["itself"]}


def test_no_more_levels_than_json_has() -> None:
    deep: Any = "\ud83d"
    for _ in range(100_000):
        deep = [deep]
    assert encodable(["\ud83d", deep])[0] == r"\ud83d"  # type: ignore[index]  # a list
