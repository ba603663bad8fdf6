"""The oracle: what Ringfence says a container may do to the kernel, and what the kernel says, for every bit.

Needs root, podman, runc, gcc and libc6-dev. `RINGFENCE_ORACLE` sets how many random bundles are tried (default 130).
"""

import errno
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from live.oracle import containers, predicted
from live.oracle.configurations import MASKED, NODES, READ_ONLY, SHARED, Bundle, Podman, everything, rootless
from live.oracle.containers import Heard, Workshop
from live.oracle.predicted import Query
from model.libseccomp import library
from ringfence.formats import oci_confinement, oci_runtime_spec, seccomp_profile
from ringfence.formats.oci_runtime_spec import RuntimeSpec
from ringfence.knowledge.system_calls import system_calls
from ringfence.model.confinement import IdRange
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Capability
from ringfence.model.syscall_filter import SyscallFilter
from ringfence.model.syscall_gate import UNFILTERED, X32_BIT, Entry, Gate, Installer, is_listed

MISSING = [name for name in ("podman", "runc", "gcc") if shutil.which(name) is None]
MISSING += [] if os.geteuid() == 0 else ["root"]
MISSING += [] if os.uname().machine == "x86_64" else ["an x86-64 machine"]
pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}")]

TABLES = {
    Entry.X86_64: system_calls("x86_64").numbers,
    Entry.I386: system_calls("i386").numbers,
    Entry.X32: system_calls("x32").numbers,
}
BEYOND = 480
"""Numbers up to here are tried, named or not: Linux 6.18 ends at 469."""
BUNDLES = int(os.environ.get("RINGFENCE_ORACLE", "130"))
BATCHES = 8
EVERYWHERE = frozenset(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty", "console", "ptmx"))


PATHS = sorted({"/", *MASKED, *READ_ONLY, "/data0", "/data1", "/proc/uptime", "/proc/loadavg", "/dev/shm"})
PATHS += ["/sys/dev/block", "/proc/latency_stats", "/proc/timer_stats", "/proc/sched_debug", "/sys/fs/selinux"]
ROOTLESS = containers.plain_user()


@dataclass
class Table:
    """What came out, over all configurations."""

    configurations: int = 0
    rootless: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)


