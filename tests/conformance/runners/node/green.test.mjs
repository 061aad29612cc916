// Nothing is wrong.
import { describe, it, test } from 'node:test'

test('adds', () => {})

describe('till', () => {
  it('opens', () => {})
})
