"""Writes the service packages from botocore's service models and the tables of this repository.

Run ``python -m smsreg._codegen`` after a change of a table, a phrase or of botocore, and
``python -m smsreg._codegen --check`` to check whether the generated files are up to date.
"""
