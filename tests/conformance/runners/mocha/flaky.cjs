// One test fails the first time.
const assert = require('node:assert')
const fs = require('node:fs')

it('is steady', () => {})

it('wavers', () => {
  const again = fs.existsSync('wavered')
  fs.writeFileSync('wavered', '')
  assert.ok(again)
})
