"""One machine of a CI system: a fresh clone of the repository, an environment, and shells that run in it."""

import os
import pathlib
import shutil
import subprocess
import tempfile

LIMIT = 120
# Of this process's environment; the address of a release is what a runner's owner sets.
BASE = ("PATH", "LANG", "CI_GEN_RELEASE_URL")


class Machine:
    """A machine with a home and a clone of the repository; and of this process's environment only `BASE`."""

    def __init__(self, repository, env):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="machine-", dir=repository.parent))
        self.clone = self.root / "home" / "build"
        shutil.copytree(repository, self.clone)
        base = {name: os.environ[name] for name in BASE if name in os.environ}
        self.env = {**base, "HOME": str(self.root / "home"), "CI": "true", **env}
        self.log = ""

    def run(self, script, shell, env=None, directory=None):
        """Runs a script with a shell (its words) in the clone or below it; gives the exit code."""
        file = self.root / "script"
        file.write_text(script)
        place = self.clone / (directory or "")
        if not place.is_dir():
            self.log += f"{script}\n[{place} is no directory]\n"
            return 1
        options = {"cwd": place, "env": {**self.env, **(env or {})}, "text": True}
        try:
            done = subprocess.run([*shell, file], stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, **options)
        except subprocess.TimeoutExpired:
            self.log += f"{script}\n[no end after {LIMIT} seconds]\n"
            return 124
        self.log += f"{script}\n{done.stdout}{done.stderr}[exit {done.returncode}]\n"
        return done.returncode

    def write(self, path, content):
        """Puts a file into the clone."""
        (self.clone / path).parent.mkdir(parents=True, exist_ok=True)
        (self.clone / path).write_text(content)

    def files(self, pattern, directory=None):
        """The files of a glob below the clone, as pairs of the path from there and the content."""
        base = pathlib.Path(directory or self.clone)
        paths = [it for it in base.glob(pattern) if it.is_file()]
        if pattern.endswith("**"):  # before Python 3.13 such a glob finds directories alone
            paths = [it for it in base.glob(f"{pattern}/*") if it.is_file()]
        return [(str(it.relative_to(base)), it.read_text()) for it in sorted(set(paths))]

    def remove(self):
        """Gives the disk space back."""
        shutil.rmtree(self.root, ignore_errors=True)
