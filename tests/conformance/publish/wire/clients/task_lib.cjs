// Writes with azure-pipelines-task-lib what standard input tells as JSON: https://github.com/microsoft/azure-pipelines-task-lib

const fs = require('node:fs')

const told = JSON.parse(fs.readFileSync(0, 'utf8'))
let log = ''
const write = process.stdout.write
process.stdout.write = text => {
  log += text
  return true
}
const lib = require(`${told.packages}/azure-pipelines-task-lib/task.js`)
// What it says of itself while it is loaded.
log = ''
for (const { kind, fields } of told.lines) {
  if (kind === 'task.uploadsummary') {
    lib.uploadSummary(fields.message)
  } else {
    const type = fields.type === 'error' ? lib.IssueType.Error : lib.IssueType.Warning
    lib.logIssue(type, fields.message, fields.sourcepath, fields.linenumber && Number(fields.linenumber))
  }
}
process.stdout.write = write
process.stdout.write(JSON.stringify(log))
