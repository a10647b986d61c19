"""The page on moving from boto3 shows each use with both libraries; test_examples.py runs them."""

import re
from pathlib import Path

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOST_ROWS = 15


def test_each_use_has_a_row_and_both_sides(root: Path):
    text = (root / "docs" / "migrating.md").read_text(encoding="utf-8")
    top, *sections = re.split(r"^## (?=.*)", text, flags=re.MULTILINE)
    uses = [section for section in sections if "```python" in section]
    assert len(uses) >= MOST_ROWS
    rows = re.findall(r"^\| \[[^]]+\]\(#([\w-]+)\) \|", top, re.MULTILINE)
    titles = [section.partition("\n")[0].lower().replace(" ", "-") for section in uses]
    assert rows == titles
    underneath = 0
    for section in uses:
        before, after = BLOCK.findall(section)
        assert before.startswith("# before: ")
        assert after.startswith("# after: smsreg\n")
        assert "smsreg" not in before
        assert not re.search(r"^(import|from) (boto3|botocore|aiobotocore)", after, re.MULTILINE)
        underneath += bool(re.search(r"^(import|from) (boto3|aiobotocore)", before, re.MULTILINE))
    assert underneath >= MOST_ROWS
