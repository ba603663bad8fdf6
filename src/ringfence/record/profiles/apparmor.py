"""An AppArmor profile for a recorded workload: the files it used, folded by a stated rule, capabilities, sockets, signals.

Source of the language: apparmor.d(5) of AppArmor 3.0. The rule of folding, also written into each profile:

1. A process's own numbers under /proc are `@{pid}` and `@{tid}`.
2. Digits in names under /tmp, /var, /run, /dev and /sys are `[0-9]*`: they are numbers of runs, not names.
3. `FAMILY` or more files of one directory with one ending and one access are `DIRECTORY/*ENDING`. Never in /etc and /root.
4. Everything else is the path as it was seen.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from ringfence.errors import UnreadableInput
from ringfence.model.knowledge import Known, known_or
from ringfence.model.recording import Access, FileUse, Phase, Recording
from ringfence.record.profiles.capabilities import needs

FAMILY = 8
"""So many alike make a family."""
NUMBERED = ("/tmp/", "/var/", "/run/", "/dev/", "/sys/")  # noqa: S108 - paths of the workload, not of ours
NAMED = ("/etc/", "/root/")
MAX_RULES = 20_000
FAMILIES = {1: "unix", 2: "inet", 10: "inet6", 16: "netlink", 17: "packet", 31: "bluetooth", 38: "alg", 40: "vsock"}
"""AppArmor's words for address families, by number: apparmor.d(5), "NETWORK RULES"."""
TYPES = {1: "stream", 2: "dgram", 3: "raw", 5: "seqpacket"}
SIGNALLERS = "{/usr/bin/,/usr/sbin/,/usr/local/bin/,}{runc,crun,conmon,podman,dockerd,containerd-shim*}"
"""Programs that stop containers, under profiles of their own where a distribution has them."""
LOADER = "/{usr/,}lib{,32,64,x32}/{**/,}ld-*.so*"
"""The program interpreter of ELF files: the kernel maps it at each execve, which no open shows."""
_SPECIAL = re.compile(r"([*?\[\]{}^@,])")


