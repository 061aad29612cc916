package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** Every way in which a test of JUnit can end. */
class MixedTest {
    @Test
    void passes() {
        assertEquals(2, 1 + 1);
    }

    @Test
    void fails() {
        assertEquals(3, 1 + 1);
    }

    @Test
    void throwsAnError() {
        throw new IllegalStateException("the till is locked");
    }

    @Test
    @Disabled("closed on Sundays")
    void isSkipped() {}

    @Test
    void assumesTooMuch() {
        assumeTrue(false, "no coins");
    }
}
