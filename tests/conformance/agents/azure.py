"""Azure Pipelines' service and agent: templates filled in, legs of matrices, conditions, `$(NAME)` in what a task gets.

`${{ }}` is filled in before the run, `$[ ]` when a job begins, `$(NAME)` before each task; `bash:` is a script without
errexit. https://learn.microsoft.com/azure/devops/pipelines/process/variables
"""

import re
import shutil

import execution
from agents.machine import Machine
from documents import read

FILE = "azure-pipelines.yml"
TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<sign>[()\[\],])|(?P<word>[\w.$-]+))")

# How jobs end, by what this file calls it. https://learn.microsoft.com/azure/devops/pipelines/process/expressions (Dependencies)
RESULTS = {"success": "Succeeded", "allowed": "SucceededWithIssues", "failure": "Failed", "skipped": "Skipped"}


class Expression:
    """Azure's expressions, of functions, texts, numbers, names and `variables['NAME']`.

    https://learn.microsoft.com/azure/devops/pipelines/process/expressions
    """

    def __init__(self, text):
        self.text, self.tokens, position = text, [], 0
        while text[position:].strip():
            match = TOKEN.match(text, position)
            if match is None:
                raise execution.Finding(f"the expression {text!r} is wrong at {text[position:]!r}")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()

    def value(self, known):
        """The value of the whole expression."""
        result = self.operand(known)
        if self.tokens:
            raise execution.Finding(f"the expression {self.text!r} goes on with {self.tokens}")
        return result

    def expect(self, sign):
        """Takes a sign that must stand here."""
        if not self.tokens or self.tokens.pop(0)[1] != sign:
            raise execution.Finding(f"the expression {self.text!r} lacks {sign}")

    def operand(self, known):
        """A text, a number, a name, an entry of `variables`, or a call."""
        kind, token = self.tokens.pop(0)
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "sign":
            raise execution.Finding(f"the expression {self.text!r} has {token} out of place")
        if self.tokens and self.tokens[0][1] == "[":
            self.expect("[")
            name = self.operand(known)
            self.expect("]")
            return known[token].get(name)
        if self.tokens and self.tokens[0][1] == "(":
            self.expect("(")
            arguments = []
            while self.tokens and self.tokens[0][1] != ")":
                arguments.append(self.operand(known))
                if self.tokens and self.tokens[0][1] == ",":
                    self.expect(",")
            self.expect(")")
            return call(token, arguments, known)
        if token.lower() in ("true", "false"):
            return token.lower() == "true"
        if re.fullmatch(r"-?\d+(\.\d+)?", token):
            return float(token)
        if token.startswith("dependencies."):
            _, job, what = token.split(".")
            if what != "result" or job not in known.get("dependencies", {}):
                raise execution.Finding(f"the expression {self.text!r} names {token}, which the job does not depend on")
            return known["dependencies"][job]
        if token.startswith("parameters."):
            return known["parameters"][token.partition(".")[2]]
        raise execution.Finding(f"the expression {self.text!r} names the unknown {token}")


def as_text(value):
    """A value as text: booleans with a capital, as Azure prints them."""
    return "" if value is None else str(value) if not isinstance(value, float) else f"{value:g}"


def same(left, right):
    """Equality after the right side became of the left one's type; texts without regard to case."""
    if isinstance(left, bool):
        return left == (right if isinstance(right, bool) else as_text(right).lower() == "true")
    return as_text(left).lower() == as_text(right).lower()


def call(name, arguments, known):
    """The value of a function."""
    texts = [as_text(it) for it in arguments]
    status = known.get("status")
    functions = {
        "and": lambda: all(arguments),
        "or": lambda: any(arguments),
        "not": lambda: not arguments[0],
        "eq": lambda: same(*arguments),
        "ne": lambda: not same(*arguments),
        "in": lambda: any(same(arguments[0], it) for it in arguments[1:]),
        "startsWith": lambda: texts[0].lower().startswith(texts[1].lower()),
        "endsWith": lambda: texts[0].lower().endswith(texts[1].lower()),
        "contains": lambda: texts[1].lower() in texts[0].lower(),
        "replace": lambda: texts[0].replace(texts[1], texts[2]),
        "format": lambda: re.sub(r"\{(\d+)\}", lambda found: texts[1 + int(found[1])], texts[0]),
        "lower": lambda: texts[0].lower(),
        "coalesce": lambda: next((it for it in arguments if it not in (None, "")), ""),
        "iif": lambda: arguments[1] if arguments[0] else arguments[2],
        "always": lambda: True,
        "succeeded": lambda: status == "success",
        "failed": lambda: status == "failure",
        "succeededOrFailed": lambda: status in ("success", "failure"),
    }
    if name not in functions:
        raise execution.Finding(f"the agent does not know the function {name}")
    return functions[name]()


def templated(value, parameters):
    """A document with every `${{ }}` filled in."""
    if isinstance(value, dict):
        return {key: templated(item, parameters) for key, item in value.items()}
    if isinstance(value, list):
        return [templated(item, parameters) for item in value]
    if not isinstance(value, str):
        return value
    fill = lambda found: as_text(Expression(found[1].strip()).value({"parameters": parameters}))
    return re.sub(r"\$\{\{((?:'(?:[^']|'')*'|[^'])*?)\}\}", fill, value)


def expanded(value, variables, depth=0):
    """A text with every `$(NAME)` of a known variable filled in, in what was filled in as well; others stay."""

    def insert(found):
        name = next((it for it in variables if it.lower() == found[1].lower()), None)
        return found[0] if name is None else expanded(variables[name], variables, depth + 1)

    return value if depth > 20 else re.sub(r"\$\(([\w.]+)\)", insert, value)


