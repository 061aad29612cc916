// Nothing is wrong.
it('adds', () => {})

describe('till', () => {
  it('opens', () => {})
})
