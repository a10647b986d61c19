"""Writes docs/consistency-rules.md from the rules, or compares it (--check)."""

from __future__ import annotations

import sys
from pathlib import Path

from smsreg.registration.consistency import RULES, Rule

PAGE = Path(__file__).resolve().parent.parent / "docs" / "consistency-rules.md"
TOP = """\
<!-- Written by `python .ci/consistency_page.py` from the rules. -->

# Consistency rules

A form can satisfy the rules of all its fields and still be denied because its texts contradict
each other. `form.check(values, consistency=True)` applies the rules below, which are derived from
denials that users of the service have received. A finding is a warning: reviewers decide.

Each rule has a name. It is in `FormProblem.rule`, and `ignore` switches the rule off by it:

```python
from smsreg.registration import Registrar

form = await Registrar(client).form("US_TOLL_FREE_REGISTRATION")
values = {"contactInfo.supportEmail": "example.dental@gmail.com"}
problems = form.check(values, consistency=True, ignore=["required"])
assert [problem.rule for problem in problems] == ["free-mailer"]
assert form.check(values, consistency=True, ignore=["required", "free-mailer"]) == []
```
"""


def page() -> str:
    """Return the page's text."""
    return TOP + "".join(_section(rule) for rule in RULES)


def _section(rule: Rule) -> str:
    lines = ["", f"## {rule.name}", "", rule.summary, "", f"What to do: {rule.remedy}", ""]
    if rule.denials:
        titles = ", ".join(f'"{title}"' for title in rule.denials)
        lines += [f"Denied by reviewers as {titles}.", ""]
    for title, values in (("Bad", rule.bad), ("Good", rule.good)):
        shown = [f"{path}: {value}" for path, value in values.items()]
        lines += [f"{title}:", "", "```text", *shown, "```", ""]
    return "\n".join(lines[:-1]) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else f"{PAGE.name} is stale")
    PAGE.write_text(page(), encoding="utf-8")
