"""A vendor's OpenAPI file with what is asked of it alone, so that a validator loads it in seconds."""

import json

# What a description of a request may hold and no validator needs.
TALK = ("description", "example", "examples", "externalDocs")


def trimmed(source, paths, media):
    """The paths of a file with what they refer to.

    Answers lose their schemas, because the servers behind are emulators, which leave much out; requests are what is
    judged. `media` is the media type that clients have to ask for and the file does not name. Every operation needs a
    token, which the vendor says in words only.
    """
    spec = json.loads(source.read_text())
    kept = {path: spec["paths"][path] for path in paths}
    for operations in kept.values():
        for operation in operations.values():
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
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
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
