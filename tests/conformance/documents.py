"""YAML documents as two independent readers see them: PyYAML (YAML 1.1) and ruamel.yaml (YAML 1.2)."""

import io
import sys

import tools
from suite import Finding

sys.path.append(str(tools.python_library("pyyaml", "6.0.3")))
sys.path.append(str(tools.python_library("ruamel.yaml", "0.18.16")))

import yaml  # noqa: E402
from ruamel.yaml import YAML  # noqa: E402


class NoDuplicates(yaml.SafeLoader):
    """A YAML 1.1 reader that takes a key only once, which YAML demands and PyYAML does not check."""


def mapping(loader, node):
    """A mapping whose keys are all different; `<<` stays a merge, as it does on CircleCI and Travis CI."""
    seen = set()
    for key, _ in node.value:
        if key.tag == "tag:yaml.org,2002:merge":
            raise Finding(f"a merge key at line {key.start_mark.line + 1}")
        if key.value in seen:
            raise Finding(f"duplicate key {key.value!r} at line {key.start_mark.line + 1}")
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


NoDuplicates.add_constructor("tag:yaml.org,2002:map", mapping)


def read(path):
    """A document as plain values.

    It is a finding if YAML 1.1 and YAML 1.2 read it differently, if it is not exactly one document, and if it holds
    anything but mappings, sequences, strings, booleans, null and numbers, such as a date.
    """
    text = path.read_text(encoding="utf-8")
    try:
        old = yaml.load(text, NoDuplicates)
        new = YAML(typ="safe", pure=True).load(io.StringIO(text))
    except (yaml.YAMLError, ValueError) as error:
        raise Finding(f"{path.name}: {error}") from error
    for place, left, right in differences(old, new, ""):
        raise Finding(f"{path.name}: at {place}, YAML 1.1 reads {left!r} and YAML 1.2 reads {right!r}")
    return new


def differences(old, new, place):
    """Where two readings differ, types included."""
    if isinstance(old, dict) and isinstance(new, dict) and list(old) == list(new):
        for key in old:
            yield from differences(old[key], new[key], f"{place}/{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (left, right) in enumerate(zip(old, new)):
            yield from differences(left, right, f"{place}/{index}")
    elif type(old) is not type(new) or old != new or not isinstance(new, (str, bool, int, float, type(None))):
        yield place or "/", old, new


def scalars(value, place=""):
    """Every scalar of a document with its place."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from scalars(item, f"{place}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from scalars(item, f"{place}/{index}")
    else:
        yield place, value


def require(findings):
    """Raises the findings, if there are any."""
    findings = list(findings)
    if findings:
        raise Finding("\n".join(findings))
