"""CircleCI's engine and machines: parameters inserted, matrices expanded, jobs run as their `requires` allow.

Each `run` step is a shell of its own, by default `/bin/bash -eo pipefail`; after a failure only the steps that say
`when: always` or `when: on_fail` run, besides those that store something.
https://circleci.com/docs/configuration-reference/
"""

import itertools
import pathlib
import re
import shlex
import shutil

import execution
from agents.machine import Machine
from documents import read

FILE = ".circleci/config.yml"
STORES = {"store_artifacts", "store_test_results", "persist_to_workspace"}
TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<regex>/(?:[^/\\]|\\.)*/)|(?P<sign>==|!=|\(|\))|(?P<word>[\w.-]+))'
)


class Expression:
    """CircleCI's language of conditions and of values. https://circleci.com/docs/how-to-use-expressions/"""

    def __init__(self, text):
        self.tokens, position = [], 0
        while text[position:].strip():
            match = TOKEN.match(text, position)
            if match is None:
                raise execution.Finding(f"the expression {text!r} is wrong at {text[position:]!r}")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()

    def value(self, known):
        """The value of the whole expression."""
        result = self.alternatives(known)
        if self.tokens:
            raise execution.Finding(f"the expression goes on with {self.tokens}")
        return result

    def take(self, *words):
        """The next token if it is one of these, else None."""
        if self.tokens and self.tokens[0][1] in words:
            return self.tokens.pop(0)[1]
        return None

    def alternatives(self, known):
        """`or` gives its first true side, as `and` does its first false one."""
        result = self.conjunction(known)
        while self.take("or"):
            other = self.conjunction(known)
            result = result or other
        return result

    def conjunction(self, known):
        """Comparisons between `and`."""
        result = self.comparison(known)
        while self.take("and"):
            other = self.comparison(known)
            result = result and other
        return result

    def comparison(self, known):
        """One operand, or two with an operator between them."""
        if self.take("not"):
            return not self.comparison(known)
        left = self.operand(known)
        if operator := self.take("==", "!="):
            return (left == self.operand(known)) == (operator == "==")
        if self.take("starts-with"):
            return left is not None and left.startswith(self.operand(known))
        if self.take("matches"):
            return left is not None and re.search(self.operand(known), left) is not None
        return left

    def operand(self, known):
        """A value in parentheses, a text, a regular expression or a name."""
        if self.take("("):
            result = self.alternatives(known)
            if not self.take(")"):
                raise execution.Finding("a parenthesis stays open")
            return result
        kind, token = self.tokens.pop(0)
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", token[1:-1])
        if kind == "regex":
            return token[1:-1]
        if token in ("true", "false"):
            return token == "true"
        if token not in known:
            raise execution.Finding(f"the expression names the unknown {token}")
        return known[token]