def execute(folder, event):
    """Runs the pipeline; see `execution.Bench.run`."""
    document = read(folder / FILE)
    parameters = {}
    for parameter in document.get("parameters", []):
        value = event.inputs.get(parameter["name"], parameter["default"])
        is_boolean = parameter["type"] == "boolean"
        parameters[parameter["name"]] = value.lower() == "true" if is_boolean else value
    document = templated(document, parameters)
    run = Run(folder, document, event)
    waiting = list(document["jobs"])
    while waiting:
        job = waiting.pop(0)
        needs = job.get("dependsOn", [])
        if any(it in [other["job"] for other in waiting] for it in needs):
            waiting.append(job)
            continue
        run.job(job, [run.verdicts[it] for it in needs])
    succeeded = "failure" not in run.verdicts.values()
    return execution.Outcome(succeeded, None, run.published, run.log, run.junit, parts=run.verdicts)


class Run:
    """A pipeline under way: its artifacts, and what came of its jobs."""

    def __init__(self, folder, document, event):
        self.folder, self.document = folder, document
        self.artifacts = folder.parent / f"{folder.name}-artifacts"
        self.artifacts.mkdir()
        self.verdicts, self.published, self.junit, self.log = {}, [], [], ""
        self.system = {
            "Build.SourceBranch": "refs/heads/main",
            "Build.SourceVersion": execution.head(folder),
            "Build.Reason": "Manual" if event.kind == "manual" else "IndividualCI",
            "Agent.OS": "Linux",
            "Agent.OSArchitecture": "X64",
            "System.JobAttempt": "1",
        }

    def job(self, job, needs):
        """Runs every leg of a job if its condition holds, given how its needs ended."""
        succeeded = all(it in ("success", "allowed") for it in needs)
        status = "success" if succeeded else "failure" if "failure" in needs else "skipped"
        self.dependencies = {it: RESULTS[verdict] for it, verdict in zip(job.get("dependsOn", []), needs)}
        known = {"variables": self.variables(job, {}), "status": status}
        if not Expression(job.get("condition", "succeeded()")).value(known):
            self.verdicts[job["job"]] = "skipped"
            return
        legs = job.get("strategy", {}).get("matrix", {"": {}})
        succeeded = all([self.leg(job, leg, values) for leg, values in legs.items()])
        allowed = job.get("continueOnError") == "true"
        self.verdicts[job["job"]] = "success" if succeeded else "allowed" if allowed else "failure"

    def variables(self, job, leg):
        """The variables of a leg, those of the leg over the job's over the pipeline's; `$[ ]` worked out."""
        variables = {**self.system}
        for group in (self.document.get("variables", {}), job.get("variables", {}), leg):
            variables |= group
        known = {"variables": variables, "dependencies": self.dependencies}
        for name, value in variables.items():
            if value.startswith("$["):
                variables[name] = as_text(Expression(value[2:-1].strip()).value(known))
        return variables

    def leg(self, job, name, values):
        """Runs one leg; gives whether it succeeded."""
        machine = Machine(self.folder, {})
        variables = {**self.variables(job, values), **execution.SECRETS}
        for folder in ("Build.ArtifactStagingDirectory", "Agent.TempDirectory"):
            place = machine.root / folder
            place.mkdir()
            variables[folder] = str(place)
        variables["Build.SourcesDirectory"] = variables["System.DefaultWorkingDirectory"] = str(machine.clone)
        # Secrets are in no environment unless a step asks for them.
        machine.env |= {
            re.sub(r"[. ]", "_", name).upper(): expanded(value, variables)
            for name, value in variables.items()
            if name not in execution.SECRETS
        }
        status = "success"
        for step in job["steps"]:
            known = {"variables": variables, "status": status}
            if Expression(step.get("condition", "succeeded()")).value(known):
                tries = range(int(step.get("retryCountOnTaskFailure", "0")) + 1)
                if not any(self.step(step, machine, variables) for _ in tries):
                    status = "failure"
        self.log += f"== {job['job']} {name}\n{machine.log}"
        machine.remove()
        return status == "success"

    def step(self, step, machine, variables):
        """Runs one step; gives whether it succeeded."""
        fill = lambda value: expanded(value, variables)
        if "bash" in step:
            env = {name: fill(value) for name, value in step.get("env", {}).items()}
            place = machine.clone / fill(step.get("workingDirectory", ""))
            return machine.run(fill(step["bash"]), ["bash", "--noprofile", "--norc"], env, place) == 0
        if "publish" in step:
            target = self.artifacts / fill(step["artifact"])
            shutil.copytree(fill(step["publish"]), target)
            self.published += machine.files("**", target)
            return True
        inputs = {name: fill(value) if isinstance(value, str) else value for name, value in step.get("inputs", {}).items()}
        task = step.get("task", "")
        if task == "PublishTestResults@2":
            patterns = inputs["testResultsFiles"].splitlines()
            files = [it for pattern in patterns for it in machine.files(pattern)]
            self.published += files
            self.junit += files
        elif task == "CopyFiles@2":
            for pattern in inputs["Contents"].splitlines():
                for path, content in machine.files(pattern):
                    target = machine.root / inputs["TargetFolder"] / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(content)
        elif task == "DownloadPipelineArtifact@2":
            for pattern in inputs["itemPattern"].splitlines():
                for path, content in machine.files(pattern, self.artifacts):
                    target = machine.root / inputs["targetPath"] / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(content)
        elif task != "Cache@2" and "checkout" not in step:
            raise execution.Finding(f"the agent does not know the step {step}")
        return True
