"""Fault injection: clients of both services call a loopback server that misbehaves by script."""
