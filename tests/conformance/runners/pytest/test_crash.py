"""The process dies in the middle of its tests."""

import os


def test_before():
    assert True


def test_aborts():
    os.abort()


def test_after():
    assert True
