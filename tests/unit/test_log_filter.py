"""Other libraries' log records: those within smsreg's calls keep only their template."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from smsreg._runtime import call as attempts
from smsreg._runtime.aws import log_filter

if TYPE_CHECKING:
    from collections.abc import Iterator

PHONE, TEXT = "+12065550142", "your code is 4711"


class Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(params=log_filter.LIBRARIES)
def library(request: pytest.FixtureRequest) -> Iterator[logging.Logger]:
    logger = logging.getLogger(f"{request.param}.of_this_test.deep")
    logger.setLevel(logging.DEBUG)
    yield logger
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def log() -> Iterator[Log]:
    handler = Log()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def within_a_call() -> Iterator[None]:
    """Run the test as if inside a call of smsreg."""
    token = attempts.current_attempt.set(object())  # type: ignore[arg-type]  # any object will do
    yield
    attempts.current_attempt.reset(token)


def written(logger: logging.Logger, log: Log) -> tuple[logging.LogRecord, logging.LogRecord]:
    log.records.clear()
    try:
        int(PHONE + TEXT)
    except ValueError:
        logger.debug("to %s: %s", PHONE, TEXT, exc_info=True, stack_info=True)
    logger.debug(TEXT)
    assert len(log.records) == 2
    return log.records[0], log.records[1]


@pytest.mark.usefixtures("within_a_call")
def test_records_of_smsreg_calls_keep_only_their_template(
    library: logging.Logger, log: Log
) -> None:
    with log_filter.quiet():
        with_arguments, without = written(library, log)
    assert with_arguments.getMessage() == f"to %s: %s {log_filter.WITHHELD}"
    assert without.getMessage() == log_filter.WITHHELD
    for record in (with_arguments, without):
        assert record.args == ()
        assert record.exc_info is record.exc_text is record.stack_info is None
        assert PHONE not in logging.Formatter().format(record)


def test_records_of_others_pass_as_they_are(library: logging.Logger, log: Log) -> None:
    with log_filter.quiet():
        with_arguments, without = written(library, log)
    assert with_arguments.getMessage() == f"to {PHONE}: {TEXT}"
    assert with_arguments.exc_info
    assert with_arguments.stack_info
    assert without.getMessage() == TEXT


@pytest.mark.usefixtures("within_a_call")
def test_logs_are_withheld_until_the_last_client_is_closed(
    library: logging.Logger, log: Log
) -> None:
    before = list(library.filters)
    for opened in (1, 2):  # the count is correct the second time too
        first, second = log_filter.quiet(), log_filter.quiet()
        first.__enter__()
        second.__enter__()
        assert len(library.filters) == len(before) + 1, opened
        first.__exit__(None, None, None)
        assert written(library, log)[1].getMessage() == log_filter.WITHHELD
        second.__exit__(None, None, None)
        assert library.filters == before
        assert written(library, log)[1].getMessage() == TEXT


def test_an_error_inside_ends_it_too(library: logging.Logger) -> None:
    before = list(library.filters)
    with pytest.raises(ZeroDivisionError), log_filter.quiet():
        raise ZeroDivisionError
    assert library.filters == before


def test_loggers_of_others_are_left_alone() -> None:
    other = logging.getLogger("botocores.of_this_test")
    with log_filter.quiet():
        assert other.filters == []
        assert logging.getLogger("smsreg").filters == []
