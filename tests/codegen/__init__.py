"""Tests of the generator: golden files, failure cases, and the packages that it wrote."""
