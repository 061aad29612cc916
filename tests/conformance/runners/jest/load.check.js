// A file that cannot be loaded.
require('no-such-module')

test('never starts', () => {})
