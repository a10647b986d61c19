"""Every rule that botocore's shapes define for a request, and requests that break just one."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from . import shapes
from .attributes import attribute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.model import Shape
    from hypothesis.strategies import DrawFn, SearchStrategy

MARK = "hush-7359"
"""Part of every invalid value whose rule allows it: no error message may contain it."""
MARK_NUMBER = 73597359

BREAKERS = ("\n", "\t", " ", "\x00", "!", "a", "0", "é", "~")
"""Characters inserted into a valid string until it breaks its pattern."""

ITEM, KEY, VALUE = "[]", "{key}", "{value}"
"""Steps into lists and maps; any other step is a structure's member."""


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule for one position in an operation's input.

    Attributes:
        root: The input.
        steps: The path from the input to the position.
        shape: The shape at the position.
        name: The kind of rule.
        hint: Text that the problem's message contains.
        member: The member that is missing or unknown, below the position; empty for other rules.
        broken: Values for the position that break this rule and no other.
    """

    root: Shape
    steps: tuple[str, ...]
    shape: Shape
    name: str
    hint: str
    broken: SearchStrategy[Any]
    member: str = ""

    def __str__(self) -> str:
        return f"{'.'.join(self.steps) or 'input'}{self.member and f'.{self.member}'}: {self.name}"


@dataclass(frozen=True)
class Violation:
    """A request that breaks one rule.

    Attributes:
        parameters: The request, as boto3's parameters.
        path: The path of the value, in boto3's names.
        attributes: The same path, in attribute names.
        value: The value that breaks the rule.
    """

    parameters: dict[str, Any]
    path: str
    attributes: str
    value: Any


def rules(root: Shape | None) -> tuple[Rule, ...]:
    """Yield every rule of an operation's input, at every depth."""
    return () if root is None else tuple(_rules(root, root, ()))


def _rules(root: Shape, shape: Shape, steps: tuple[str, ...]) -> Iterator[Rule]:
    for name, hint, broken, *member in _rules_of(shape, key=steps[-1:] == (KEY,)):
        if steps or name != "wrong type":
            yield Rule(root, steps, shape, name, hint, broken, *member)
    if shape.type_name == "structure":
        for name, inner in shape.members.items():
            yield from _rules(root, inner, (*steps, name))
    elif shape.type_name == "list":
        yield from _rules(root, shape.member, (*steps, ITEM))
    elif shape.type_name == "map":
        yield from _rules(root, shape.key, (*steps, KEY))
        yield from _rules(root, shape.value, (*steps, VALUE))


Found = tuple[Any, ...]


def _rules_of(shape: Shape, *, key: bool) -> Iterator[Found]:
    wrong = WRONG_TYPES[shape.type_name]
    if key:
        wrong = tuple(value for value in wrong if isinstance(value, (int, float)))
    yield "wrong type", "should be", st.sampled_from(wrong)
    more = _RULES.get(shape.type_name)
    if more is not None:
        yield from more(shape)


def _list_rules(shape: Shape) -> Iterator[Found]:
    low, high = shapes.limits(shape)
    yield from _size_rules(low, high, lambda size: _repeated(shape, size))


def _map_rules(shape: Shape) -> Iterator[Found]:
    low, high = shapes.limits(shape)
    if high is not None and shape.key.enum and len(shape.key.enum) <= high:
        high = None  # there are not as many keys
    yield from _size_rules(low, high, lambda size: _many(shape, size))


def _string_rules(shape: Shape) -> Iterator[Found]:
    if shape.enum:
        unknown = st.one_of(st.text(), st.sampled_from(shape.enum).map(str.lower), st.just(MARK))
        yield "enum", "should be", unknown.filter(lambda text: text not in shape.enum)
        return
    low, high = shapes.limits(shape)
    yield from _size_rules(low, high, _texts)
    if shape.metadata.get("pattern"):
        yield "pattern", "pattern", _unmatched(shape)


