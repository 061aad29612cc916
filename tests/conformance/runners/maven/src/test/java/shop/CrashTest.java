package shop;

import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The process dies in the middle of its tests. */
@TestMethodOrder(MethodOrderer.MethodName.class)
class CrashTest {
    @Test
    void aBefore() {}

    @Test
    void bHalts() {
        Runtime.getRuntime().halt(3);
    }

    @Test
    void cAfter() {}
}
