"""The description of Azure DevOps, read back from Microsoft's crate, which is generated from the vendor's own Swagger files.

No registry has those files. The crate holds all that they say about requests in a form that never varies: one module for
each operation, with its path, its method, its query and the type of its body; one struct for each model, one enum for each
list of words.
"""

import re

OPERATION = re.compile(r"^    pub mod (\w+) \{\n(.*?)^    \}$", re.M | re.S)
ADDRESS = re.compile(r'format ?! ?\(\s*"\{\}(/[^"?]*)(?:\?[^"]*)?"\s*,([^;]*?)\)\)? ?\?', re.S)
FIELD = re.compile(r"pub\(crate\) (\w+): (.+?),\n")
STRUCT = re.compile(r"^( *)pub struct (\w+) \{\n(.*?)^\1\}$", re.M | re.S)
ENUM = re.compile(r"^( *)pub enum (\w+) \{\n(.*?)^\1\}$", re.M | re.S)
MODULE = re.compile(r"^pub mod (\w+) \{\n(.*?)^\}$", re.M | re.S)
MEMBER = re.compile(r"((?:^ *#\[.*?\]\n)*)^ *pub (\w+): (.+?),\n", re.M | re.S)
WORD = re.compile(r'#\[serde\(rename = "([^"]*)"\)\]\s*\w+|^\s*(\w+),', re.M)
PLAIN = {
    "String": {"type": "string"},
    "bool": {"type": "boolean"},
    "i32": {"type": "integer"},
    "i64": {"type": "integer"},
    "f32": {"type": "number"},
    "f64": {"type": "number"},
    "serde_json::Value": {},
    "time::OffsetDateTime": {"type": "string", "format": "date-time"},
}


def description(folder, areas):
    """OpenAPI 3 of some areas of the crate, `git` and the like, whose sources are in a folder."""
    spec = {"openapi": "3.0.3", "info": {"title": "Azure DevOps", "version": "7.1"}, "paths": {}, "components": {"schemas": {}}}
    for area in areas:
        spec["components"]["schemas"] |= models(area, (folder / area / "models.rs").read_text())
        for _, text in OPERATION.findall((folder / area / "mod.rs").read_text()):
            path, method, operation = read(area, text)
            known = spec["paths"].setdefault(path, {}).get(method)
            spec["paths"][path][method] = both(known, operation) if known else operation
    return spec


def read(area, text):
    """An operation: its path, its method and what the description says of it."""
    fields = dict(FIELD.findall(text))
    (template, arguments) = ADDRESS.search(text).groups()
    names = (it for it in re.findall(r"self ?\. ?(\w+)", arguments) if it != "client")
    path = re.sub(r"\{\}", lambda _: f"{{{next(names)}}}", template)
    method = re.search(r"Method::(\w+)", text)[1].lower()
    parameters = [parameter(area, it, "path", fields[it]) for it in dict.fromkeys(re.findall(r"\{(\w+)\}", path))]
    for name in dict.fromkeys(re.findall(r'append_pair\(\s*"([^"]+)"', text)):
        kind = fields.get(snake(name), "Option<String>")
        parameters.append({**parameter(area, name, "query", kind), "required": not kind.startswith("Option<")})
    for version in set(re.findall(r'append_pair\(\s*"api-version", "([^"]+)"', text)):
        parameters[-1] |= {"required": True, "schema": {"type": "string", "enum": [version]}}
    operation = {"parameters": parameters, "responses": {it: {"description": ""} for it in ("200", "201", "204")}}
    if "to_json(&this.body)" in text:
        schema = typed(area, fields["body"])
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return path, method, operation


def both(one, other):
    """Two operations of one path and method: what the one needs, the other may not, so nothing is needed."""
    names = {it["name"]: it for it in one["parameters"]}
    for it in other["parameters"]:
        known = names.setdefault(it["name"], {**it, "required": False})
        known["required"] = known["required"] and it["required"]
    others = {it["name"] for it in other["parameters"]}
    for name, it in names.items():
        it["required"] = it["required"] and name in others
    return {**one, "parameters": list(names.values())}


def parameter(area, name, place, kind):
    """A parameter of a type."""
    return {"name": name, "in": place, "required": True, "schema": typed(area, kind)}


def snake(name):
    """How the crate calls a parameter."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name.lstrip("$")).replace(".", "_").lower()


def models(area, text):
    """The schemas of an area by name, `area.Name` and `area.module.Name`."""
    schemas, outside = {}, MODULE.sub("", text)
    for scope, part in [("", outside), *((f"{name}::", inner) for name, inner in MODULE.findall(text))]:
        for _, name, members in STRUCT.findall(part):
            schemas[key(area, scope + name)] = struct(area, members)
        for _, name, words in ENUM.findall(part):
            listed = [renamed or plain for renamed, plain in WORD.findall(words)]
            schemas[key(area, scope + name)] = {"type": "string", "enum": listed}
    return schemas


def struct(area, members):
    """The schema of a struct; one that is flattened into it is a part of it."""
    whole, parts, required = {}, [], []
    for attributes, name, kind in MEMBER.findall(members):
        serde = "".join(re.findall(r"#\[serde\((.*?)\)\]", attributes, re.S))
        if re.search(r"\bflatten\b", serde):
            parts.append(typed(area, kind))
            continue
        renamed = re.search(r'rename = "([^"]*)"', serde)
        named = renamed[1] if renamed else name.removeprefix("r#")
        whole[named] = typed(area, kind)
        if "default" not in serde:
            required.append(named)
    schema = {"type": "object", "properties": whole}
    schema |= {"required": required} if required else {}
    return {"allOf": [*parts, schema]} if parts else schema


def typed(area, kind):
    """The schema of a type."""
    kind = re.sub(r"\s", "", kind).removeprefix("models::")
    if inner := re.fullmatch(r"Option<(.+)>", kind):
        return typed(area, inner[1])
    if inner := re.fullmatch(r"Vec<(.+)>", kind):
        return {"type": "array", "items": typed(area, inner[1])}
    if kind in PLAIN:
        return dict(PLAIN[kind])
    return {"$ref": f"#/components/schemas/{key(area, kind)}"}


def key(area, name):
    """The name of a schema."""
    return f"{area}.{name.replace('::', '.')}"
