// Every way in which a test of Jest can end.
test('passes', () => expect(1 + 1).toBe(2))

test('fails', () => expect(1 + 1).toBe(3))

test('throws', () => {
  throw new TypeError('the till is locked')
})

test.skip('is skipped', () => {})

test.todo('is to do')

test('takes too long', () => new Promise((resolve) => setTimeout(resolve, 500)), 50)

describe('without a till', () => {
  beforeEach(() => {
    throw new Error('no till')
  })
  test('sells', () => {})
})
