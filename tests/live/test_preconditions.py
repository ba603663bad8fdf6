# ruff: noqa: T201 - the tables are what these tests are for
"""What the graph decides of a CVE's preconditions against what the kernel does: primitives are tried inside real containers.

Needs root, podman, runc and gcc. The prober is C (`programs/primitives.c`), built static here; it exploits nothing, it only
asks whether a call, a socket, a capability or a path is there. It refuses to run outside of a container.
"""

import os
import socket
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ringfence.engine.impacts import orders
from ringfence.formats import seccomp_document
from ringfence.graph.affected import affected
from ringfence.graph.assemble import assemble
from ringfence.graph.preconditions import evaluate
from ringfence.graph.subject import Subject
from ringfence.io import clock
from ringfence.io.world import Target, World
from ringfence.knowledge.runtime_defaults import default_capabilities, default_filter
from ringfence.knowledge.stack_cves import stack_cve, stack_cves
from ringfence.layers.kernel import relations as kernel_relations
from ringfence.layers.kernel.collect import running_kernel
from ringfence.layers.runtime import relations as runtime_relations
from ringfence.layers.runtime.collect import host_runtimes, running_containers
from ringfence.model.linux import names_of
from ringfence.model.stack_cve import (
    AttackerActs,
    CanCall,
    CanGainPrivileges,
    CanMakeUserNamespace,
    CanOpenSocket,
    CapabilityScope,
    ContainerRoot,
    HasCapability,
    HasDevice,
    InOwnUserNamespace,
    InRootCgroup,
    KernelModule,
    KernelOfDistribution,
    KernelOption,
    NoLsmDenial,
    PathUnmasked,
    Precondition,
    SharesNamespace,
    StackCve,
    Way,
)
from worlds import prober
from worlds.prober import FILTERED, Told

pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(prober.MISSING), reason=f"missing: {', '.join(prober.MISSING)}")]

PREFIX = f"rfkn-{os.getpid()}-"
HOST_SOCKET = f"ringfence-{os.getpid()}"
OWN_NETWORK = "--network=none"

PROFILES = {
    "docker-29.4.1": ("docker", "29.4.1"),
    "docker-29.4.2": ("docker", "29.4.2"),
    "docker-29.4.3": ("docker", "29.4.3"),
    "containerd-2.2.3": ("containerd", "2.2.3"),
    "containerd-2.2.4": ("containerd", "2.2.4"),
}
"""Default profiles of engines that are not here, given to Podman as a file, with the engine's own capabilities."""

CONTAINERS: dict[str, tuple[str, ...]] = {
    "podman": (OWN_NETWORK,),
    "unconfined": (OWN_NETWORK, "--security-opt=seccomp=unconfined"),
    "nothing": (OWN_NETWORK, "--cap-drop=all", "--security-opt=no-new-privileges"),
    "sys-admin": (OWN_NETWORK, "--cap-add=SYS_ADMIN"),
    "own-cgroups": (OWN_NETWORK, "--cap-add=SYS_ADMIN", "--cgroupns=private"),
    "host-cgroups": (OWN_NETWORK, "--cap-add=SYS_ADMIN", "--cgroupns=host", "--security-opt=seccomp=unconfined"),
    "net-admin": (OWN_NETWORK, "--cap-add=NET_ADMIN,NET_RAW"),
    "user": (OWN_NETWORK, "--user=1000"),
    "remapped": (OWN_NETWORK, "--uidmap=0:100000:65536", "--gidmap=0:100000:65536"),
    "privileged": (OWN_NETWORK, "--privileged"),
    "fuse": (OWN_NETWORK, "--device=/dev/fuse"),
    "host-network": ("--network=host",),
    "unmasked": (OWN_NETWORK, "--security-opt=unmask=ALL"),
    "ptrace": (OWN_NETWORK, "--cap-add=SYS_PTRACE,BPF,PERFMON"),
}

