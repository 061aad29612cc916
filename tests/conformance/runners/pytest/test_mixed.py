"""Every way in which a test of pytest can end."""

import pytest


@pytest.fixture
def till():
    raise OSError("the till is locked")


@pytest.fixture
def lamp():
    yield
    raise OSError("the lamp does not go out")


def test_passes():
    assert 1 + 1 == 2


def test_fails():
    assert 1 + 1 == 3


def test_raises():
    {}["coin"]


def test_has_no_till(till):
    pass


def test_leaves_the_lamp_on(lamp):
    pass


@pytest.mark.skip(reason="closed on Sundays")
def test_is_skipped():
    pass


@pytest.mark.xfail(reason="known")
def test_fails_as_expected():
    assert False


@pytest.mark.xfail(strict=True)
def test_passes_unexpectedly():
    assert True