def inserted(value, known):
    """A value with what stands between `<<` and `>>` inserted, and `\\<<` as the text `<<`."""
    if isinstance(value, dict):
        return {key: inserted(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [inserted(item, known) for item in value]
    if not isinstance(value, str):
        return value

    def insert(found):
        if found[0] == "\\<<":
            return "<<"
        result = Expression(found[1]).value(known)
        return str(result).lower() if isinstance(result, bool) else "" if result is None else str(result)

    return re.sub(r"\\<<|<<(.*?)>>", insert, value, flags=re.DOTALL)


def invocations(workflow, pipeline):
    """Every job that a workflow runs: its name, its definition's name, its parameters, requires and filter."""
    for item in workflow["jobs"]:
        ((job, keys),) = item.items() if isinstance(item, dict) else [(item, {})]
        matrix = keys.get("matrix", {})
        own = {key: value for key, value in keys.items() if key not in ("name", "matrix", "requires", "filters", "context")}
        axes = matrix.get("parameters", {})
        pattern = keys.get("name", "-".join([job, *(f"<< matrix.{key} >>" for key in axes)]))
        for values in itertools.product(*axes.values()):
            combination = dict(zip(axes, values))
            if combination in matrix.get("exclude", []):
                continue
            known = pipeline | {f"matrix.{key}": value for key, value in combination.items()}
            name = inserted(pattern, known)
            yield name, job, {**own, **combination}, keys.get("requires", []), keys.get("filters"), matrix.get("alias")


def execute(folder, event):
    """Runs the pipeline; see `execution.Bench.run`."""
    document = read(folder / FILE)
    pipeline = {
        "pipeline.event.name": "api" if event.kind == "manual" else "push",
        "pipeline.git.branch": "main",
        "pipeline.git.tag": None,
        "pipeline.git.revision": execution.head(folder),
    }
    given = {name.replace("_", "-"): value for name, value in event.inputs.items()}
    for name, parameter in document.get("parameters", {}).items():
        value = given.get(name, parameter["default"])
        pipeline[f"pipeline.parameters.{name}"] = value == "true" if parameter["type"] == "boolean" and name in given else value
    (workflow,) = document["workflows"].values()
    if "when" in workflow and not Expression(workflow["when"]).value(pipeline):
        return execution.Outcome(False, None, None, "the condition of the workflow does not hold")
    run = Run(folder, document, pipeline)
    waiting = list(invocations(workflow, pipeline))
    aliases = {}
    for name, *_, alias in waiting:
        aliases.setdefault(alias, []).append(name)
    while waiting:
        name, job, parameters, requires, condition, _ = waiting.pop(0)
        # `JOB: terminal` waits for the end of a job, whatever it is. https://circleci.com/docs/configuration-reference/#requires
        wanted = {name: status for need in requires for name, status in (need if isinstance(need, dict) else {need: "success"}).items()}
        wanted = {it: status for need, status in wanted.items() for it in aliases.get(need, [need])}
        needs = list(wanted)
        if any(it in [other[0] for other in waiting] for it in needs):
            waiting.append((name, job, parameters, requires, condition, None))
            continue
        if unknown := set(wanted.values()) - {"success", "terminal"}:
            raise execution.Finding(f"the engine does not know the status {unknown}")
        verdicts = {run.verdicts[it] for it, status in wanted.items() if status == "success"}
        chosen = condition is None or Expression(condition).value(pipeline)
        run.verdicts[name] = run.job(name, job, parameters) if chosen and verdicts <= {"success"} else "skipped"
    succeeded = "failure" not in run.verdicts.values()
    return execution.Outcome(succeeded, None, run.published, run.log, run.junit, parts=run.verdicts)


def below(path, files):
    """Files of a folder by their paths from the clone; a folder outside of it holds them under these paths."""
    return [(name if path.startswith("/") else f"{path}/{name}", content) for name, content in files]


class Run:
    """A workflow under way: the workspace that its jobs share, and what came of them."""

    def __init__(self, folder, document, pipeline):
        self.folder, self.document, self.pipeline = folder, document, pipeline
        self.workspace = pathlib.Path(f"{folder}-workspace")
        self.workspace.mkdir()
        self.verdicts, self.published, self.junit, self.log = {}, [], [], ""

    def job(self, name, job, parameters):
        """Runs every node of a job; gives its verdict."""
        definition = self.document["jobs"][job]
        known = dict(self.pipeline)
        for key, parameter in definition.get("parameters", {}).items():
            known[f"parameters.{key}"] = parameters.get(key, parameter.get("default"))
        nodes = range(definition.get("parallelism", 1))
        return "success" if all([self.node(name, inserted(definition, known), it) for it in nodes]) else "failure"

    def node(self, name, job, index):
        """Runs one node of a job; gives whether it succeeded."""
        env = {
            "CIRCLE_BRANCH": "main",
            "CIRCLE_TAG": "",
            "CIRCLE_SHA1": self.pipeline["pipeline.git.revision"],
            "CIRCLE_NODE_INDEX": str(index),
            "CIRCLE_NODE_TOTAL": str(job.get("parallelism", 1)),
            "CIRCLE_WORKFLOW_JOB_ID": re.sub(r"\W", "-", name),
            **execution.SECRETS,
        }
        machine = Machine(self.folder, {**env, **job.get("environment", {})})
        # A container has /tmp for itself; the machines of this bench share one.
        private = lambda text: re.sub(r"/tmp/ci-gen(?![-\w])", str(machine.root / "tmp"), text)
        succeeded = True
        for step in job["steps"]:
            ((kind, keys),) = step.items() if isinstance(step, dict) else [(step, {})]
            if kind == "run":
                when = keys.get("when", "on_success")
                if when == "always" or succeeded == (when == "on_success"):
                    shell = shlex.split(keys.get("shell", "/bin/bash -eo pipefail"))
                    place = keys.get("environment"), keys.get("working_directory")
                    tries = range(keys.get("max_auto_reruns", 0) + 1)
                    succeeded = any(machine.run(private(keys["command"]), shell, *place) == 0 for _ in tries) and succeeded
            elif kind == "attach_workspace" and succeeded:
                shutil.copytree(self.workspace, private(keys["at"]), dirs_exist_ok=True)
            elif kind == "persist_to_workspace" and succeeded:
                for path in keys["paths"]:
                    target = self.workspace / path
                    shutil.copytree(pathlib.Path(private(keys["root"])) / path, target, dirs_exist_ok=True)
            elif kind == "store_artifacts":
                path = private(keys["path"])
                if (machine.clone / path).is_file():
                    self.published += machine.files(path)
                else:
                    self.published += below(path, machine.files("**", machine.clone / path))
            elif kind == "store_test_results":
                path = private(keys["path"])
                files = below(path, machine.files("**", machine.clone / path))
                files += machine.files(path) if (machine.clone / path).is_file() else []
                self.published += files
                self.junit += files
            elif kind not in ("checkout", "restore_cache", "save_cache", *STORES, "attach_workspace"):
                raise execution.Finding(f"the agent does not know the step {kind}")
        self.log += f"== {name}\n{machine.log}"
        machine.remove()
        return succeeded
