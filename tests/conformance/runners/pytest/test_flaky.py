"""One test fails the first time."""

import pathlib


def test_is_steady():
    assert True


def test_wavers():
    mark = pathlib.Path("wavered")
    again = mark.exists()
    mark.touch()
    assert again
