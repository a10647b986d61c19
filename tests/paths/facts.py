"""All facts about the outcome of a call, to compare it with another outcome."""

from __future__ import annotations

from typing import Any

from smsreg.errors import SmsregError


def facts(outcome: Any) -> dict[str, Any]:
    """Return all facts about an outcome."""
    if isinstance(outcome, SmsregError):
        cause = outcome.__cause__
        return {
            "type": type(outcome),
            "str": str(outcome),
            "repr": repr(outcome),
            "args": outcome.args,
            "attributes": {k: _plain(v) for k, v in vars(outcome).items()},
            "members": {
                name: _plain(getattr(outcome, name))
                for name in dir(type(outcome))
                if isinstance(getattr(type(outcome), name), property)
            },
            "cause": None if cause is None else facts(cause),
        }
    return {
        "type": type(outcome),
        "dict": outcome.to_boto(),
        "repr": repr(outcome),
        "extra": outcome.model_extra,
        "missing": outcome.missing_members,
        "fields": outcome.model_fields_set,
        "dump": outcome.model_dump_json(),
        "metadata": outcome.response_metadata,
    }


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value
