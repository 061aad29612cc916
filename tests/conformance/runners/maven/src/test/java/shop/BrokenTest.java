package shop;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A class that cannot even start. */
class BrokenTest {
    @BeforeAll
    static void opens() {
        throw new IllegalStateException("the till is locked");
    }

    @Test
    void neverStarts() {}
}
