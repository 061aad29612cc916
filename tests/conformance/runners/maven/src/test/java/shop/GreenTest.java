package shop;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing is wrong. */
class GreenTest {
    @Test
    void adds() {}

    @ParameterizedTest
    @ValueSource(strings = {"tea", "two words"})
    void sells(String name) {}
}
