"""What all judges of publishing share: servers, a run that publishes, what it must not do whatever the vendor is."""

import html
import os
import pathlib
import subprocess
import tempfile

import tools
from publish.relay import Relay, free_port, wait_for
from suite import Finding

TOKEN = "marker-token-of-emulate"


class Servers:
    """Processes that listen, each with a log in a folder."""

    def __init__(self, suite):
        self.suite, self.work = suite, pathlib.Path(tempfile.mkdtemp(prefix="publish-", dir=suite.work))
        self.processes = []

    def start(self, name, port, command):
        """Starts a server and waits until it listens."""
        log = self.work / f"{name}.log"
        with log.open("w") as file:
            command = [str(it) for it in command]
            process = subprocess.Popen(command, cwd=self.work, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        self.processes.append(process)
        wait_for(port, process, log)

    def prism(self, spec, target):
        """Starts Prism, which passes on to `target` what a description allows; gives its address."""
        node, prism, _ = tools.prism()
        port = free_port()
        self.start("prism", port, [node, prism, "proxy", spec, target, "--errors", "--port", port])
        return f"http://127.0.0.1:{port}"

    def close(self):
        """Ends the processes."""
        for process in self.processes:
            process.terminate()
            process.wait()


def publish(suite, work, provider, things, failing, variables, target, change=lambda exchange: None):
    """Publishes a run with ci-gen; gives what was asked. Whatever is not published, or should not be seen, is a finding.

    `variables(address)` are those of the job; `target` is passed what is asked at that address, and `change` may alter it.
    """
    front = Relay(target, change)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=work))
    (folder / "results.xml").write_text(failing if isinstance(failing, str) else results(failing))
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **variables(front.address)}
    command = [suite.ci_gen, "run", "--provider", provider, "--results", "results.xml", "--publish", things]
    command += ["--strict-publish", "--http-log", "http.har"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    front.close()
    front.printed = done.stdout + done.stderr
    asked = "\n".join(str(it) for it in front.log)
    if done.returncode != (1 if failing else 0) or "warning: no " in front.printed:
        raise Finding(f"ci-gen exited {done.returncode}\n{front.printed}\n{asked}")
    if TOKEN in front.printed or TOKEN in (folder / "http.har").read_text():
        raise Finding("the token can be seen")
    return front


def refuse(front, allowed=()):
    """Makes a finding of every request that was refused."""
    refused = [str(it) for it in front.log if it.status >= 300 and it not in allowed]
    if refused:
        raise Finding("requests were refused:\n" + "\n".join(refused))


def expect(wrong, what, expected, found):
    """Notes a difference."""
    if expected != found:
        wrong.append(f"{what} must be {expected}, and is {found}")


def tell(wrong):
    """Makes a finding of what was noted."""
    if wrong:
        raise Finding("\n".join(wrong))


def results(failing):
    """A file of results: so many tests that fail, each for a reason of its own, and one that passes."""
    cases = [
        f'<testcase classname="acme" name="test {it}" file="src/part_{it % 7}.py" line="{it + 1}">'
        f'<failure message="{"x" * it} is not y"/></testcase>'
        for it in range(1, failing + 1)
    ]
    return f'<testsuite name="acme">{"".join(cases)}<testcase classname="acme" name="fine"/></testsuite>'


def words(failing):
    """What ci-gen says of such a run."""
    return f"{failing} of {failing + 1} tests failed" if failing else "1 test passed"


def hostile():
    """A file of results with a flaky test, a test that broke, one that was skipped, and texts that nobody would write."""
    text = html.escape("it's [a|b] 100%\r\n::error::x ##vso[y] \u2028 \u0085 \U0001f600 \u202e e\u0301", True).replace("\r", "&#13;")
    return f"""<testsuite name="{text}">
<testcase classname="acme" name="flaky {text}" file="src/a b.py" line="3" time="0.0125">
<flakyFailure message="{text}" type="E"><stackTrace>{text}</stackTrace></flakyFailure></testcase>
<testcase classname="acme" name="broken" file="src/%41.py" time="1e9"><error message="{text}" type="E">{text * 300}</error></testcase>
<testcase classname="acme" name="{text * 20}"><failure message="">{text}</failure></testcase>
<testcase classname="acme" name="twice"/><testcase classname="acme" name="twice"/>
<testcase classname="acme" name="skipped"><skipped message="{text}"/></testcase>
</testsuite>"""
