"""Compiles settings scripts against the typed stubs of the DSL (dsl/*.kt), and runs them for the model they build."""

import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import tools
from suite import run

STUBS = pathlib.Path(__file__).parent / "dsl"
PACKAGE = "jetbrains.buildServer.configs.kotlin"


def compiler(*arguments):
    """The command that compiles; the fast tier of the JVM is enough for so short a run."""
    lib = tools.kotlin()
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g"]
    command = [tools.java(), *quick, f"-Dkotlin.home={lib.parent}", "-cp", lib / "kotlin-preloader.jar"]
    command += ["org.jetbrains.kotlin.preloading.Preloader", "-cp", lib / "kotlin-compiler.jar"]
    command += ["org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", "-kotlin-home", lib.parent, "-nowarn"]
    return [str(it) for it in [*command, *arguments]]


def stubs():
    """The compiled stubs, made again when one of them changed."""
    sources = sorted(STUBS.glob("*.kt"))
    version = hashlib.sha256(b"".join(it.read_bytes() for it in sources)).hexdigest()[:12]
    build = lambda folder: tools.quiet(compiler("-d", folder / "stubs.jar", *sources))
    return tools.installed("teamcity-dsl", version, build) / "stubs.jar"


class Scripts:
    """Scripts that are compiled together, since starting the compiler is what takes long."""

    def __init__(self, work):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kotlin-", dir=work))
        self.classes = self.folder / "classes"
        self.names = {}  # class by text
        self.errors = {}  # what the compiler says, by text
        self.projects = {}  # what a script registered, by the hosts of pull requests and text

    def add(self, folder):
        """Adds the settings of a rendered folder."""
        text = settings(folder)
        if text not in self.names:
            self.names[text] = f"Settings{len(self.names)}"
            # Scripts with classes of the same name are kept apart by packages; lines keep their numbers.
            package = self.names[text].lower()
            (self.folder / f"{self.names[text]}.kts").write_text(f"package {package}; {text}")
        return folder

    def compile(self, hosts):
        """Compiles everything that was added, and runs what has no errors once for every host of pull requests."""
        good = dict(self.names)
        while good:
            files = [self.folder / f"{name}.kts" for name in good.values()]
            command = ["-Xallow-any-scripts-in-source-roots", "-cp", stubs(), "-d", self.classes, *files]
            done = subprocess.run(compiler(*command), capture_output=True, text=True)
            if done.returncode == 0:
                break
            texts = {name: text for text, name in good.items()}
            found = re.findall(r"(Settings\d+)\.kts:(\d+:\d+: error: .*)", done.stderr)
            if not found:
                raise RuntimeError(done.stdout + done.stderr)
            for name, error in found:
                self.errors.setdefault(texts[name], []).append(error)
                good.pop(texts[name], None)
            shutil.rmtree(self.classes, ignore_errors=True)
        lib = tools.kotlin()
        jars = [stubs(), *(lib / f"{it}.jar" for it in ("kotlin-stdlib", "kotlin-script-runtime", "kotlin-reflect"))]
        java = [tools.java(), "-cp", ":".join(map(str, jars)), f"{PACKAGE}.DumpKt", self.classes]
        for host in hosts if good else []:
            models = json.loads(run([*java, host, *(f"{name.lower()}.{name}" for name in good.values())]))
            for text, name in good.items():
                self.projects[host, text] = models[f"{name.lower()}.{name}"]


def settings(folder):
    """The text of a rendered folder's settings."""
    return (folder / ".teamcity" / "settings.kts").read_text()
