// A test ends the process, successfully: what follows never runs.
const assert = require('node:assert')

it('before', () => {})

it('leaves', () => process.exit(0))

it('after', () => assert.fail('never seen'))
