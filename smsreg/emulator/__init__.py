"""A local stand-in for AWS End User Messaging: both services, with state, time and bad days."""

from smsreg.emulator.clock import Clock
from smsreg.emulator.emulator import ClientOptions, Emulator

__all__ = ["ClientOptions", "Clock", "Emulator"]
