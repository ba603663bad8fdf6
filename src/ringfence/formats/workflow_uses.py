"""The actions that a GitHub workflow or a composite action uses.

Source: docs.github.com "Workflow syntax for GitHub Actions" (`jobs.<id>.uses`, `steps[*].uses`), "Metadata syntax".
"""

import re

from ringfence.formats import yaml_lines
from ringfence.formats.document_tree import Mapping, Scalar, Sequence, Tree
from ringfence.formats.locked import Locked, LockedPackage, locked
from ringfence.formats.url import is_commit

_VERSION = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][\w.]+)?")
_COMMENT = re.compile(r"#\s*(?:tag=|ratchet:\S+@)?(v?\d+\.\d+\.\d+)\b")


def parse(data: bytes) -> Locked:
    """The actions in file order; images and the repository's own actions have source `path`. Raises as `yaml_lines.read`."""
    lines = yaml_lines.decoded(data).split("\n")
    found: list[LockedPackage] = []
    for document in yaml_lines.read(data):
        found.extend(_action(item.text, item.line, lines) for item in _uses(document))
    return locked(found)


def _uses(document: Tree) -> list[Scalar]:
    found: list[Scalar] = []
    if not isinstance(document, Mapping):
        return found
    jobs, runs = document.entries.get("jobs"), document.entries.get("runs")
    bodies = list(jobs.entries.values()) if isinstance(jobs, Mapping) else []
    bodies += [runs] if runs else []
    for body in bodies:
        if not isinstance(body, Mapping):
            continue
        steps = body.entries.get("steps")
        items = [body, *(steps.items if isinstance(steps, Sequence) else ())]
        for item in items:
            use = item.entries.get("uses") if isinstance(item, Mapping) else None
            if isinstance(use, Scalar) and use.text:
                found.append(use)
    return found


def _action(text: str, line: int, lines: list[str]) -> LockedPackage:
    if text.startswith((".", "docker://")):
        return LockedPackage(name=text.partition("@")[0], version="", line=line, source="path")
    path, _, reference = text.partition("@")
    name = "/".join(path.split("/")[:2])
    comment = _COMMENT.search(lines[line - 1]) if 0 < line <= len(lines) else None
    version = reference if _VERSION.fullmatch(reference) else comment[1] if comment and is_commit(reference) else ""
    return LockedPackage(
        name=name,
        version=version,
        line=line,
        source="git",
        url=f"https://github.com/{name}",
        reference=reference,
        hashed=is_commit(reference),
        key=f"{name}@{reference}",
        direct=True,
    )
