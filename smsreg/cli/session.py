"""Runs a command: opens its resources, stops at a safe point, and maps errors to statuses."""

import asyncio
import contextlib
import inspect
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import typer

from smsreg.cli.exit_status import INTERRUPTED
from smsreg.cli.options import Emulator, EndpointUrl, Json, Profile, Region, check_endpoint_option

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient
    from smsreg.cli.output import Output
    from smsreg.cli.target import Target
    from smsreg.registration import Registrar
    from smsreg.registration.steps import Step

P = ParamSpec("P")


class StoppedError(Exception):
    """Ctrl-C was pressed, and a safe point is reached."""


@dataclass
class Session:
    """What a command works with.

    Attributes:
        client: The client, which its first call opens, so that a command reports errors in its
            files before a missing Region.
        client_options: What clients of other services are made with.
        target: What the client talks to.
        output: Where results go.
        stop: Set by Ctrl-C, where the command has safe points.
        has_safe_points: Whether the first Ctrl-C waits for the request in flight.
    """

    client: "SMSVoiceClient"
    client_options: "Mapping[str, Any]" = field(repr=False)
    target: "Target"
    output: "Output"
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    has_safe_points: bool = False

    @property
    def registrar(self) -> "Registrar":
        """A registrar whose waits end with Ctrl-C."""
        from smsreg.registration import Registrar

        return Registrar(self.client, sleep=self._sleep)

    def on_step(self, step: "Step") -> None:
        """Show a completed step; stop here after Ctrl-C.

        Raises:
            StoppedError: Ctrl-C was pressed.
        """
        price = f" ({step.price})" if step.price else ""
        self.output.item("done", f"{step.action} {step.target}{price}", "green")
        if self.stop.is_set():
            raise StoppedError

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.stop.wait(), seconds)
            raise StoppedError

    def on_interrupt(self, task: "asyncio.Task[int]") -> None:
        """Handle Ctrl-C: stop at the next safe point, or at once where there is none."""
        if not self.has_safe_points or self.stop.is_set():
            task.cancel()
            return
        self.stop.set()
        self.output.note("stopping after the request in flight; Ctrl-C again ends at once")


def command(body: Callable[Concatenate[Session, P], Awaitable[int]]) -> Callable[..., None]:
    """Create a typer command: the body's parameters, and the options that all commands have."""
    signature = inspect.signature(body)
    own = list(signature.parameters.values())[1:]
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, default, kind in (
            ("emulator", False, Emulator),
            ("region", None, Region),
            ("profile", None, Profile),
            ("endpoint_url", None, EndpointUrl),
            ("as_json", False, Json),
        )
    ]

    def run(**given: Any) -> None:  # noqa: ANN401 -- whatever the signature below has
        from smsreg.cli.target import Target

        as_json = given.pop("as_json")
        target = Target(**{item.name: given.pop(item.name) for item in common[:-1]})
        check_endpoint_option(target.endpoint_url)
        if target.is_ambiguous:
            message = "--emulator goes with none of --region, --profile and --endpoint-url"
            raise typer.BadParameter(message)
        raise typer.Exit(_run(body, given, target, as_json=as_json))

    parameters = [*own, *common]
    run.__name__ = body.__name__
    run.__doc__ = body.__doc__
    run.__signature__ = signature.replace(parameters=parameters, return_annotation=None)  # type: ignore[attr-defined]  # inspect reads it
    run.__annotations__ = {item.name: item.annotation for item in parameters}
    return run


def _run(
    body: Callable[..., Awaitable[int]], given: dict[str, Any], target: "Target", *, as_json: bool
) -> int:
    from smsreg.cli.failure import explain
    from smsreg.cli.output import Output

    output = Output(sys.stdout, sys.stderr, as_json=as_json)
    try:
        return asyncio.run(_in_session(body, given, target, output))
    except (KeyboardInterrupt, asyncio.CancelledError, StoppedError):
        again = "Nothing is half done: the same command goes on from here."
        output.note(f"interrupted. {again}")
        return INTERRUPTED
    except (BrokenPipeError, typer.Exit, typer.BadParameter):
        raise
    except Exception as error:
        status = explain(error, output)
        if status is None:
            raise  # a bug in smsreg, whose traceback is needed
        return status


async def _in_session(
    body: Callable[..., Awaitable[int]], given: dict[str, Any], target: "Target", output: "Output"
) -> int:
    from smsreg import SMSVoiceClient
    from smsreg.cli.target import open_target

    async with (
        open_target(target) as options,
        contextlib.aclosing(SMSVoiceClient(**options)) as client,
    ):
        session = Session(client, options, target, output)
        task = asyncio.ensure_future(_awaited(body(session, **given)))
        # Not on Windows, and not in a thread: there Ctrl-C is a KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGINT, session.on_interrupt, task)
        return await task


async def _awaited(work: Awaitable[int]) -> int:
    return await work
