// Every way in which a test of Node.js can end.
import assert from 'node:assert'
import { beforeEach, describe, it, test } from 'node:test'

test('passes', () => {})

test('fails', () => assert.strictEqual(1 + 1, 3))

test('throws', () => {
  throw new TypeError('the till is locked')
})

test('is skipped', { skip: 'closed on Sundays' }, () => {})

test('is to do', { todo: 'some day' }, () => assert.fail('not yet'))

test('takes too long', { timeout: 50 }, () => new Promise((resolve) => setTimeout(resolve, 3000)))

describe('till', () => {
  it('opens', () => {})
  it('closes', () => assert.ok(false, 'ajar'))
})

describe('without a till', () => {
  beforeEach(() => {
    throw new Error('no till')
  })
  it('sells', () => {})
})