TABLE = Table()
CASES = everything(sorted(TABLES[Entry.X86_64]), BUNDLES)


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    # Not pytest's own folder: it is closed to others, and so to root of a container with a user namespace.
    with tempfile.TemporaryDirectory(prefix="rfo-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        made = containers.workshop(place)
        with containers.shared_mount(SHARED):
            yield made
        containers.run(["podman", "rmi", "--force", made.image])


def plain_queries() -> list[Query]:
    """Every number of every way in, with arguments of zero."""
    numbers: list[tuple[Entry, int]] = [(Entry.X86_64, number) for number in range(BEYOND)]
    numbers += [(Entry.I386, number) for number in range(BEYOND)]
    numbers += [(Entry.X32, X32_BIT | number) for number in (*range(BEYOND), *range(512, 552))]
    numbers = [(entry, number) for entry, number in numbers if entry is Entry.I386 or number & ~X32_BIT not in UNFILTERED]
    return [(entry, number, (0, 0, 0, 0, 0)) for entry, number in numbers]


def pointed_queries(filter_: SyscallFilter) -> Iterator[Query]:
    """Around the values of the conditions, where answers change; and inside i386's socketcall."""
    for rule in filter_.rules:
        for condition in rule.conditions:
            edges = (
                condition.value,
                condition.value + 1,
                condition.value - 1,
                condition.value_two,
                condition.value | 1 << 32,
            )
            for name in rule.names:
                for entry, table in TABLES.items():
                    if name not in table:
                        continue
                    for edge in edges:
                        value = edge % (1 << (32 if entry is Entry.I386 else 64))
                        yield entry, table[name], tuple(value if place == condition.index else 0 for place in range(5))
    for carried in range(22):
        yield Entry.I386, TABLES[Entry.I386]["socketcall"], (carried, 0, 0, 0, 0)


def expected_filter(case: Podman | Bundle) -> list[Query]:
    """The queries for a case, known before its container runs.

    On a way in that the profile does not list every call kills: there one number in sixteen is enough.
    """
    profile = case.profile if isinstance(case, Podman) else case.linux["seccomp"]
    if profile is None:
        return plain_queries()
    filter_ = seccomp_profile.resolve(seccomp_profile.parse(json.dumps(profile).encode()), "case", 0)
    queries = [*plain_queries(), *pointed_queries(filter_)]
    return [query for query in queries if is_listed(filter_, query[0]) or query[1] % 16 == 0]


def heard(case: Podman | Bundle, shop: Workshop, queries: list[Query]) -> Heard:
    if isinstance(case, Podman):
        return containers.in_podman(case, shop, queries, PATHS)
    return containers.in_bundle(case, shop, queries, PATHS)


def observed(lines: Sequence[str], queries: list[Query]) -> dict[str, str]:
    """The prober's lines in the words of `predicted`."""
    found: dict[str, str] = {}
    maps: dict[str, list[str]] = {"uid_map": [], "gid_map": []}
    for line in lines:
        word, _, rest = line.partition(" ")
        match word:
            case "call":
                place, answer = rest.split(" ", 1)
                entry, number, arguments = queries[int(place)]
                found[f"call {entry.name} {number} {','.join(map(hex, arguments))}"] = answer
            case "status":
                found |= dict(_status(rest))
            case "uid_map" | "gid_map":
                maps[word].append(" ".join(rest.split()))
            case "namespace":
                kind, link = rest.split()
                found[f"namespace {kind}"] = "host" if os.readlink(f"/proc/self/ns/{kind}") == link else "other"
            case "capability":
                name, answer = rest.split()
                found[f"operation {name}"] = "granted" if answer == "0" else "denied"
            case "path":
                path, *state = rest.split()
                found[f"path {path}"] = "masked" if state[0] == "masked" else " ".join(state)
            case "propagation":
                point, *how = rest.split()
                found[f"propagation {point}"] = " ".join(how)
            case "access":
                name, letter, answer = rest.split()
                found[f"access {name} {letter}"] = "denied" if int(answer) == errno.EPERM else "granted"
            case "program":
                found |= dict(_program(rest))
            case "device":
                found[f"device {rest.split()[0]}"] = "there"
    return found | {name: ",".join(ranges) for name, ranges in maps.items()}


SETS = {"CapEff": "effective", "CapPrm": "permitted", "CapInh": "inheritable", "CapBnd": "bounding", "CapAmb": "ambient"}


def _program(line: str) -> Iterator[tuple[str, str]]:
    name, rest = line.split(" ", 1)
    if rest.startswith("error "):
        yield f"program {name} error", rest.removeprefix("error ")
        return
    key, value = (part.strip() for part in rest.split(":", 1))
    if key in SETS:
        yield f"program {name} {SETS[key]}", value
    elif key == "Uid":
        yield f"program {name} uid", value.split()[1]


def _status(line: str) -> Iterator[tuple[str, str]]:
    key, value = (part.strip() for part in line.split(":", 1))
    if key in SETS:
        for capability in Capability:
            yield f"{SETS[key]} {capability.name}", str(int(value, 16) >> capability & 1)
    elif key in ("Uid", "Gid"):
        yield key.lower(), value.split()[1]
    elif key == "NoNewPrivs":
        yield "no_new_privs", value
    elif key == "Seccomp":
        yield "seccomp", value


def foretold(
    case: Podman | Bundle, spec: RuntimeSpec, queries: list[Query], maps: tuple[IdRange, ...] = ()
) -> dict[str, str]:
    """All that Ringfence says, in the prober's words."""
    runtime = case.runtime if isinstance(case, Bundle) else "runc"
    confinement = oci_confinement.confinement(spec, "config.json", runtime=runtime)
    if maps and isinstance(confinement.uid_map, Unknown):
        confinement = replace(confinement, uid_map=Known(maps), gid_map=Known(maps))
    known = predicted.told(confinement)
    loaded = library()
    assert loaded is not None
    names = {name for rule in known.filter_.rules for name in rule.names}
    installer = Installer(
        stub=runtime != "crun",
        known=frozenset(name for name in names if loaded.seccomp_syscall_resolve_name(name.encode()) != -1),
    )
    gates = {entry: Gate(known.filter_, entry, table, installer) for entry, table in TABLES.items()}
    return dict(
        [
            *predicted.calls(gates, queries),
            *predicted.identity(known),
            *predicted.operations(known, gates[Entry.X86_64], TABLES[Entry.X86_64]),
            *predicted.places(confinement),
            *predicted.devices(confinement),
            *predicted.reach(confinement, spec, runtime, frozenset({SHARED})),
            *predicted.programs(known),
            *(predicted.access(confinement, NODES) if isinstance(case, Bundle) else ()),
        ]
    )


def compare(case: Podman | Bundle, said: dict[str, str], seen: dict[str, str]) -> list[str]:
    """Every bit on which the two differ."""
    wrong = []
    for key, word in said.items():
        TABLE.kinds[key.split()[0]] += 1
        answer = seen.get(key, "nothing")
        if key.startswith("path") and answer.startswith("absent"):
            continue  # this kernel has no such file to hide
        if answer != word:
            wrong.append(f"{case.name}: {key}: Ringfence says {word}, the kernel {answer}")
    extra = (key for key in seen.keys() - said.keys() if key.startswith("device"))
    wrong += [f"{case.name}: {key}: not foretold" for key in extra if key.removeprefix("device ") not in EVERYWHERE]
    return wrong


@pytest.mark.parametrize("batch", range(BATCHES))
def test_prediction_and_kernel_agree_for_every_bit(batch: int, shop: Workshop) -> None:
    cases, wrong = CASES[batch::BATCHES], []
    try:
        for case in cases:
            queries = expected_filter(case)
            told = heard(case, shop, queries)
            assert told.lines[-1] == "end", (case.name, told.lines[-3:])
            spec = oci_runtime_spec.parse(told.config)
            wrong += compare(case, foretold(case, spec, queries), observed(told.lines, queries))
            TABLE.configurations += 1
    finally:
        containers.remove(case for case in cases if isinstance(case, Podman))
    TABLE.disagreements += wrong
    assert not wrong, "\n".join(wrong[:40])


@pytest.mark.skipif(ROOTLESS is None, reason="no user with a home and a range of ids in /etc/subuid")
def test_a_rootless_engine_agrees_too(shop: Workshop) -> None:
    """The bundle does not tell the engine's own user namespace; subuid(5) does."""
    wrong = []
    with containers.rootless(shop) as user:
        for case in rootless():
            queries = expected_filter(case)
            told = containers.in_rootless_podman(case, user, shop, queries, PATHS)
            assert told.lines[-1] == "end", (case.name, told.lines[-3:])
            said = foretold(case, oci_runtime_spec.parse(told.config), queries, user.maps)
            wrong += compare(case, said, observed(told.lines, queries))
            TABLE.rootless += 1
    TABLE.disagreements += wrong
    assert not wrong, "\n".join(wrong[:40])


def test_enough_was_compared(capsys: pytest.CaptureFixture[str]) -> None:
    """The promise: at least 150 configurations, every bit of them, none in dispute."""
    done = f"configurations: {TABLE.configurations} and {TABLE.rootless} rootless"
    done += f", bits compared: {TABLE.kinds.total()}, disagreements: {len(TABLE.disagreements)}"
    rows = "\n".join(f"| {kind} | {TABLE.kinds[kind]} |" for kind in sorted(TABLE.kinds))
    with capsys.disabled():
        print(f"\nthe oracle: {done}\n{rows}")  # noqa: T201 - what the run is for
    assert TABLE.configurations == len(CASES)
    assert len(CASES) >= 150 or BUNDLES < 130
    assert not TABLE.disagreements


def test_the_prober_refuses_to_run_on_a_host(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="runs only in a container"):
        containers.run([str(containers.build(tmp_path))])
