// Writes with @actions/core what standard input tells as JSON: https://github.com/actions/toolkit/tree/main/packages/core

import fs from 'node:fs'
import { pathToFileURL } from 'node:url'

const told = JSON.parse(fs.readFileSync(0, 'utf8'))
Object.assign(process.env, told.files)
const core = await import(pathToFileURL(`${told.packages}/@actions/core/lib/core.js`))

let log = ''
const write = process.stdout.write
process.stdout.write = text => {
  log += text
  return true
}
for (const { kind, fields } of told.lines) {
  if (kind === 'output') {
    core.setOutput(fields.name, fields.value)
  } else if (kind === 'summary') {
    await core.summary.addRaw(fields.text).write()
  } else {
    const properties = { title: fields.title, file: fields.file, startLine: fields.line && Number(fields.line) }
    core[kind](fields.message, properties)
  }
}
process.stdout.write = write
process.stdout.write(JSON.stringify(log))
