"""A vendor that nobody can run at home: every request judged by the vendor's own description, and answered by a small fake.

ci-gen → `front`, which can spoil requests and counts which endpoint they are at → Prism, which turns away what the
description does not allow → `back`, the fake. What the description lacks goes by Prism, and only if it is in the list.
"""

import json
from collections import Counter
from concurrent import futures

from publish import openapi
from publish.bench import Servers, hostile, publish, refuse, tell
from publish.relay import Relay
from suite import Finding


class Vendor:
    """What is to be known of a vendor. `answer(exchange)` is that of its fake.

    `name` is the provider's; `corrections` and `gaps` are those of the description that `description()` reads;
    `security` says in which header the token stands; `wanted` are the endpoints that ci-gen uses, as `METHOD PATH`.
    """

    name = ""
    # The variable that numbers runs: what an older run says is not published.
    number = ""
    corrections, gaps, wanted = [], [], []
    security = {"type": "apiKey", "in": "header", "name": "Authorization"}

    def description(self):
        """The description as it was installed."""
        raise NotImplementedError

    def variables(self, address):
        """The variables of a job, with the API at an address."""
        raise NotImplementedError

    def answer(self, exchange):
        """The fake's answer."""
        raise NotImplementedError


class Described(Servers):
    """The servers of one vendor."""

    def __init__(self, suite, vendor):
        super().__init__(suite)
        self.vendor, self.used, self.log = vendor, Counter(), []
        whole = openapi.corrected(vendor.description(), vendor.corrections)
        spec = openapi.strict(openapi.trimmed(whole, vendor.wanted, security=vendor.security))
        self.endpoints = openapi.Endpoints(spec, vendor.gaps)
        file = self.work / f"{vendor.name}.json"
        file.write_text(json.dumps(spec))
        self.back = Relay(None, vendor.answer)
        self.proxy = self.prism(file, self.back.address)

    def close(self):
        """Ends the servers."""
        self.back.close()
        super().close()

    def publish(self, failing, things, change=lambda exchange: None, **given):
        """Publishes a run, each request of which must be described and allowed; gives what was asked.

        `given` changes variables of the job.
        """
        wrong, unanswered = [], []

        def between(exchange):
            answered = change(exchange)
            endpoint = self.endpoints.of(exchange)
            if answered:
                unanswered.append(exchange)
            wrong.extend(self.endpoints.strange(exchange))
            if not answered and endpoint and endpoint not in self.endpoints.described:
                answered = self.vendor.answer(exchange)
            self.used[endpoint] += 1
            return answered

        variables = lambda address: {**self.vendor.variables(address), **given}
        try:
            front = publish(self.suite, self.work, self.vendor.name, things, failing, variables, self.proxy, between)
        except Finding as found:
            raise Finding("\n".join([*wrong, str(found)])) from None
        tell(wrong)
        refuse(front, unanswered)
        self.log += front.log
        return front

    def delivered(self, exchange):
        """Delivers a request and loses the answer: the client learns that something went wrong on the way."""
        self.vendor.answer(exchange)
        return 502, {"message": "the answer was lost"}

    def all_used(self):
        """Every endpoint was asked; prints what the description lacks and where it was corrected."""
        unused = [f"nobody asked {method} {path}" for (method, path), _ in self.endpoints.all if not self.used[method, path]]
        tell(unused)
        described = sum(self.used[it] for it in self.endpoints.described)
        print(f"       {self.vendor.name}: {described} requests to {len(self.endpoints.described)} described endpoints")
        for it in self.vendor.corrections:
            print(f"       corrected: {it.why}")
        for it in self.vendor.gaps:
            print(f"       not described, so not judged (requests: {self.used[it.method, it.path]}): {it.method} {it.path}: {it.why}")


def hostile_run(things, number):
    """A run with texts that nobody would write, whose requests are allowed all the same."""

    def run(bench):
        bench.publish(hostile(), things, **{bench.vendor.number: str(number)})

    return "a run with hostile texts", run


class Spoiled:
    """Publishing with a request that was spoiled on the way, which must be noticed for that reason."""

    def __init__(self, title, word, things, change):
        self.title, self.word, self.things, self.change = title, word, things, change

    def run(self, bench, number):
        """Publishes a run of a number; what is found must hold the word, or the check itself is wrong."""
        try:
            bench.publish(3, self.things, self.change, **{bench.vendor.number: str(number)})
        except Finding as found:
            if self.word not in str(found):
                raise RuntimeError(f"`{self.word}` was to be found, and was not:\n{found}") from None
            raise


def body(method, part, change):
    """Changes the body of requests by a function, in place."""

    def spoil(exchange):
        if exchange.method == method and part in exchange.path:
            value = exchange.json()
            exchange.body = json.dumps(change(value) or value).encode()

    return spoil


def path(old, new):
    """Changes a text in paths."""

    def spoil(exchange):
        exchange.path = exchange.path.replace(old, new)

    return spoil


def without(header):
    """Takes a header away."""

    def spoil(exchange):
        exchange.headers = {name: it for name, it in exchange.headers.items() if name.lower() != header}

    return spoil


def checks(suite, vendor, runs, spoiled):
    """Starts a vendor, carries out runs (title and function of the bench), then spoils requests; gives what was asked."""
    bench = suite.check(f"{vendor.name}: its description is read, and Prism is there", Described, suite, vendor)
    if bench is None:
        return []
    try:
        for title, function in runs:
            suite.check(f"{vendor.name}: {title}", function, bench)
        suite.check(f"{vendor.name}: every endpoint was asked", bench.all_used)
        # Comments are written one after the other, and only by the newest run.
        spoiled = sorted(spoiled, key=lambda it: it.things != "comment")
        with futures.ThreadPoolExecutor(4) as pool:
            running = {}
            for number, it in enumerate(spoiled, 1000):
                running[it] = pool.submit(it.run, bench, number)
                if it.things == "comment":
                    futures.wait([running[it]])
            for it, run in running.items():
                suite.must_fail(f"{vendor.name}: {it.title}", run.result)
    finally:
        bench.close()
    return bench.log
