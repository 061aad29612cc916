def test_high_water():
    assert True
