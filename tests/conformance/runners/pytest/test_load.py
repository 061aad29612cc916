"""A file that cannot be imported."""

import no_such_module


def test_never_starts():
    assert no_such_module
