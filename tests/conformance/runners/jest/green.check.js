// Nothing is wrong.
test('adds', () => expect(1 + 1).toBe(2))

describe('till', () => {
  test('opens', () => {})
})
