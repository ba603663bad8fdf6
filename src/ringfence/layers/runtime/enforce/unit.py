"""Services of systemd: `.service` units that start a program without a container, or an engine by hand.

Source: systemd.exec(5) of systemd 252, sections "Capabilities", "Security", "Sandboxing" and "System Call Filtering". The
filter's own set `@system-service` is not used: what was recorded is named, and `@default`, which systemd adds itself.
"""

from collections.abc import Iterator

from ringfence.errors import Malformed
from ringfence.layers.runtime.enforce.settings import Setting
from ringfence.model.least import Least
from ringfence.model.plan import Edit, Plan

UNSEEN = "what was not exercised in the recording"
ALWAYS = (
    (
        "NoNewPrivileges",
        "yes",
        "no setuid file gives rights",
        "programs that need setuid (sudo)",
        "'Operation not permitted'",
    ),
    ("ProtectKernelModules", "yes", "it loads no kernel modules", "programs that load modules", "EPERM in its log"),
    ("ProtectKernelLogs", "yes", "it reads no kernel log", "programs that read dmesg", "EPERM in its log"),
    ("ProtectKernelTunables", "yes", "it sets no kernel variables", "programs that write /proc/sys", "EROFS in its log"),
    ("ProtectControlGroups", "yes", "it changes no control groups", "container engines and runtimes", "EROFS in its log"),
    ("ProtectClock", "yes", "it sets no clock", "time synchronisation", "EPERM in its log"),
    ("ProtectHostname", "yes", "it sets no host name", "programs that set it", "EPERM in its log"),
    ("RestrictRealtime", "yes", "it takes no real-time priority", "audio and control programs", "EPERM in its log"),
    ("RestrictSUIDSGID", "yes", "it makes no setuid files", "package managers", "EPERM in its log"),
    ("LockPersonality", "yes", "it changes no execution domain", "emulators of old programs", "EPERM in its log"),
    ("SystemCallArchitectures", "native", "no 32-bit way into the kernel", "32-bit programs", "they end with SIGSYS"),
)
"""Settings for every service: name, value, reason, what may break, how one sees that."""


def harden(path: str, text: str, least: Least) -> Plan:
    """The plan for a unit. A setting that the unit makes itself stays, unless a recording says better.

    Raises `Malformed` if it has no `[Service]` section.
    """
    lines = text.split("\n")
    start = next((at + 1 for at, line in enumerate(lines) if line.strip() == "[Service]"), None)
    if start is None:
        raise Malformed("service unit", "it has no [Service] section", where=path)
    end = next((at for at in range(start, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    wanted = {item.kind: item for item in _settings(least)}
    edits, said = [], set()
    for key, first, last in _assignments(lines, start, end):
        item = wanted.get(key)
        if item is None:
            continue
        written = " ".join(line.rstrip("\\").strip() for line in lines[first:last]).partition("=")[2].split()
        if key in _ALWAYS or written == " ".join(item.values).split():
            said.add(key)
        else:
            reason, removed = f"said anew: {item.reason}", last - first
            edits.append(
                Edit(line=first + 1, removed=removed, added=(), reason=reason, may_break=item.may_break, see=item.see)
            )
    new = [item for key, item in wanted.items() if key not in said]
    if new:
        rows = tuple(f"{item.kind}={' '.join(item.values)}" for item in new)
        reason = "; ".join(dict.fromkeys(item.reason for item in new))
        may_break = "; ".join(dict.fromkeys(item.may_break for item in new if item.may_break))
        see = "; ".join(dict.fromkeys(item.see for item in new if item.see))
        edits.append(Edit(line=start + 1, removed=0, added=rows, reason=reason, may_break=may_break, see=see))
    return Plan(path=path, edits=tuple(sorted(edits, key=lambda edit: edit.line)))


_ALWAYS = frozenset(name for name, *_ in ALWAYS)


def _assignments(lines: list[str], start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Keys of the section with their lines, from and to; a line that ends in a backslash goes on in the next."""
    at = start
    while at < end:
        last = at
        while lines[last].endswith("\\") and last + 1 < end:
            last += 1
        key, mark, _ = lines[at].partition("=")
        if mark and not key.lstrip().startswith(("#", ";")):
            yield key.strip(), at, last + 1
        at = last + 1


def _settings(least: Least) -> Iterator[Setting]:
    for name, value, reason, may_break, see in ALWAYS:
        yield Setting(kind=name, values=(value,), reason=reason, may_break=may_break, see=see)
    if least.capabilities is not None:
        names = tuple(f"CAP_{name}" for name in least.capabilities)
        reason = f"the recording shows uses of {' '.join(least.capabilities) or 'no capability'} only"
        yield Setting(kind="CapabilityBoundingSet", values=names, reason=reason, may_break=UNSEEN, see="EPERM in its log")
    if least.calls is not None:
        reason = "only the system calls that were recorded"
        see = "the journal says 'code=killed, status=31/SYS' without SystemCallErrorNumber; with it EPERM in its log"
        yield Setting(kind="SystemCallFilter", values=least.calls, reason=reason, may_break=UNSEEN, see=see)
        yield Setting(kind="SystemCallErrorNumber", values=("EPERM",), reason=reason, may_break="", see="")
    if least.writable is not None:
        reason, see = "nothing else was written in the recording", "'Read-only file system' in its log"
        yield Setting(kind="ProtectSystem", values=("strict",), reason=reason, may_break="writes to other places", see=see)
        if least.temporary:
            may_break = "files in /tmp that it shares with other services"
            yield Setting(
                kind="PrivateTmp", values=("yes",), reason="its own /tmp", may_break=may_break, see="files not found"
            )
        paths = tuple(f"-{path}" for path in (*least.writable, *(item for item in least.temporary if item == "/run")))
        if paths:
            yield Setting(kind="ReadWritePaths", values=paths, reason="written in the recording", may_break="", see="")
