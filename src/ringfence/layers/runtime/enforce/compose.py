"""Compose files: one service of `compose.yaml`.

Source: the Compose specification, https://github.com/compose-spec/compose-spec/blob/main/05-services.md. The file is changed
line by line, so that comments and order stay. Services and their keys are expected in block style, lists in either.
"""

import textwrap

import yaml

from ringfence.errors import Malformed, WrongUsage
from ringfence.layers.runtime.enforce.settings import Setting, settings
from ringfence.model.least import Least
from ringfence.model.plan import Edit, Plan

LISTS = ("cap_drop", "cap_add", "security_opt", "tmpfs")
OWN_OPTIONS = ("no-new-privileges", "seccomp")
"""Words before `:` or `=` in `security_opt` that are ours to set; others stay."""


def services(path: str, text: str) -> dict[str, tuple[int, int]]:
    """The lines of each service's body, from and to (counted from 0). Raises `Malformed`."""
    lines = text.split("\n")
    top = next((at for at, line in enumerate(lines) if line.rstrip() == "services:"), None)
    if top is None:
        raise Malformed("compose file", "it has no services", where=path)
    found: dict[str, tuple[int, int]] = {}
    depth, at = 0, top + 1
    while at < len(lines):
        if _blank(lines[at]):
            at += 1
            continue
        indent = _indent(lines[at])
        depth = depth or indent
        if indent < depth or indent == 0:
            break
        name, mark, rest = lines[at].strip().partition(":")
        if indent != depth or not mark or (rest.strip() and not rest.strip().startswith("#")):
            raise Malformed("compose file", f"line {at + 1} is not a service in block style", where=path)
        end = _end(lines, at, depth)
        found[name.strip("'\"")] = (at + 1, end)
        at = end
    return found


def harden(path: str, text: str, least: Least, service: str = "") -> Plan:
    """The plan for one service: the one named, or the only one. Raises `Malformed`, `WrongUsage`."""
    known = services(path, text)
    name = service or (next(iter(known)) if len(known) == 1 else "")
    if name not in known:
        names = ", ".join(known) or "none"
        raise WrongUsage(f"which service is meant ({service or 'none named'})", where=path, mend=f"--service: {names}")
    lines, (start, end) = text.split("\n"), known[name]
    inner = next((_indent(lines[at]) for at in range(start, end) if not _blank(lines[at])), 0)
    if not inner:
        raise Malformed("compose file", f"the service {name} is empty", where=path)
    keys = {
        lines[at].strip().partition(":")[0]: (at, _end(lines, at, inner, lists=True))
        for at in range(start, end)
        if not _blank(lines[at]) and _indent(lines[at]) == inner and not lines[at].lstrip().startswith("- ")
    }
    return Plan(path=path, edits=tuple(_edits(path, lines, keys, (start, inner), settings(least))))


def _edits(
    path: str, lines: list[str], keys: dict[str, tuple[int, int]], place: tuple[int, int], wanted: tuple[Setting, ...]
) -> list[Edit]:
    start, inner = place
    edits = []
    if "privileged" in keys:
        at, end = keys["privileged"]
        reason = "privileged takes every other setting back"
        edits.append(Edit(line=at + 1, removed=end - at, added=(), reason=reason, may_break="use of devices", see="EPERM"))
    if any(item.kind == "cap-drop" for item in wanted) and not any(item.kind == "cap-add" for item in wanted):
        wanted = (*wanted, Setting(kind="cap-add", values=(), reason="none was used", may_break="", see=""))
    for key, (set_, told) in _values(wanted).items():
        items = list(set_)
        before = _items(path, lines, keys.get(key)) if key in LISTS else []
        if key == "security_opt":
            items = [*(item for item in before if not item.startswith(OWN_OPTIONS)), *set_]
        if key == "tmpfs":
            items = [*before, *(item for item in set_ if item not in before)]
        rows = _rows(key, items, " " * inner)
        at, end = keys.get(key, (start, start))
        if tuple(line.rstrip() for line in lines[at:end]) == rows or (not rows and at == end):
            continue
        may_break = "; ".join(item.may_break for item in told if item.may_break)
        see = "; ".join(item.see for item in told if item.see)
        reason = "; ".join(item.reason for item in told)
        edits.append(Edit(line=at + 1, removed=end - at, added=rows, reason=reason, may_break=may_break, see=see))
    return sorted(edits, key=lambda edit: edit.line)


def _values(wanted: tuple[Setting, ...]) -> dict[str, tuple[list[str], list[Setting]]]:
    """What each key shall hold; `no-new-privileges` and the profile share one."""
    found: dict[str, tuple[list[str], list[Setting]]] = {}
    for item in wanted:
        key = {"no-new-privileges": "security_opt", "seccomp": "security_opt"}.get(item.kind, item.kind.replace("-", "_"))
        values = [f"{item.kind}:{value}" for value in item.values] if key == "security_opt" else list(item.values)
        items, told = found.setdefault(key, ([], []))
        items.extend(values)
        told.append(item)
    return found


def _rows(key: str, items: list[str], indent: str) -> tuple[str, ...]:
    if key == "read_only":
        return (f"{indent}read_only: true",)
    if not items:
        return ()
    return (f"{indent}{key}:", *(f"{indent}  - {_scalar(item)}" for item in items))


def _scalar(text: str) -> str:
    plain = text.replace("-", "").replace("_", "").replace("/", "").replace(":", "").replace(".", "").isalnum()
    return text if plain and not text.endswith(":") else "'" + text.replace("'", "''") + "'"


def _items(path: str, lines: list[str], block: tuple[int, int] | None) -> list[str]:
    """What a list of the service holds now, in whatever style."""
    if block is None:
        return []
    try:
        read = yaml.safe_load(textwrap.dedent("\n".join(lines[block[0] : block[1]])))
    except yaml.YAMLError as cause:
        raise Malformed("compose file", f"line {block[0] + 1} is no YAML", where=path) from cause
    value = next(iter(read.values()), None) if isinstance(read, dict) else None
    return [str(item) for item in value] if isinstance(value, list) else [str(value)] if value else []


def _end(lines: list[str], at: int, indent: int, *, lists: bool = False) -> int:
    """The line after the block that begins at `at`; blank lines and comments at its end are not its own."""
    last = at
    for following in range(at + 1, len(lines)):
        if _blank(lines[following]):
            continue
        own = _indent(lines[following])
        if own <= indent and not (lists and own == indent and lines[following].lstrip().startswith("- ")):
            break
        last = following
    return last + 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
