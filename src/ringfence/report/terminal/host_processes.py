"""The host's own processes in words: the mighty ones first, and what holds each back."""

from collections.abc import Sequence

from ringfence.model.host_process import HostProcesses
from ringfence.model.linux import ALL_CAPABILITIES, Namespace, names_of
from ringfence.report.terminal.words import plain, wrap

INDENT = 4
MOST_GROUPS = 40
"""Groups that are named under one heading; the rest are counted."""
MANY = 30
"""From so many capabilities on, those that are missing are named instead."""


def lines(groups: Sequence[HostProcesses], width: int) -> list[str]:
    """A heading for each degree of might, and under it who has it."""
    headings: dict[tuple[int, str], list[HostProcesses]] = {}
    for group in groups:
        headings.setdefault(_might(group), []).append(group)
    total = sum(group.count for group in groups)
    shown = wrap(f"{total} processes of the host itself, besides the kernel's threads", max(20, width))
    for (_, heading), members in sorted(headings.items()):
        shown += [f"  {line}" for line in wrap(plain(heading), max(20, width - 2))]
        said = [_said(member) for member in members[:MOST_GROUPS]]
        rest = len(members) - MOST_GROUPS
        text = ", ".join(said) + (f" and {rest} other groups" if rest > 0 else "")
        shown += [" " * INDENT + line for line in wrap(plain(text), max(20, width - INDENT))]
    return shown


def _might(group: HostProcesses) -> tuple[int, str]:
    """The order and the words of a heading."""
    sets = group.capabilities
    if sets is None:
        return 6, "whose capabilities are not known"
    held = sets.effective | sets.permitted
    who = "root" if group.uid == 0 else "an ordinary user"
    filtered = _filter(group)
    if Namespace.USER in (group.own_namespaces or ()):
        return 5, f"{who}, with capabilities over a user namespace of its own only, {filtered}"
    if held & ALL_CAPABILITIES == ALL_CAPABILITIES:
        return 0 if not group.seccomp else 1, f"{who}, every capability, {filtered}"
    if held:
        return 2, f"{who}, {_capabilities(held)}, {filtered}"
    if group.uid == 0:
        return 3, f"root without capabilities, {filtered}"
    return 4, f"an ordinary user without capabilities, {filtered}{_may_gain(group)}"


def _filter(group: HostProcesses) -> str:
    match group.seccomp:
        case 0:
            return "no system call filter"
        case 1:
            return "only read, write and exit"
        case 2:
            return f"{group.filters} system call filters" if group.filters > 1 else "a system call filter"
        case _:
            return "system call filter not known"


def _may_gain(group: HostProcesses) -> str:
    return ", no new privileges" if group.no_new_privileges else ""


def _capabilities(held: int) -> str:
    if held.bit_count() >= MANY:
        return f"every capability but {', '.join(names_of(ALL_CAPABILITIES & ~held))}"
    return ", ".join(names_of(held))


def _said(group: HostProcesses) -> str:
    """`sshd x3 (ssh.service; pid 812; own mnt)`."""
    times = f" x{group.count}" if group.count > 1 else ""
    inside = [part for part in (group.unit, f"pid {group.pids[0]}" if group.pids else "", _own(group)) if part]
    user = [f"uid {group.uid}"] if group.uid else []
    return f"{group.name}{times} ({'; '.join([*inside, *user])})"


def _own(group: HostProcesses) -> str:
    match group.own_namespaces:
        case None:
            return "namespaces not readable"
        case ():
            return ""
        case kinds:
            return f"own {' '.join(kind.value for kind in kinds)}"
