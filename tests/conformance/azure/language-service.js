// Prints what Azure's language service finds in a pipeline: node language-service.js MODULES SCHEMA FILE; exits 1 if anything.
const fs = require('fs');
const [modules, schemaFile, file] = process.argv.slice(2);
const load = (name) => require(`${modules}/${name}`);
const { getLanguageService } = load('azure-pipelines-language-service');
const { parse } = load('azure-pipelines-language-service/lib/parser/yamlParser');
const { TextDocument } = load('vscode-languageserver-textdocument');

const schema = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));
const service = getLanguageService(() => Promise.resolve(JSON.stringify(schema)), [], undefined, {
  resolveRelativePath: (path) => path,
});
service.configure({ validate: true, schemas: [{ uri: 'azure-pipelines', fileMatch: ['*'], schema }] });

const document = TextDocument.create(`file://${file}`, 'yaml', 1, fs.readFileSync(file, 'utf8'));
service.doValidation(document, parse(document.getText())).then((findings) => {
  for (const finding of findings) {
    console.log(`line ${finding.range.start.line + 1}: ${finding.message.slice(0, 300)}`);
  }
  process.exit(findings.length ? 1 : 0);
});
