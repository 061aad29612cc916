// Every way in which a test of Mocha can end.
const assert = require('node:assert')

it('passes', () => {})

it('fails', () => assert.strictEqual(1 + 1, 3))

it('throws', () => {
  throw new TypeError('the till is locked')
})

it('is pending')

it.skip('is skipped', () => {})

it('takes too long', function (done) {
  this.timeout(50)
  setTimeout(done, 500)
})

describe('without a till', () => {
  beforeEach(() => {
    throw new Error('no till')
  })
  it('sells', () => {})
})
