package shop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** One test fails the first time. */
class FlakyTest {
    @Test
    void isSteady() {}

    @Test
    void wavers() throws IOException {
        assertTrue(!new File("wavered").createNewFile());
    }
}
