"""What all systems' checks share: rendering specs, reading plans, recording findings, breaking outputs on purpose."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import traceback

import tools

ROOT = pathlib.Path(__file__).resolve().parents[2]
SYSTEMS = ["github", "gitlab", "jenkins", "azure", "circleci", "travis", "bitbucket", "teamcity", "publish", "runners"]


class Finding(Exception):
    """What an independent tool, or an assertion on what it did, found wrong with an output."""


class Suite:
    """One run: the work folder, the tools, and what was found."""

    def __init__(self):
        cargo = ["cargo", "build", "--locked", "--quiet", "--bin", "ci-gen"]
        subprocess.run(cargo, cwd=ROOT, check=True)
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        self.ci_gen = target / "debug" / "ci-gen"
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="ci-gen-conformance-"))
        self.system = None
        self.passed = 0
        self.failed = []

    def start(self, system):
        """Opens the part of one system."""
        self.system = system
        print(f"== {system}", flush=True)

    def specs(self):
        """The specs that every system's output is checked for: the examples, then the nasty ones."""
        examples = sorted((ROOT / "examples").glob("*/ci-gen.toml"))
        return examples + sorted((ROOT / "tests" / "conformance" / "specs").glob("*.toml"))

    def spec(self, name):
        """The spec of `specs/NAME.toml`."""
        return ROOT / "tests" / "conformance" / "specs" / f"{name}.toml"

    def name(self, spec):
        """How a spec is called in messages: `quickstart`, `nasty-strings`."""
        return spec.parent.name if spec.name == "ci-gen.toml" else spec.stem

    def render(self, spec, system=None, overwrite=None):
        """Renders one spec for one system into a fresh folder; None where ci-gen refuses the system for it.

        `overwrite` maps replaced text to new text in the spec, for specs that must know a path of this run.
        """
        system = system or self.system
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{self.name(spec)}-{system}-", dir=self.work))
        text = spec.read_text()
        for old, new in (overwrite or {}).items():
            text = text.replace(old, new)
        (folder / "ci-gen.toml").write_text(text)
        command = [self.ci_gen, "render", "--target", system, "--out", folder]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode == 3 and refusal(system, done.stderr):
            return None
        if done.returncode != 0:
            raise Finding(f"{spec.name}: render exited {done.returncode}\n{done.stderr}")
        if [it.name for it in folder.iterdir()] == ["ci-gen.toml"]:  # refused under the policy `warn`
            return None
        return folder

    def plan(self, spec):
        """The plan of a spec, as `ci-gen plan --format json` prints it."""
        command = [self.ci_gen, "plan", "--spec", spec, "--format", "json"]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def check(self, title, function, *arguments):
        """Runs one check: it passes unless the function raises. Returns what the function returns."""
        started = time.monotonic()
        try:
            result = function(*arguments)
        except Exception as error:  # a fault of the check itself is a finding, too
            detail = str(error) if isinstance(error, Finding) else traceback.format_exc()
            self.failed.append((self.system, title, detail))
            print(f"FAILED {title}\n{detail}", flush=True)
            return None
        self.passed += 1
        print(f"ok     {title} ({time.monotonic() - started:.1f} s)", flush=True)
        return result

    def must_fail(self, title, function, *arguments):
        """Shows that a check can fail: it passes only if the function finds something in an output broken on purpose."""

        def broken():
            try:
                function(*arguments)
            except Finding:
                return
            raise Finding("the check passed an output that was broken on purpose")

        self.check(f"red on purpose: {title}", broken)

    def mutated(self, folder, file, old, new):
        """A copy of a rendered folder in which one text of one file was replaced; the text must be there."""
        copy = pathlib.Path(tempfile.mkdtemp(prefix=f"{folder.name}-broken-", dir=self.work))
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        text = (copy / file).read_text()
        if old not in text:
            raise RuntimeError(f"{file} has no {old!r} to break")
        (copy / file).write_text(text.replace(old, new))
        return copy

    def finish(self):
        """Prints the sum; gives the exit code."""
        print(f"\n{self.passed} checks passed, {len(self.failed)} failed")
        for system, title, _ in self.failed:
            print(f"  {system}: {title}")
        if not self.failed:
            shutil.rmtree(self.work, ignore_errors=True)
        return 1 if self.failed else 0


def refusal(system, stderr):
    """Whether ci-gen refused the system, and nothing else, with a diagnostic of its own."""
    errors = [line for line in stderr.splitlines() if line.startswith("error[")]
    return bool(errors) and all(f"]: {system}: " in line for line in errors)


def run(command, **options):
    """Runs a tool; a non-zero exit is a finding that holds what it printed."""
    done = subprocess.run([str(it) for it in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise Finding(f"{pathlib.Path(str(command[0])).name} exited {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


__all__ = ["Finding", "ROOT", "SYSTEMS", "Suite", "run", "tools"]