def _blob_rules(shape: Shape) -> Iterator[Found]:
    low, high = shapes.limits(shape)
    yield from _size_rules(low, high, lambda size: st.just(_sized(MARK.encode(), size)))


def _structure_rules(shape: Shape) -> Iterator[Found]:
    members = shape.members
    whole = shapes.structure(shape)
    yield "unknown member", "not permitted", whole.map(lambda d: {**d, "Unheard": MARK}), "Unheard"
    for name in shape.required_members:
        yield "missing", "required", shapes.structure(shape, never=[name]), name
        yield "null", "should be", whole.map(lambda d, name=name: {**d, name: None}), name
    if shape.is_tagged_union:
        yield "no member of a union", "xactly one", st.just({})
        pairs = st.sampled_from(list(itertools.combinations(members, 2)))
        two = pairs.flatmap(
            lambda pair: st.fixed_dictionaries({n: shapes.valid(members[n]) for n in pair})
        )
        yield "two members of a union", "xactly one", two


def _size_rules(low: int | None, high: int | None, sized: Any) -> Iterator[Found]:
    if low:
        yield "too small", f"at least {low} ", sized(low - 1)
    if high is not None:
        yield "too large", f"at most {high} ", sized(high + 1)


def _range_rules(shape: Shape) -> Iterator[Found]:
    low, high = shapes.limits(shape)
    whole = shape.type_name in shapes.INT_BITS
    if low is not None:
        below = (
            st.integers(max_value=low - 1)
            if whole
            else st.floats(max_value=low, exclude_max=True, allow_nan=False)
        )
        yield "below the range", f"greater than or equal to {low}", below
    if high is not None:
        above = (
            st.integers(min_value=high + 1)
            if whole
            else st.floats(min_value=high, exclude_min=True, allow_nan=False)
        )
        yield "above the range", f"less than or equal to {high}", above


_RULES: dict[str, Callable[[Shape], Iterator[Found]]] = {
    "structure": _structure_rules,
    "list": _list_rules,
    "map": _map_rules,
    "string": _string_rules,
    "blob": _blob_rules,
    "integer": _range_rules,
    "long": _range_rules,
    "float": _range_rules,
    "double": _range_rules,
}


def _texts(size: int) -> SearchStrategy[str]:
    marked = st.just(_sized(MARK, size))
    if size > shapes.ROOM:
        return marked
    return marked | st.text(shapes.CHARACTERS, min_size=size, max_size=size)


