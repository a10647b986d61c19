"""Executes one operation, from request to output; protocols and sockets are elsewhere."""

from __future__ import annotations

import hashlib
import json

from smsreg.emulator import sts
from smsreg.emulator.core.errors import ServiceFault, conflict, invalid
from smsreg.emulator.core.output import shape_output
from smsreg.emulator.core.read_lag import History
from smsreg.emulator.core.service_model import END_USER, SMS, SOCIAL, STS, Doc, Operation
from smsreg.emulator.core.validation import check_request
from smsreg.emulator.core.world import Call, Handler, Handlers, World
from smsreg.emulator.end_user_messaging import end_user_handlers, jobs
from smsreg.emulator.sms_voice import CHANGING, sms_handlers
from smsreg.emulator.sms_voice import seed as seed_sms
from smsreg.emulator.social_messaging import seed as seed_social
from smsreg.emulator.social_messaging import social_handlers

TOKEN_LIFETIME = 86_400
"""Seconds. inferred: a client token is remembered for a day of the emulator's time."""


class Engine:
    """Executes the operations of one account in one Region.

    Synchronous: each runs in one step of the event loop, so that none sees another's partial work.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._handlers: dict[str, Handlers] = {
            SMS: sms_handlers(),
            SOCIAL: social_handlers(),
            END_USER: end_user_handlers(),
            STS: sts.HANDLERS,
        }
        self._history = History(world)
        seed_sms(world)
        seed_social(world)

    def perform(self, operation: Operation, raw: Doc) -> Doc:
        """The wire response to a wire request; raises ServiceFault."""
        handler = self._handlers[operation.service].get(operation.name)
        if handler is None:
            raise _not_done(operation)
        params = check_request(operation.input, raw)
        self._run_jobs()
        if operation.is_read:
            self._settle_past_reads()
            try:
                call = Call(self._history.view(), operation, params)
                return shape_output(operation.output, handler(call))
            finally:
                self._history.after_read()
        token: str | None = params.get(operation.token_member) if operation.token_member else None
        self._history.before_write()
        call = Call(self.world, operation, params)
        if token is None:
            response = shape_output(operation.output, handler(call))
        else:
            response = self._once(call, operation.token_member or "", token, handler)
        self._run_jobs()  # jobs that take no time
        return response

    def _run_jobs(self) -> None:
        due = jobs.pending(self.world)
        if due:
            self._history.before_write()
            jobs.run(self.world, due)

    def _settle_past_reads(self) -> None:
        """Keep what the clock changes when reads lag: what a read of the past settles is undone."""
        if not self._history.lags:
            return
        due = [resources for resources in CHANGING if resources.due(self.world)]
        if due:
            self._history.before_write()
            for resources in due:
                resources.settle_due(self.world)

    def forget_past(self) -> None:
        """Drop the history that lagging reads see, as the state has been replaced as a whole."""
        self._history.forget()

    def _once(self, call: Call, member: str, token: str, handler: Handler) -> Doc:
        """The same token returns the same response, without a second execution."""
        rest = {key: value for key, value in call.params.items() if key != member}
        key = f"{call.operation.name}:{token}"
        mark = _fingerprint(rest)
        known = self.world.state.tokens.get(key)
        now = self.world.now()
        if known is not None and now < known["at"] + TOKEN_LIFETIME:
            if known["mark"] != mark:
                # inferred: a client token that comes back with other parameters is a conflict.
                raise conflict(
                    "RESOURCE_ALREADY_EXISTS",
                    "The client token was used with other parameters",
                    "account",
                    self.world.scope.account_id,
                )
            response: Doc = known["answer"]
            return response
        response = shape_output(call.operation.output, handler(call))
        self.world.state.remember_token(key, {"at": now, "mark": mark, "answer": response})
        return response


def _not_done(operation: Operation) -> ServiceFault:
    message = f"the emulator does not implement {operation.name}"
    if operation.service == SMS:
        return invalid("UNKNOWN_OPERATION", message)
    return ServiceFault("ValidationException", message)


def _fingerprint(params: Doc) -> str:
    text = json.dumps(params, sort_keys=True, default=_digest)
    return hashlib.blake2s(text.encode(), digest_size=16).hexdigest()


def _digest(value: object) -> str:
    return hashlib.blake2s(value if isinstance(value, bytes) else repr(value).encode()).hexdigest()