WHOLE = {
    "bpf": "bpf-map",
    "io_uring_setup": "io-uring",
    "perf_event_open": "perf-event",
    "keyctl": "keyring",
    "userfaultfd": "userfaultfd",
    "fsopen": "fs-context",
}
"""Ways whose primitive is one thing made with the call: what the kernel says of all their conditions together."""

ASIDE = AttackerActs | NoLsmDenial | KernelModule | KernelOfDistribution | KernelOption
"""What such a primitive does not need: the faulty code itself, a distribution's patch."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prober.build(tmp_path_factory.mktemp("prober"))


@pytest.fixture(scope="module")
def host_socket() -> Iterator[None]:
    """A socket in the abstract namespace of the host's network, as containerd's shims had."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"\0{HOST_SOCKET}")
        listening.listen()
        yield


def given(folder: Path) -> dict[str, tuple[str, ...]]:
    """All containers with their options; the profiles of other engines are written down by our own code."""
    found = dict(CONTAINERS)
    for name, (engine, version) in PROFILES.items():
        mask = default_capabilities(engine)
        file = folder / f"{name}.json"
        file.write_bytes(seccomp_document.oci(default_filter(engine, mask, version=version)))
        capabilities = ",".join(item.removeprefix("CAP_") for item in names_of(mask))
        found[name] = (OWN_NETWORK, f"--security-opt=seccomp={file}", "--cap-drop=all", f"--cap-add={capabilities}")
    return found


