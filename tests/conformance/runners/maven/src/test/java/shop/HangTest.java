package shop;

import org.junit.jupiter.api.Test;

/** A test has no end. */
class HangTest {
    @Test
    void hangs() throws InterruptedException {
        Thread.sleep(3_600_000);
    }
}
