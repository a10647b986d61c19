"""Requests that break one rule of the service's model are refused before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsreg import InvalidRequestError
from tests.support.sampling import RANDOM_CASES

from .attributes import attribute, snake_case
from .cases import CASES, Case, budget
from .violations import KEY, MARK, MARK_NUMBER, Rule, Violation, rules, violations

if TYPE_CHECKING:
    from .clients import Clients

pytestmark = pytest.mark.sampled


RULES_PER_CASE = 3
"""The rules that one case breaks: with more, its data would be too large for hypothesis."""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_broken_rule_is_refused(case: Case) -> None:
    request_type = case.operation.request_type
    every = rules(case.input_shape)
    cases = max(1, RANDOM_CASES // 10, -(-RANDOM_CASES // max(len(every), 1)))
    failures: list[str] = []

    def check(some: tuple[Rule, ...]) -> None:
        @budget(cases)
        @given(st.tuples(*map(violations, some)))
        def each(broken: tuple[Violation, ...]) -> None:
            for rule, violation in zip(some, broken, strict=True):
                try:
                    with pytest.raises(InvalidRequestError) as caught:
                        request_type.from_boto(violation.parameters)
                    assert_one_problem(caught.value, violation.path, violation, rule)
                except (AssertionError, pytest.fail.Exception) as error:  # noqa: PERF203 -- all are listed
                    failures.append(f"{rule}\n    {error}")

        each()

    for start in range(0, len(every), RULES_PER_CASE):
        check(every[start : start + RULES_PER_CASE])
    assert not failures, "\n".join(["rules that are not kept:", *failures])


def below_the_top(case: Case) -> list[Rule]:
    """Yield the rules that a call can break: a missing or unknown parameter is a TypeError."""
    return [rule for rule in rules(case.input_shape) if rule.steps]


@pytest.mark.parametrize("case", [case for case in CASES if below_the_top(case)], ids=str)
def test_calls_that_break_a_rule_send_nothing(case: Case, clients: Clients) -> None:
    every = below_the_top(case)
    client = clients.client(case)

    @budget()
    @given(st.data())
    def check(data: st.DataObject) -> None:
        rule = data.draw(st.sampled_from(every), label="rule")
        violation = data.draw(violations(rule), label="violation")
        keywords = {attribute(name): value for name, value in violation.parameters.items()}
        if data.draw(st.booleans(), label="attributes at every depth"):
            keywords = snake_case(case.input_shape, violation.parameters)
        clients.sent.clear()
        with pytest.raises(InvalidRequestError) as caught:
            clients.run(call(client, case.method, keywords))
        assert not clients.sent
        assert caught.value.operation_name == case.model.name
        assert_one_problem(caught.value, violation.attributes, violation, rule)

    check()


MAP_KEYS = [
    pytest.param(case, rule, id=f"{case} {rule}")
    for case in CASES
    for rule in rules(case.input_shape)
    if rule.steps[-1:] == (KEY,)
]


@pytest.mark.sampled("case")
@pytest.mark.parametrize(("case", "rule"), MAP_KEYS)
def test_a_refused_key_of_a_map_is_not_shown_with_its_value_either(case: Case, rule: Rule) -> None:
    both = rule.broken.map(lambda key: {key: [MARK_NUMBER]})
    around = replace(rule, steps=rule.steps[:-1], broken=both)

    @budget()
    @given(violations(around))
    def check(violation: Violation) -> None:
        with pytest.raises(InvalidRequestError) as caught:
            case.operation.request_type.from_boto(violation.parameters)
        assert {path for path, _ in caught.value.problems} == {violation.path}
        (key,) = violation.value
        assert_hidden(caught.value, key)

    check()


async def call(client: Any, method: str, keywords: dict[str, Any]) -> None:
    """Call a method; a paginated one is awaited for its first page."""
    await getattr(client, method)(**keywords)


def assert_one_problem(
    error: InvalidRequestError, path: str, violation: Violation, rule: Rule
) -> None:
    assert [found for found, _ in error.problems] == [path]
    ((_, message),) = error.problems
    assert rule.hint in message
    assert_hidden(error, violation.value)


def assert_hidden(error: InvalidRequestError, value: Any) -> None:
    for text in (str(error), repr(error), repr(error.problems)):
        assert MARK not in text
        assert str(MARK_NUMBER) not in text
        if isinstance(value, str) and len(value) > len(MARK):
            assert value not in text
