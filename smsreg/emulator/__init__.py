"""A local stand-in for AWS End User Messaging: services, state, time and faults."""

from smsreg._lazy import TYPE_CHECKING, attach

if TYPE_CHECKING:
    from smsreg.emulator.client_options import BotoOptions as BotoOptions
    from smsreg.emulator.client_options import ClientOptions as ClientOptions
    from smsreg.emulator.core.clock import Clock as Clock
    from smsreg.emulator.emulator import Emulator as Emulator

__all__ = ["BotoOptions", "ClientOptions", "Clock", "Emulator"]

if not TYPE_CHECKING:
    # pytest loads the plugin in this package wherever smsreg is installed: that has to be quick.
    __getattr__, __dir__ = attach(
        __name__,
        {
            "client_options": ("BotoOptions", "ClientOptions"),
            "core.clock": ("Clock",),
            "emulator": ("Emulator",),
        },
    )
