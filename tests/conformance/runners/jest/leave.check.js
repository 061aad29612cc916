// A test ends the process, successfully: what follows never runs.
test('before', () => {})

test('leaves', () => process.exit(0))

test('after', () => {
  throw new Error('never seen')
})
