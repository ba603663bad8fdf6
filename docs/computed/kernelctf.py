"""The page on the kernel CVEs that won kernelCTF bounties: how many each control cuts. Everything in it is computed."""

import re
from collections.abc import Iterator
from functools import cache

from docs.computed import hosts

from ringfence.graph.affected import affected
from ringfence.knowledge.default_containers import default_container, default_containers
from ringfence.knowledge.stack_cves import stack_cves
from ringfence.model.component import Component, KernelState
from ringfence.model.confinement import CapabilitySets, Confinement
from ringfence.model.finding import VerdictStatus
from ringfence.model.knowledge import Known
from ringfence.model.stack_cve import (
    CanCall,
    CanOpenSocket,
    CapabilityScope,
    HasCapability,
    KernelModule,
    KernelOption,
    StackCve,
)
from ringfence.model.syscall_filter import UNCONFINED

PAGE = "kernelctf.md"
FOLDER = re.compile(r"/kernelctf/(CVE-\d{4}-\d+)_")

NO_CAPABILITIES = Known(CapabilitySets())
NO_USER_NAMESPACES = {"user.max_user_namespaces": "0"}
NO_32_BIT = frozenset({"CONFIG_IA32_EMULATION"})


@cache
def bounties() -> dict[str, StackCve]:
    """The CVEs by the name of their submissions' folders."""
    return {name: cve for cve in stack_cves() for link in cve.links for name in FOLDER.findall(link)}


def open_ones(confinement: Confinement, kernel: KernelState) -> frozenset[str]:
    """The bounties that stay reachable, on a kernel that has all their faults."""
    found = set()
    for name, cve in bounties().items():
        faulty = Component(name="linux", node="host", version=Known(versions()[cve.id]))
        status = hosts.verdict(cve, confinement, kernel, faulty)
        if status is VerdictStatus.UNDECIDED:
            raise LookupError(f"{name}: undecided, though everything is given")
        if status is VerdictStatus.REACHABLE:
            found.add(name)
    return frozenset(found)


@cache
def versions() -> dict[str, str]:
    """For each of the CVEs a kernel that has the fault for sure: the first of a range."""
    return {cve.id: a_version_of(cve) for cve in bounties().values()}


def a_version_of(cve: StackCve) -> str:
    """The first version of a range that counts as affected."""
    for item in cve.ranges:
        candidate = item.introduced or "4.0"
        answer = affected(cve, Component(name="linux", node="", version=Known(candidate)), "", hosts.ORDERS)
        if answer.value:
            return candidate
    raise LookupError(f"{cve.id}: no version is affected for sure")


def conditions(cve: StackCve) -> Iterator[object]:
    """Every condition of every way."""
    for way in cve.ways:
        yield from way.preconditions


def has_module(cve: StackCve, name: str) -> bool:
    """Whether a module is asked for."""
    return any(isinstance(item, KernelModule) and item.module == name for item in conditions(cve))


def has_option(cve: StackCve, name: str) -> bool:
    """Whether a build option is asked for."""
    return any(isinstance(item, KernelOption) and item.option == name for item in conditions(cve))


def asks_capability(cve: StackCve) -> bool:
    """Whether a capability is asked for that one has in a user namespace."""
    wanted = CapabilityScope.ANY
    return any(isinstance(item, HasCapability) and item.scope is wanted for item in conditions(cve))


def calls(cve: StackCve, name: str) -> bool:
    """Whether a system call is asked for."""
    return any(isinstance(item, CanCall) and name in item.all_of for item in conditions(cve))


def opens(cve: StackCve, family: str) -> bool:
    """Whether a socket is asked for."""
    return any(item == CanOpenSocket(family=family) for item in conditions(cve))


SURFACES = (
    ("nf_tables", lambda cve: has_module(cve, "nf_tables")),
    ("IP sets", lambda cve: has_module(cve, "ip_set")),
    ("traffic control", lambda cve: has_option(cve, "CONFIG_NET_SCHED")),
    ("IPsec, ethtool, SMB mounts", asks_capability),
    ("kernel TLS", lambda cve: has_module(cve, "tls")),
    ("eBPF", lambda cve: has_option(cve, "CONFIG_BPF_SYSCALL")),
    ("io_uring", lambda cve: calls(cve, "io_uring_setup")),
    ("perf events", lambda cve: calls(cve, "perf_event_open")),
    ("crypto API (AF_ALG)", lambda cve: opens(cve, "AF_ALG")),
    ("virtual sockets (AF_VSOCK)", lambda cve: opens(cve, "AF_VSOCK")),
    ("Unix sockets", lambda cve: opens(cve, "AF_UNIX")),
    ("IPv4 multicast", lambda cve: has_option(cve, "CONFIG_IP_MULTICAST")),
)
"""Where a fault is, each CVE under the first that fits."""