@pytest.fixture(scope="module")
def started(program: Path, host_socket: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Container ids by name."""
    assert host_socket is None
    wanted, address = given(tmp_path_factory.mktemp("profiles")), f"--env=RINGFENCE_HOST_SOCKET={HOST_SOCKET}"
    with (
        prober.image(program, f"localhost/rfkn-prober:{os.getpid()}") as image,
        prober.started(image, wanted, PREFIX, address) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def told(started: dict[str, str]) -> dict[str, Told]:
    """What the prober said in each container."""
    return {name: prober.answers(container) for name, container in started.items()}


@pytest.fixture(scope="module")
def subjects(started: dict[str, str], told: dict[str, Told]) -> dict[str, Subject]:
    """What the collectors know of each container, both views joined."""
    assert told
    world, target = World(node="here", today="2026-11-24"), Target("host", "localhost")
    (kernel,) = running_kernel.collect(target, world)
    runtimes = [*running_containers.collect(target, world), *host_runtimes.collect(target, world)]
    graph = assemble([kernel_relations.relations(kernel), *(runtime_relations.relations(item) for item in runtimes)])
    found = {node.what.container_id: node.what for node in graph.nodes.values() if node.what is not None}
    return {name: Subject(found[container].confinement, kernel.kernel) for name, container in started.items()}


def seen(condition: Precondition, told: Told) -> bool | None:
    """What the prober saw of a condition; None where its primitive cannot tell."""
    match condition:
        case CanCall(all_of=calls):
            passed = [told[f"call:{call}"] not in FILTERED for call in calls if f"call:{call}" in told]
            return False if False in passed else True if len(passed) == len(calls) else None
        case CanOpenSocket(family="AF_PACKET") if not told["net-raw"]:
            return None
        case CanOpenSocket(family="AF_PACKET"):
            return told["socket:AF_PACKET"] == 0 or told["afresh:AF_PACKET"] == 0
        case CanOpenSocket(family=family):
            return told[f"socket:{family}"] not in FILTERED or told[f"socketcall:{family}"] not in FILTERED
        case CanMakeUserNamespace(with_flags=flags):
            return told[":".join(("userns", *([",".join(sorted(flags))] if flags else [])))] == 0
        case HasCapability(names=("CAP_NET_ADMIN",), scope=CapabilityScope.ANY):
            return bool(told["net-admin"])
        case HasCapability(names=("CAP_NET_RAW",), scope=CapabilityScope.ANY):
            return bool(told["net-raw"])
        case HasCapability(names=("CAP_SYS_ADMIN",), scope=CapabilityScope.ANY):
            return bool(told["mount"]) if told["call:mount"] not in FILTERED else None
        case _:
            return seen_of_the_container(condition, told)


def seen_of_the_container(condition: Precondition, told: Told) -> bool | None:
    match condition:
        case ContainerRoot():
            return bool(told["host-root"])
        case InOwnUserNamespace():
            return bool(told["own-userns"])
        case CanGainPrivileges():
            return not told["no-new-privileges"]
        case PathUnmasked(path=path):
            return {0: False, 1: True}.get(told[f"path:{path}"])  # a kernel may lack the path
        case HasDevice(paths=("/dev/fuse",)):
            return bool(told["device:/dev/fuse"])
        case SharesNamespace(kind="net"):
            return bool(told["host-socket"])
        case InRootCgroup() if told["own-cgroupns"] == 1 and told["call:mount"] not in FILTERED and told["mount:held"]:
            return bool(told["root-cgroup"])  # from within the host's cgroup namespace every root shows
        case KernelModule(module=module):
            return seen_of_the_kernel(module, told)
        case _:
            return None


def seen_of_the_kernel(module: str, told: Told) -> bool | None:
    """Whether the kernel has some code; EAFNOSUPPORT and EPROTONOSUPPORT say that it has not."""
    lacking = (93, 97)
    match module:
        case "tls":
            return bool(told["tls"])
        case "nf_tables":
            return True if told["nf_tables"] else False if told["no-nf_tables"] else None
        case "vsock" | "rxrpc":
            answer = told[f"socket:AF_{module.upper()}"]
            return True if answer == 0 else False if answer in lacking else None
        case "algif_aead" | "algif_hash":
            return False if told["socket:AF_ALG"] in lacking else None
        case _:
            return None


EXTRA: tuple[Precondition, ...] = (
    PathUnmasked(path="/proc/keys"),
    PathUnmasked(path="/proc/kcore"),
    PathUnmasked(path="/sys/firmware"),
    *(CanOpenSocket(family=name) for name in ("AF_UNIX", "AF_INET", "AF_ALG", "AF_VSOCK", "AF_RXRPC")),
)
"""Conditions that are asked of every container beside those of the CVEs."""


def conditions(cve: StackCve) -> Iterator[Precondition]:
    for way in cve.ways:
        yield from way.preconditions


def test_every_condition_that_can_be_tried_is_as_the_graph_says(
    subjects: dict[str, Subject], told: dict[str, Told], capsys: pytest.CaptureFixture[str]
) -> None:
    needing: list[tuple[Precondition, set[str]]] = every_condition()
    compared: Counter[str] = Counter()
    differ: list[str] = []
    tried: set[str] = set()
    for condition, cves in needing:
        for name, subject in subjects.items():
            saw, says = seen(condition, told[name]), evaluate(condition, subject)
            if saw is None:
                continue
            tried.update(cves)
            compared[type(condition).__name__] += 1
            if says.met is not saw:
                differ.append(f"{name}: {says.condition}: the graph says {says.met} ({says.because}), the kernel {saw}")
    with capsys.disabled():
        print(f"\n{sum(compared.values())} conditions tried in {len(subjects)} containers, for {len(tried)} CVEs")
        for kind, count in sorted(compared.items()):
            print(f"  {kind:24}{count:5}")
    assert not differ, "\n".join(differ)
    assert len(tried) >= 100


def every_condition() -> list[tuple[Precondition, set[str]]]:
    """Each condition once, with the CVEs that have it."""
    found: list[tuple[Precondition, set[str]]] = [(condition, set()) for condition in EXTRA]
    for cve in stack_cves():
        for condition in conditions(cve):
            same = next((cves for known, cves in found if known == condition), None)
            if same is None:
                found.append((condition, {cve.id}))
            else:
                same.add(cve.id)
    return found


KINDS = {
    "user namespace": "CVE-2018-18955",
    "file system context": "CVE-2022-0185",
    "cgroup release agent": "CVE-2022-0492",
    "nf_tables": "CVE-2024-1086",
    "traffic control": "CVE-2023-31436",
    "any traffic class": "CVE-2025-21700",
    "IP sets": "CVE-2024-53141",
    "iptables": "CVE-2021-22555",
    "IPsec state": "CVE-2025-39965",
    "IPsec over IPv6": "CVE-2022-27666",
    "IPsec, spliced": "CVE-2026-43284",
    "ethtool netlink": "CVE-2025-21701",
    "packet socket": "CVE-2020-14386",
    "io_uring": "CVE-2024-0582",
    "eBPF": "CVE-2021-3490",
    "perf events": "CVE-2023-6931",
    "keyrings": "CVE-2016-0728",
    "userfaultfd": "CVE-2018-18397",
    "crypto API, aead": "CVE-2026-31431",
    "crypto API, hash": "CVE-2024-26824",
    "virtual sockets": "CVE-2025-21756",
    "RxRPC": "CVE-2026-43500",
    "kernel TLS": "CVE-2025-39946",
    "Unix sockets": "CVE-2023-4622",
    "multicast": "CVE-2023-6932",
    "DCCP": "CVE-2017-6074",
    "pipes": "CVE-2022-0847",
    "copy-on-write": "CVE-2016-5195",
    "long paths": "CVE-2021-33909",
    "overlayfs and FUSE": "CVE-2023-0386",
    "SMB mounts": "CVE-2023-5345",
    "waitid": "CVE-2017-5123",
    "shim's socket": "CVE-2020-15257",
    "runc overwritten": "CVE-2019-5736",
    "rootless cgroups": "CVE-2023-25809",
    "inherited rights": "CVE-2022-24769",
}
"""One CVE for each kind of way that is tried."""

MARKS = {True: "open", False: "-", None: "?"}


def open_way(cve: StackCve, subject: Subject) -> bool | None:
    """Whether some way is open but for the version and the faulty code: only what the container and its host settle."""
    found = [way_is_open(way, subject) for way in cve.ways]
    return True if True in found else None if None in found else False


def way_is_open(way: Way, subject: Subject) -> bool | None:
    met = [evaluate(item, subject).met for item in way.preconditions if not isinstance(item, ASIDE)]
    return False if False in met else None if None in met else True


def test_what_takes_several_conditions_at_once_is_as_the_graph_says(
    subjects: dict[str, Subject], told: dict[str, Told], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{'kind':22}{'CVE':16}" + " ".join(f"{name[:16]:>16}" for name in subjects)]
    differ: list[str] = []
    for kind, name in KINDS.items():
        cve = stack_cve(name)
        assert cve is not None
        verdicts = {container: open_way(cve, subject) for container, subject in subjects.items()}
        lines.append(f"{kind:22}{name:16}" + " ".join(f"{MARKS[verdict]:>16}" for verdict in verdicts.values()))
        calls = [call for item in conditions(cve) if isinstance(item, CanCall) for call in item.all_of]
        primitive = next((WHOLE[call] for call in calls if call in WHOLE), None)
        if primitive is None:
            continue
        for container, verdict in verdicts.items():
            if verdict is not bool(told[container][primitive]):
                differ.append(
                    f"{container}: {kind} ({name}): the graph says {verdict}, the kernel {told[container][primitive]}"
                )
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert not differ, "\n".join(differ)
    assert len(KINDS) >= 25


def test_each_cve_agrees_with_its_primitives(
    subjects: dict[str, Subject], told: dict[str, Told], capsys: pytest.CaptureFixture[str]
) -> None:
    """CVE by CVE: what was tried in how many containers, and what the graph says. `docs/primitives.md` keeps it."""
    rows = [_row(kind, name, subjects, told) for kind, name in KINDS.items()]
    text = _page(rows, len(subjects))
    with capsys.disabled():
        print(f"\n{text}")
    if os.environ.get("RINGFENCE_RENEW") == "1":
        (Path(__file__).parents[2] / "docs" / "primitives.md").write_text(text, encoding="utf-8")
    tried = [row for row in rows if row.tries]
    assert len(tried) >= 25
    assert [row.cve for row in rows if row.agree != row.tries] == []


class _Row(NamedTuple):
    """A CVE: the primitives of its conditions, tries and those that agree, containers by what the graph says of the way."""

    kind: str
    cve: str
    primitives: tuple[str, ...]
    tries: int
    agree: int
    open: int
    shut: int
    unknown: int


def _row(kind: str, name: str, subjects: dict[str, Subject], told: dict[str, Told]) -> _Row:
    cve = stack_cve(name)
    assert cve is not None
    primitives: dict[str, None] = {}
    tries = agree = 0
    for container, subject in subjects.items():
        for condition in _once(conditions(cve)):
            saw = seen(condition, told[container])
            if saw is not None:
                says = evaluate(condition, subject)
                primitives[says.condition] = None
                tries, agree = tries + 1, agree + (says.met is saw)
        calls = [call for item in conditions(cve) if isinstance(item, CanCall) for call in item.all_of]
        whole = next((WHOLE[call] for call in calls if call in WHOLE), "")
        if whole:
            primitives[f"{whole} is made"] = None
            tries, agree = tries + 1, agree + (open_way(cve, subject) is bool(told[container][whole]))
    verdicts = Counter(open_way(cve, subject) for subject in subjects.values())
    return _Row(kind, name, tuple(primitives), tries, agree, verdicts[True], verdicts[False], verdicts[None])


def _once(every: Iterable[Precondition]) -> list[Precondition]:
    found: list[Precondition] = []
    for condition in every:
        if condition not in found:
            found.append(condition)
    return found


def _page(rows: list[_Row], containers: int) -> str:
    lines = [
        "# CVEs against their primitives, in real containers",
        "",
        "Written by `RINGFENCE_RENEW=1 pytest tests/live/test_preconditions.py` (root, podman, runc, gcc). Each CVE's",
        f"conditions are tried inside {containers} containers started with different options: can this call be made, this",
        "socket opened, this namespace made, is this path there. Nothing is exploited. *Tries* are conditions times",
        "containers in which the primitive can tell; *agree* those in which the graph says what the kernel did. The last",
        "three columns count containers by what the graph says of the way: open, shut, not told. Version and code are",
        "left aside.",
        "",
        f"Measured on Linux {os.uname().release} on {clock.today()}.",
        "",
        "| kind | CVE | primitives tried | tries | agree | open | shut | not told |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        what = "; ".join(row.primitives) or "none can be tried here"
        counts = f"{row.tries} | {row.agree} | {row.open} | {row.shut} | {row.unknown}"
        lines.append(f"| {row.kind} | {row.cve} | {what} | {counts} |")
    tries = sum(row.tries for row in rows)
    told = sum(bool(row.tries) for row in rows)
    lines += ["", f"{told} CVEs, {tries:,} tries, {sum(row.agree for row in rows):,} agree.", ""]
    return "\n".join(lines)


def test_runc_leaks_no_directory_since_debian_mended_it(told: dict[str, Told]) -> None:
    """CVE-2024-21626: Debian's runc has an old number and the fix; the descriptors of the first process say the same."""
    (facts,) = host_runtimes.collect(Target("host", "localhost"), World(node="here", today="2026-11-24"))
    runc = next(item for item in facts.components if item.name == "runc")
    cve = stack_cve("CVE-2024-21626")
    assert cve is not None
    leaked = any(answer["leaked-directories"] > 0 for answer in told.values())
    assert affected(cve, runc, "debian:12", orders()).value is leaked


def test_the_prober_refuses_outside_of_a_container(program: Path) -> None:
    done = subprocess.run([str(program)], capture_output=True, text=True, timeout=10, check=False, env={})
    assert (done.returncode, done.stdout) == (2, "")
