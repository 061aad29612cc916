// One test fails the first time.
import fs from 'node:fs'

test('is steady', () => {})

test('wavers', () => {
  const again = fs.existsSync('wavered')
  fs.writeFileSync('wavered', '')
  expect(again).toBe(true)
})
