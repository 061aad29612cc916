// A file that cannot be loaded.
import 'no-such-module'

test('never starts', () => {})
