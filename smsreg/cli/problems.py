"""Problems and steps as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.cli.output import STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smsreg.cli.output import Output
    from smsreg.registration import FormProblem, Step


def show_problems(output: Output, problems: Iterable[FormProblem]) -> None:
    """Show each problem with its rule's name, which ``--ignore`` takes."""
    for problem in problems:
        subject = f"{problem.field}: " if problem.field else ""
        text = f"{subject}{problem.message} [{problem.rule}]"
        output.item(problem.severity, text, STYLES[problem.severity])


def show_steps(output: Output, steps: Iterable[Step], label: str | None = None) -> None:
    """Show each step, numbered where no label is given."""
    for number, step in enumerate(steps, 1):
        output.item(label or f"{number}.", str(step), "yellow" if step.needs_confirmation else "")
