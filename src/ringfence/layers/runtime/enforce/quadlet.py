"""Quadlets: `.container` units of systemd for podman.

Source: podman-systemd.unit(5) of Podman 4.4 and later, section "Container units [Container]".
"""

import re

from ringfence.errors import Malformed
from ringfence.layers.runtime.enforce.settings import Setting, settings
from ringfence.model.least import Least
from ringfence.model.plan import Edit, Plan

KEYS = {
    "no-new-privileges": "NoNewPrivileges",
    "cap-drop": "DropCapability",
    "cap-add": "AddCapability",
    "seccomp": "SeccompProfile",
    "read-only": "ReadOnly",
    "tmpfs": "Tmpfs",
}
_OURS = frozenset(KEYS.values()) - {"Tmpfs"}
_PRIVILEGED = re.compile(r"\s*--privileged(=true)?(?=\s|$)")


def harden(path: str, text: str, least: Least) -> Plan:
    """The plan for a unit. Raises `Malformed` if it has no `[Container]` section."""
    lines = text.split("\n")
    inside = _section(lines)
    if inside is None:
        raise Malformed("quadlet", "it has no [Container] section", where=path)
    start, end = inside
    wanted = {KEYS[item.kind]: item for item in settings(least)}
    edits = [edit for at in range(start, end) if (edit := _line(at + 1, lines[at], wanted))]
    rows = [(item, f"{key}={value}") for key, item in wanted.items() for value in _values(item)]
    kept = {line.strip() for at, line in enumerate(lines) if start <= at < end}
    rows = [(item, row) for item, row in rows if row not in kept]
    if rows:
        edits.append(_added(start + 1, rows))
    return Plan(path=path, edits=tuple(sorted(edits, key=lambda edit: edit.line)))


def _section(lines: list[str]) -> tuple[int, int] | None:
    """From the line after the header to the next header."""
    start = next((at + 1 for at, line in enumerate(lines) if line.strip() == "[Container]"), None)
    if start is None:
        return None
    return start, next((at for at in range(start, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))


def _values(item: Setting) -> tuple[str, ...]:
    return (" ".join(item.values),) if item.kind.startswith("cap") else item.values


def _line(number: int, line: str, wanted: dict[str, Setting]) -> Edit | None:
    """What becomes of a line that says something else than is wanted."""
    key, mark, value = line.partition("=")
    key = key.strip()
    if not mark:
        return None
    if key == "PodmanArgs" and _PRIVILEGED.search(value):
        left = _PRIVILEGED.sub("", value).strip()
        added = (f"PodmanArgs={left}",) if left else ()
        reason = "privileged takes every other setting back"
        return Edit(line=number, removed=1, added=added, reason=reason, may_break="use of devices", see="EPERM in its log")
    same = key in wanted and value.strip() in _values(wanted[key])
    if key in _OURS and key in wanted and not same:
        reason = f"said anew: {wanted[key].reason}"
        return Edit(line=number, removed=1, added=(), reason=reason, may_break=wanted[key].may_break, see=wanted[key].see)
    return None


def _added(line: int, rows: list[tuple[Setting, str]]) -> Edit:
    told = {item.kind: item for item, _ in rows}.values()
    return Edit(
        line=line,
        removed=0,
        added=tuple(row for _, row in rows),
        reason="; ".join(dict.fromkeys(item.reason for item in told)),
        may_break="; ".join(dict.fromkeys(item.may_break for item in told if item.may_break)),
        see="; ".join(dict.fromkeys(item.see for item in told if item.see)),
    )
