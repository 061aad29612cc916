// A test has no end.
test('before', () => {})

test('hangs', () => new Promise(() => setInterval(() => {}, 1000)), 3600000)
