"""Writes the service packages from botocore's service models and our own tables.

Run ``python -m smsreg._codegen`` after a change of a table, a phrase or of botocore, and
``python -m smsreg._codegen --check`` to see whether what is written is still true.
"""
