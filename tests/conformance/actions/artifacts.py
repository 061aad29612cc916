"""What the stand-ins for actions/upload-artifact and actions/download-artifact do, in a folder instead of a server.

Files are kept below the least common ancestor of the searched paths, names are unique in a run and lack what the real
action refuses. https://github.com/actions/upload-artifact#inputs, https://github.com/actions/download-artifact#inputs
"""

import fnmatch
import glob
import itertools
import json
import os
import pathlib
import re
import shutil
import sys

STORE = pathlib.Path(os.environ["CONFORMANCE_STORE"])
NAME = os.environ["ARTIFACT_NAME"]
PATH = os.environ["ARTIFACT_PATH"]


def upload():
    if re.search(r'[":<>|*?\r\n\\/]', NAME) or not NAME:
        sys.exit(f"the real action refuses the name {NAME!r}")
    patterns = [it for it in PATH.splitlines() if it]
    files = sorted({it for pattern in patterns for it in found(pattern)})
    if not files and os.environ["ARTIFACT_MISSING"] == "error":
        sys.exit(f"no files were found with the provided path: {patterns}")
    if not files:
        print(f"::warning::No files were found with the provided path: {patterns}")
        return
    single = [str(it) for it in files] == [os.path.normpath(it) for it in patterns]
    root = files[0].parent if single else pathlib.Path(os.path.commonpath([search_path(it) for it in patterns]))
    folder = STORE / NAME
    if os.environ["ARTIFACT_OVERWRITE"] == "true":
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)  # fails if another leg took the name
    kept = [[str(it), str(it.relative_to(root))] for it in files]
    for path, place in kept:
        (folder / "files" / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / "files" / place)
    (folder / "kept.json").write_text(json.dumps(kept))


def found(pattern):
    """The files of a pattern; a folder stands for all that is in it. Hidden ones only where the input asks for them."""
    hidden = os.environ["ARTIFACT_HIDDEN"] == "true"
    for path in map(pathlib.Path, glob.glob(pattern, recursive=True, include_hidden=True)):
        for it in [path] if path.is_file() else path.rglob("*"):
            if it.is_file() and (hidden or not any(part.startswith(".") for part in it.parts)):
                yield it


def search_path(pattern):
    """The part of a pattern before its first segment with a wildcard."""
    parts = pathlib.PurePath(pattern).parts
    plain = itertools.takewhile(lambda part: not re.search(r"[*?\[]", part), parts)
    return os.path.join(".", *plain)


def download():
    pattern = NAME or os.environ["ARTIFACT_PATTERN"]
    kept = sorted(STORE.iterdir()) if STORE.exists() else []
    artifacts = [it for it in kept if fnmatch.fnmatchcase(it.name, pattern)]
    if NAME and not artifacts:
        sys.exit(f"there is no artifact {NAME!r}")
    for artifact in artifacts:
        merged = NAME or os.environ["ARTIFACT_MERGE"] == "true"
        place = pathlib.Path(PATH or ".") / ("" if merged else artifact.name)
        shutil.copytree(artifact / "files", place, dirs_exist_ok=True)


{"upload": upload, "download": download}[sys.argv[1]]()
