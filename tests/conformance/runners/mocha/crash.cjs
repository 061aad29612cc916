// The process dies in the middle of its tests.
it('before', () => {})

it('aborts', () => process.abort())

it('after', () => {})