def surface(cve: StackCve) -> str:
    """Where the fault is."""
    return next(name for name, fits in SURFACES if fits(cve))


def rows() -> Iterator[tuple[str, Confinement, KernelState]]:
    """Each control or set of controls: a container and a host."""
    bare = hosts.replaced(default_container("docker", "29.4.1").confinement, syscalls=Known(UNCONFINED))
    none = hosts.replaced(bare, capabilities=NO_CAPABILITIES)
    free = hosts.open_kernel()
    yield "Docker's capabilities, no filter", bare, free
    yield "no capabilities, no filter", none, free
    for name, value in (
        ("user.max_user_namespaces", "0"),
        ("kernel.unprivileged_bpf_disabled", "2"),
        ("kernel.io_uring_disabled", "2"),
        ("kernel.perf_event_paranoid", "3"),
    ):
        yield f"`{name}={value}`, Docker's capabilities, no filter", bare, hosts.open_kernel(set_to={name: value})
    every = {
        **NO_USER_NAMESPACES,
        "kernel.unprivileged_bpf_disabled": "2",
        "kernel.io_uring_disabled": "2",
        "kernel.perf_event_paranoid": "3",
    }
    yield "all four sysctls, no capabilities, no filter", none, hosts.open_kernel(set_to=every)


def engines() -> Iterator[tuple[str, Confinement]]:
    """Each engine's defaults, by version."""
    for container in default_containers():
        yield f"{container.engine}, {'; '.join(str(span) for span in container.spans)}", container.confinement


INTRODUCTION = """# The kernel CVEs of kernelCTF: how many each control cuts

Computed by `make gen` from the knowledge base, the shipped default profiles and the graph.
`tests/live/test_preconditions.py` tries the primitives in real containers.

Google's kernelCTF pays for working exploits of the Linux kernel. Its public records name {total} CVEs, and one more where a
submission of CVE-2024-0193 gives another year. Each is judged on a kernel that has the fault and leaves all else open:
every module there, every sysctl at its weakest. *Cut* means that some precondition is known not to hold. What wins there is
a biased sample, shaped by the rules and by the targets.

## Single controls

| control | cut of {total} |
| --- | ---: |"""

ENGINES = """
Dropping capabilities alone cuts nothing where a user namespace can be made, for there one has them all. What no control here
cuts goes through ordinary calls: TLS over TCP, Unix sockets, multicast.

## Engines' defaults

Each engine's default profile with its default capabilities. *Native* is without 32-bit calls (CONFIG_IA32_EMULATION off),
for `socketcall` passes by the filters on socket families: a count by native calls alone, as filters are mostly read, is
better by the CVEs in AF_ALG and AF_VSOCK. Podman and CRI-O leave user namespaces open by choice.

| engine and versions | cut | native | with `user.max_user_namespaces=0` | and no capabilities |
| --- | ---: | ---: | ---: | ---: |"""


def lines() -> Iterator[str]:
    """The page."""
    total = len(bounties())
    yield INTRODUCTION.format(total=total)
    for name, container, kernel in rows():
        yield f"| {name} | {total - len(open_ones(container, kernel))} |"
    yield ENGINES
    free, closed = hosts.open_kernel(), hosts.open_kernel(set_to=NO_USER_NAMESPACES)
    for name, container in engines():
        variants = (
            (container, free),
            (container, hosts.open_kernel(without=NO_32_BIT)),
            (container, closed),
            (hosts.replaced(container, capabilities=NO_CAPABILITIES), closed),
        )
        yield f"| {name} | {' | '.join(str(total - len(open_ones(*variant))) for variant in variants)} |"
    yield from by_surface()


def by_surface() -> Iterator[str]:
    """What is left under some engines' defaults, by where the fault is."""
    shown = [("docker", "29.4.1"), ("docker", "29.4.3"), ("containerd", "2.2.4"), ("podman", "4.3.1")]
    left = {key: open_ones(default_container(*key).confinement, hosts.open_kernel()) for key in shown}
    yield from (
        "",
        "## By surface",
        "",
        "How many stay open of how many.",
        "",
        f"| surface | all | {' | '.join(' '.join(key) for key in shown)} |",
        f"| --- | ---: |{' ---: |' * len(shown)}",
    )
    for name, _ in SURFACES:
        here = {item for item, cve in bounties().items() if surface(cve) == name}
        if here:
            yield f"| {name} | {len(here)} | {' | '.join(str(len(here & left[key])) for key in shown)} |"
    yield ""
    for key in shown:
        yield f"Left open by {' '.join(key)}: {', '.join(sorted(left[key]))}."
        yield ""


def page() -> bytes:
    """The page as it is written."""
    return "\n".join(lines()).encode()
