"""Fault tests: a scripted loopback server does what no server should, and both clients meet it."""
