"""What handlers work with: state, clock, randomness, settings and catalogue."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import (
    FieldProblem,
    ServiceFault,
    conflict,
    invalid,
    not_found,
    over_quota,
)
from smsreg.emulator.core.service_model import Doc, Operation

if TYPE_CHECKING:
    import random

    from smsreg.emulator.catalogue import Catalogue
    from smsreg.emulator.core.clock import Clock
    from smsreg.emulator.core.scope import Scope
    from smsreg.emulator.core.settings import Settings
    from smsreg.emulator.core.state import State


def nobody(body: Doc) -> None:
    """Discards an event."""


@dataclass(slots=True)
class World:
    """One account in one Region, as seen by the code of its operations."""

    scope: Scope
    state: State
    clock: Clock
    chance: random.Random
    settings: Settings
    catalogue: Catalogue
    publish: Callable[[Doc], None] = nobody
    """Pushes an event to a destination."""
    endpoint: str = ""
    """The URL by which the current caller reaches the emulator, for links in responses."""
    lag: float = 0.0
    """Seconds by which this view lags behind; see `Settings.read_delay`."""

    def now(self) -> float:
        """The time by the emulator's clock."""
        return self.clock.now() - self.lag

    def new_id(self, prefix: str) -> str:
        """A fresh identifier in the form that the service uses."""
        return f"{prefix}-{self.hex()}"

    def hex(self) -> str:
        """32 random hexadecimal digits."""
        return f"{self.chance.getrandbits(128):032x}"

    def uuid(self) -> str:
        """A random UUID."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def digits(self, count: int) -> str:
        """A random decimal number that does not begin with zero."""
        return str(self.chance.randrange(10 ** (count - 1), 10**count))

    def arn(self, resource: str, service: str = "sms-voice") -> str:
        """The ARN of a resource of this account."""
        return f"arn:aws:{service}:{self.scope.region}:{self.scope.account_id}:{resource}"

    def key(self, kind: str, reference: str) -> str:
        """The key that an id or ARN of a kind of resource stands for."""
        if not reference.startswith("arn:"):
            return reference
        prefix = self.arn(f"{kind}/")
        if reference.startswith(prefix):
            return reference[len(prefix) :]
        # inferred: an ARN of another kind of resource, account or Region is an INVALID_ARN.
        raise invalid("INVALID_ARN", f"This is not the ARN of a {kind} of this account and Region")

    def find(self, table: str, kind: str, reference: str) -> Doc:
        """The record that an id or ARN stands for, or ResourceNotFoundException."""
        key = self.key(kind, reference)
        record: Doc | None = self.state.table(table).get(key)
        if record is None:
            raise not_found(kind, reference)
        return record

    def within_quota(self, name: str, used: int, reason: str | None = None) -> None:
        """Refuse another resource where the account has `used` up its quota."""
        limit = self.settings.quotas[name]
        if used >= limit:
            raise over_quota(reason or f"{name}_PER_ACCOUNT", f"The limit of {limit} is reached")

    def count_today(self, name: str) -> None:
        """Count one more use of a daily quota, or refuse it."""
        # inferred: the day of a daily quota is the 24 hours before the call.
        limit = self.settings.quotas[name]
        days: Doc = self.state.singles.setdefault("days", {})
        counted: Doc = days.setdefault(name, {})
        start = self.now() - 86_400
        for key in list(takewhile(lambda key: counted[key] <= start, counted)):
            del counted[key]
        if len(counted) >= limit:
            raise over_quota(name, f"The limit of {limit} a day is reached")
        counted[str(self.state.next_sequence())] = self.now()

    def unprotected(self, record: Doc, kind: str, identifier: str) -> None:
        """Refuse to delete what has deletion protection."""
        if record.get("DeletionProtectionEnabled"):
            raise conflict(
                "DELETION_PROTECTION_ENABLED",
                f"The {kind} has deletion protection",
                kind,
                identifier,
            )

    def set_tags(self, arn: str, tags: Sequence[Doc] | None) -> None:
        """Set the tags of a new resource."""
        if tags:
            check_tags(tags)
            self.state.tags[arn] = {tag["Key"]: tag["Value"] for tag in tags}

    def tags(self, arn: str) -> list[Doc]:
        """A resource's tags in wire form."""
        return [{"Key": key, "Value": value} for key, value in self.state.tags.get(arn, {}).items()]


def check_tags(tags: Sequence[Doc]) -> None:
    """Refuse tags that the service does not accept: values have letters, digits and a few signs.

    inferred: a tag's key has the characters that values have, and is in a request once.
    """
    if len({tag["Key"] for tag in tags}) < len(tags):
        raise _wrong_tags("a key is there twice")
    texts = "".join(tag["Key"] + tag["Value"] for tag in tags)
    if not all(character.isalnum() or character in _TAG_SIGNS for character in texts):
        raise _wrong_tags("letters, digits, spaces and _.:/=+@- only")


_TAG_SIGNS = " _.:/=+@-"


def _wrong_tags(why: str) -> ServiceFault:
    return invalid("INVALID_PARAMETER", "Invalid parameter", FieldProblem("tags", why))


@dataclass(frozen=True, slots=True)
class Call:
    """One validated request, as its handler gets it."""

    world: World
    operation: Operation
    params: Doc


Handler = Callable[[Call], Doc]


class Handlers(dict[str, Handler]):
    """A table from operation name to handler that a module fills with a decorator."""

    def handle(self, name: str) -> Callable[[Handler], Handler]:
        """Register the decorated function as the handler of the named operation."""

        def register(handler: Handler) -> Handler:
            if name in self:
                msg = f"{name} has two handlers"
                raise ValueError(msg)
            self[name] = handler
            return handler

        return register


def merged(*tables: Handlers) -> Handlers:
    """One table of several; an operation may be in one of them only."""
    result = Handlers()
    for table in tables:
        for name, handler in table.items():
            result.handle(name)(handler)
    return result
