"""A test has no end."""

import time


def test_before():
    assert True


def test_hangs():
    time.sleep(3600)
