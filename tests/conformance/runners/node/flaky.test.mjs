// One test fails the first time.
import assert from 'node:assert'
import fs from 'node:fs'
import { test } from 'node:test'

test('is steady', () => {})

test('wavers', () => {
  const again = fs.existsSync('wavered')
  fs.writeFileSync('wavered', '')
  assert.ok(again)
})
