// The process dies in the middle of its tests.
test('before', () => {})

test('aborts', () => process.abort())

test('after', () => {})
