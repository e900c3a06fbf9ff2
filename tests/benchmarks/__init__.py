"""Benchmarks: they print figures and assert nothing; never run with the tests."""
