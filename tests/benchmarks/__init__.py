"""Benchmarks against raw aiobotocore: ``python -m tests.benchmarks``."""
