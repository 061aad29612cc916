"""A vendor's OpenAPI file with what is asked of it alone, corrected where it is known to be wrong, so that a validator loads it in seconds."""

import copy
import re
import urllib.parse
from collections.abc import Callable
from typing import NamedTuple

# What a description of a request may hold and no validator needs.
TALK = ("description", "example", "examples", "externalDocs")
METHODS = ("get", "put", "post", "patch", "delete")
BEARER = {"type": "http", "scheme": "bearer"}


class Correction(NamedTuple):
    """Something that a description says otherwise than the vendor's own pages do, or does not say; `make` changes it."""

    why: str
    make: Callable


class Gap(NamedTuple):
    """An endpoint that a description lacks, and why it does."""

    method: str
    path: str
    why: str


def corrected(spec, corrections):
    """A description with its corrections; one that changes nothing is no longer wanted, which is an error."""
    for it in corrections:
        before = copy.deepcopy(spec)
        it.make(spec)
        if spec == before:
            raise RuntimeError(f"the description needs no correction any more: {it.why}")
    return spec


def trimmed(spec, wanted, media="application/json", security=BEARER):
    """The endpoints of a description, as `PATH` or `METHOD PATH`, with what they refer to.

    Answers lose their schemas, because the servers behind are emulators, which leave much out; requests are what is
    judged. `media` is the media type that clients have to ask for and the file does not name. Every operation needs a
    token by `security`, which vendors say in words only.
    """
    kept = {}
    for it in wanted:
        method, _, path = it.rpartition(" ")
        left = {key: it for key, it in spec["paths"][path].items() if key == method.lower() or key not in METHODS or not method}
        kept.setdefault(path, {}).update(copy.deepcopy(left))
    for operations in kept.values():
        for method, operation in operations.items():
            if method not in METHODS:
                continue
            operation["security"] = [{"token": []}]
            operation["responses"] = {
                status: {"description": "", "content": {media: {}, "application/json": {}}}
                for status in operation["responses"]
            }
    components = {}
    wanted, done = references(kept), set()
    while wanted:
        pointer = wanted.pop()
        if pointer in done:
            continue
        done.add(pointer)
        kind, name = pointer.removeprefix("#/components/").split("/", 1)
        components.setdefault(kind, {})[name] = spec["components"][kind][name]
        wanted |= references(spec["components"][kind][name])
    components["securitySchemes"] = {"token": security}
    return {"openapi": spec["openapi"], "info": spec["info"], "paths": quiet(kept), "components": quiet(components)}


def references(value):
    """Every reference in a value."""
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(it) for key, it in value.items() if key not in TALK))
    if isinstance(value, list):
        return set().union(*(references(it) for it in value))
    return set()


def quiet(value, named=False):
    """A value without talk; where keys are names, as in `properties`, none is taken for talk."""
    if isinstance(value, dict):
        talk = () if named else TALK
        return {key: quiet(it, key in ("properties", "schemas", "parameters")) for key, it in value.items() if key not in talk}
    return [quiet(it) for it in value] if isinstance(value, list) else value


def strict(spec):
    """A trimmed description that allows no field which it does not name: servers ignore such, and nobody notices."""
    schemas = spec["components"].get("schemas", {})
    merged = {name: flat(it, schemas) for name, it in schemas.items()}
    spec["components"]["schemas"] = {name: closed(it) for name, it in merged.items()}
    spec["components"]["requestBodies"] = closed(spec["components"].get("requestBodies", {}))
    for operations in spec["paths"].values():
        for method, operation in operations.items():
            if method in METHODS and "requestBody" in operation:
                operation["requestBody"] = closed(operation["requestBody"])
    return spec


def flat(schema, schemas):
    """A schema with all parts of its `allOf` in one."""
    if "$ref" in schema:
        return flat(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "allOf" not in schema:
        return schema
    whole = {"type": "object", "properties": {}, "required": []}
    for part in [*schema["allOf"], {key: it for key, it in schema.items() if key != "allOf"}]:
        part = flat(part, schemas)
        whole["properties"].update(part.get("properties", {}))
        whole["required"] += part.get("required", [])
    return {key: it for key, it in whole.items() if it}


def closed(value):
    """A value whose objects take no other fields than those they name."""
    if isinstance(value, list):
        return [closed(it) for it in value]
    if not isinstance(value, dict):
        return value
    value = {key: closed(it) for key, it in value.items()}
    if value.get("type") == "object" and isinstance(value.get("properties"), dict):
        value["additionalProperties"] = False
    return value


class Endpoints:
    """The endpoints of a trimmed description: which one a request is at, and what of its address is not described."""

    def __init__(self, spec, gaps=()):
        self.spec, self.gaps = spec, gaps
        self.described = [
            (method.upper(), path) for path, operations in spec["paths"].items() for method in operations if method in METHODS
        ]
        lacking = [(it.method, it.path) for it in gaps]
        both = set(lacking) & set(self.described)
        if both:
            raise RuntimeError(f"the description lacks these no more: {both}")
        self.all = [(endpoint, pattern(endpoint[1])) for endpoint in [*self.described, *lacking]]

    def of(self, exchange):
        """The endpoint, as method and path, or nothing."""
        path = exchange.path.partition("?")[0]
        fitting = [endpoint for endpoint, it in self.all if endpoint[0] == exchange.method and it.fullmatch(path)]
        # Of two, the one that leaves less open is meant.
        return min(fitting, key=lambda it: it[1].count("{"), default=None)

    def strange(self, exchange):
        """What of a request's address is not described: all of it, or parameters of the query."""
        endpoint = self.of(exchange)
        if endpoint is None:
            return [f"{exchange.method} {exchange.path} is at no endpoint of the description"]
        if endpoint not in self.described:
            return []
        operations = self.spec["paths"][endpoint[1]]
        known = [*operations.get("parameters", []), *operations[endpoint[0].lower()].get("parameters", [])]
        names = {it["name"] for it in map(self.resolved, known) if it["in"] == "query"}
        asked = urllib.parse.parse_qsl(exchange.path.partition("?")[2], keep_blank_values=True)
        return [f"{exchange.method} {exchange.path}: the description has no parameter {name}" for name, _ in asked if name not in names]

    def resolved(self, value):
        """What a reference stands for."""
        if "$ref" not in value:
            return value
        kind, name = value["$ref"].removeprefix("#/components/").split("/", 1)
        return self.spec["components"][kind][name]


def pattern(path):
    """What the paths of a template look like, with a group for each part that is open."""
    parts = re.split(r"(\{[^}]*\})", path)
    return re.compile("".join("([^/]+)" if it.startswith("{") else re.escape(it) for it in parts))