def generate(recording: Recording, name: str) -> str:
    """The profile as text. Raises `UnreadableInput` if the recording did not see files."""
    if not isinstance(recording.files, Known):
        raise UnreadableInput(f"no AppArmor profile can be made: {recording.files.reason}", mend="record again with eBPF")
    files = [use for use in recording.files.value if use.phase is not Phase.RUNTIME]
    runs = ", ".join(run.id for run in recording.runs) or "none"
    lines = [
        f"# Made by ringfence from the runs {runs}. Folded so: numbers of processes and of runs; {FAMILY} or more files of",
        "# one directory, ending and access; everything else as it was seen.",
        "abi <abi/3.0>,",
        "#include <tunables/global>",
        f"profile {word(name)} flags=(attach_disconnected,mediate_deleted) {{",
        *(f"  {line}" for line in _body(recording, files)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _body(recording: Recording, files: list[FileUse]) -> list[str]:
    found = needs(recording)
    capabilities = (
        [item.name.removeprefix("CAP_").lower() for item in found.value.needed] if isinstance(found, Known) else []
    )
    called = recording.called()
    rules = _file_rules(files)
    if len(rules) > MAX_RULES:
        raise UnreadableInput(f"more than {MAX_RULES:,} rules would be needed", mend="record a shorter run")
    return [
        *(f"capability {item}," for item in capabilities),
        *_network(recording),
        "signal (send, receive) peer=@{profile_name},",
        f"signal (receive) peer={SIGNALLERS},",
        "signal (receive) peer=unconfined,",
        *(["ptrace (trace, read) peer=@{profile_name},"] if "ptrace" in called else []),
        *(["mount,", "umount,"] if "mount" in called else ["deny mount,"]),
        f"{LOADER} mr,",
        *(f'"{path}" {access},' for path, access in rules),
        *(f"# not covered, its directory is not known: {_comment(use.path)}" for use in files if use.relative),
        "deny /proc/sysrq-trigger rwklx,",
        "deny /proc/kcore rwklx,",
        "deny /sys/kernel/security/** rwklx,",
    ]


def _network(recording: Recording) -> list[str]:
    made = {
        (dict(use.values).get(0, -1), dict(use.values).get(1, 0) & 0xF)
        for use in known_or(recording.arguments, ())
        if use.name in ("socket", "socketpair") and use.phase is not Phase.RUNTIME
    }
    if not made and "socket" in recording.called():
        return ["network,"]
    lines = {
        f"network {FAMILIES[family]} {TYPES[kind]}," if family != 1 else "unix,"
        for family, kind in made
        if family in FAMILIES and kind in TYPES
    }
    return sorted(lines)


def _file_rules(files: Iterable[FileUse]) -> list[tuple[str, str]]:
    """Paths as patterns with what may be done, by path."""
    access: dict[str, set[str]] = defaultdict(set)
    for use in files:
        if not use.relative:
            access[_pattern(use)] |= _letters(use)
    return sorted((path, _ordered(letters)) for path, letters in _folded(access).items())


def _letters(use: FileUse) -> set[str]:
    match use.access:
        case Access.EXECUTE:
            return {"m", "r", "ix"}
        case Access.WRITE | Access.CHANGE:
            return {"w", "k"}
        case Access.READ:
            return {"r", "m"} if ".so" in use.path.rpartition("/")[2] else {"r", "k"}


def _pattern(use: FileUse) -> str:
    """The path with numbers folded and AppArmor's own signs escaped; a directory ends with a slash."""
    escaped = "".join(_escaped(char) for char in use.path)
    if use.path.startswith("/proc/"):
        escaped = re.sub(r"^/proc/\d+(?=/|$)", "/proc/@{pid}", escaped)
        escaped = re.sub(r"/task/\d+(?=/|$)", "/task/@{tid}", escaped)
    elif use.path.startswith(NUMBERED):
        top, slash, rest = escaped[1:].partition("/")
        escaped = f"/{top}{slash}{re.sub(r'[0-9]+', '[0-9]*', rest)}"
    if use.cut:
        return f"{escaped.rpartition('/')[0]}/**"
    if use.access is Access.CHANGE:
        # A directory made or removed is written with a slash, a file without: both are said.
        return escaped.rstrip("/") + "{,/}"
    return f"{escaped.rstrip('/')}/" if use.directory else escaped


def _escaped(char: str) -> str:
    """A character as AppArmor takes it between quotes: what could end them matches any byte instead."""
    if char in '\\"' or not char.isprintable():
        return "?" * len(char.encode("utf-8", "replace"))
    return _SPECIAL.sub(r"\\\1", char)


def _folded(access: dict[str, set[str]]) -> dict[str, set[str]]:
    families: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for path, letters in access.items():
        folder, _, base = path.rpartition("/")
        if base and not path.startswith(NAMED) and not base.endswith("{,/}") and "ix" not in letters:
            stem, dot, ending = base.rpartition(".")
            families[folder, f"{dot}{ending}" if stem else "", _ordered(letters)].append(path)
    folded: dict[str, set[str]] = defaultdict(set)
    covered: set[str] = set()
    for (folder, ending, _), paths in families.items():
        if len(paths) >= FAMILY:
            folded[f"{folder}/*{ending}"] |= access[paths[0]]
            covered.update(paths)
    for path, letters in access.items():
        if path not in covered:
            folded[path] |= letters
    return folded


def _ordered(letters: set[str]) -> str:
    return "".join(letter for letter in ("r", "w", "k", "m", "ix") if letter in letters)


def word(name: str) -> str:
    """`name` as the profile is called: letters, digits, dots, dashes and underscores."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", name) or "ringfence"


def _comment(path: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in path)