def _sized(value: Any, size: int) -> Any:
    return (value * (size // len(value) + 1))[:size]


def _repeated(shape: Shape, size: int) -> SearchStrategy[Any]:
    return shapes.valid(shape.member).map(lambda item: [item] * size)


def _many(shape: Shape, size: int) -> SearchStrategy[Any]:
    """Return a strategy for maps of a size, with as many different keys that fit their pattern."""
    key = shape.key.metadata
    test = shapes.fits(key.get("pattern"), key.get("min") or 0, key.get("max"))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    keys = [first + second for first in letters for second in letters if test(first + second)]
    return shapes.valid(shape.value).map(lambda value: dict.fromkeys(keys[:size], value))


@st.composite
def _unmatched(draw: DrawFn, shape: Shape) -> str:
    """Draw a string of valid length that the pattern does not match as a whole."""
    low, high = shapes.limits(shape)
    length = shapes.fits(None, low or 0, high)
    match = shapes.fits(shape.metadata["pattern"], low or 0, high)
    text = draw(shapes.valid(shape))
    position = draw(st.sampled_from([0, len(text), len(text) // 2]))
    candidates = [character * max(low or 1, 1) for character in " \n"]
    for breaker in (*BREAKERS, f" {MARK}"):
        candidates += [
            text[:position] + breaker + text[position:],
            text[:position] + breaker + text[position + len(breaker) :],
            breaker + text[len(breaker) :],
        ]
    return draw(st.sampled_from([c for c in candidates if length(c) and not match(c)]))


WRONG_TYPES: dict[str, tuple[Any, ...]] = {
    "structure": (MARK, MARK_NUMBER, [MARK], True),
    "list": (MARK, MARK_NUMBER, {MARK: MARK}, True),
    "map": (MARK, MARK_NUMBER, [MARK], True),
    "string": (MARK_NUMBER, [MARK], {MARK: MARK}, True, 73597359.5),
    "blob": (MARK, MARK_NUMBER, [MARK], True),
    "boolean": (MARK, MARK_NUMBER, [MARK], "true", 1),
    "integer": (MARK, [MARK], True, "5", 73597359.5),
    "long": (MARK, [MARK], True, "5", 73597359.5),
    "float": (MARK, [MARK], True, "5.5"),
    "double": (MARK, [MARK], True, "5.5"),
    "timestamp": (MARK, [MARK], {MARK: MARK}),
}
"""Values of another type, among them those that lax validation would convert."""


# -- the request around a broken value -----------------------------------------------------------


@st.composite
def violations(draw: DrawFn, rule: Rule) -> Violation:
    """Draw a request that breaks one rule at one position and is valid everywhere else."""
    value = draw(rule.broken)
    parameters, path, attributes = _around(draw, rule.root, rule.steps, value)
    member = rule.member if rule.name == "unknown member" else attribute(rule.member)
    return Violation(parameters, _join(path, rule.member), _join(attributes, member), value)


def _around(draw: DrawFn, shape: Shape, steps: tuple[str, ...], value: Any) -> tuple[Any, str, str]:
    """Draw the request around a value; return it and the value's path, in both kinds of names."""
    if not steps:
        return value, "", ""
    step, rest = steps[0], steps[1:]
    if step == ITEM:
        inner, path, attributes = _around(draw, shape.member, rest, value)
        low, high = shapes.limits(shape)
        least, most = max((low or 0) - 1, 0), (shapes.SMALL if high is None else high) - 1
        items = draw(
            st.lists(
                shapes.valid(shape.member),
                min_size=least,
                max_size=max(least, min(most, shapes.SMALL)),
            )
        )
        position = draw(st.integers(0, len(items)))
        items.insert(position, inner)
        index = f"[{position}]"
        return items, _join(index, path), _join(index, attributes)
    if step == KEY:
        return {value: draw(shapes.valid(shape.value))}, "", ""
    if step == VALUE:
        key = draw(shapes.valid(shape.key).filter(_legible))
        inner, path, attributes = _around(draw, shape.value, rest, value)
        return {key: inner}, _join(key, path), _join(key, attributes)
    inner, path, attributes = _around(draw, shape.members[step], rest, value)
    contents = draw(_siblings(shape, step))
    here = attribute(step)
    return {**contents, step: inner}, _join(step, path), _join(here, attributes)


@cache
def _siblings(shape: Shape, member: str) -> SearchStrategy[dict[str, Any]]:
    """Return a strategy for a member's siblings: the required ones, and at most two others."""
    if shape.is_tagged_union:
        return st.just({})
    members = {n: shapes.valid(inner) for n, inner in shape.members.items() if n != member}
    required = {n: value for n, value in members.items() if n in shape.required_members}
    optional = st.one_of(
        st.just({}),
        *(st.fixed_dictionaries({n: v}) for n, v in members.items() if n not in required),
    )
    return st.tuples(st.fixed_dictionaries(required), optional, optional).map(
        lambda parts: parts[0] | parts[1] | parts[2]
    )


def _legible(key: str) -> bool:
    """Return whether a map's key appears unescaped in a path."""
    return key.isascii() and key.isprintable() and key[:1] not in {"", "["}


def _join(first: str, rest: str) -> str:
    return f"{first}.{rest}" if first and rest and not rest.startswith("[") else first + rest
