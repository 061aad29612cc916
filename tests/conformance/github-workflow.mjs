// GitHub's own workflow parser on files, and a workflow rewritten for act; bundled and called by systems/github.py.
//
//   check FILE   prints what the parser finds wrong, one finding a line, and exits with 1 if there is any
//   stage FILE   prints the workflow as act can execute it

import { readFileSync } from "node:fs";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { parseDocument } from "yaml";

const [command, file] = process.argv.slice(2);
const content = readFileSync(file, "utf8");

if (command === "check") {
  const parsed = parseWorkflow({ name: file, content }, new NoOperationTraceWriter());
  const found = parsed.context.errors.getErrors().map((it) => it.message);
  if (found.length === 0) {
    const template = await convertWorkflowTemplate(parsed.context, parsed.value);
    found.push(...(template.errors ?? []).map((it) => it.Message));
    if ((template.jobs ?? []).length === 0) found.push("the workflow has no jobs");
  }
  for (const it of found) console.log(it);
  process.exit(found.length > 0 ? 1 : 0);
}

// act 0.2.89 does not know `continue-on-error` of a job (pkg/model/workflow.go has it for steps only). What GitHub
// documents for it is said here with what act knows: no step makes the job fail, and a step runs as if they did.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontinue-on-error
const document = parseDocument(content);
for (const { value: job } of document.get("jobs").items) {
  const tolerant = job.get("continue-on-error");
  if (tolerant === undefined) continue;
  const failed = [];
  job.get("steps").items.forEach((step, index) => {
    const condition = step.get("if");
    const anyFailed = failed.length === 0 ? "false" : failed.join(" || ");
    if (condition === undefined) step.set("if", `\${{ !(${anyFailed}) }}`);
    else if (condition === "${{ failure() }}") step.set("if", `\${{ ${anyFailed} }}`);
    else if (condition !== "${{ !cancelled() }}") throw new Error(`no stand-in for the condition ${condition}`);
    step.set("id", `step${index}`);
    step.set("continue-on-error", tolerant);
    failed.push(`steps.step${index}.outcome == 'failure'`);
  });
}
console.log(document.toString({ lineWidth: 0 }));
