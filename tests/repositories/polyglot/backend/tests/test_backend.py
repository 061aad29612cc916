def test_backend():
    assert True
