"""Which interfaces to the kernel the engines' defaults leave open, and what closes the others."""

import pytest

from ringfence.graph import kernel_interfaces as graph
from ringfence.graph.kernel_doors import State, doors, state
from ringfence.knowledge.default_containers import default_container
from ringfence.knowledge.kernel_interfaces import kernel_interfaces
from ringfence.knowledge.runtime_defaults import default_capabilities, default_filter
from ringfence.knowledge.system_calls import known_names, system_calls
from ringfence.layers.kernel.collect.proc.settings import SYSCTLS
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, Kernel, Sharing
from ringfence.model.kernel_interface import Exposure, InterfaceAnswer
from ringfence.model.knowledge import Known
from ringfence.model.linux import ALL_CAPABILITIES, SOCKET_FAMILIES, Namespace, mask_of
from ringfence.model.stack_cve import CanCall, CanOpenSocket, Sysctl
from ringfence.model.syscall_filter import UNCONFINED, SyscallFilter
from ringfence.report.terminal.words import plain

NAMES = system_calls("x86_64").numbers
INTERFACES = kernel_interfaces()
ANYTHING = graph.permissive(INTERFACES, "x86_64")


def docker(version: str, *capabilities: str) -> SyscallFilter:
    return default_filter("docker", default_capabilities("docker") | mask_of(capabilities), "6.12.0", version)


def answers(confinement: Confinement) -> dict[str, InterfaceAnswer]:
    return {item.name: item for item in graph.survey(INTERFACES, confinement, ANYTHING)}


EVERYTHING = Confinement(
    uid=Known(0),
    uid_map=Known(HOST_IDS),
    gid_map=Known(HOST_IDS),
    capabilities=Known(CapabilitySets(effective=ALL_CAPABILITIES, permitted=ALL_CAPABILITIES, bounding=ALL_CAPABILITIES)),
    no_new_privileges=Known(False),
    syscalls=Known(UNCONFINED),
    namespaces=Known(dict.fromkeys(Namespace, Sharing.HOST)),
    devices=Known(("/dev",)),
    kernel=Known(Kernel.HOST),
)


def test_what_the_data_names_exists() -> None:
    asked = [item for interface in INTERFACES for way in interface.ways for item in way.preconditions]
    calls = {name for item in asked if isinstance(item, CanCall) for name in (*item.all_of, *item.any_of)}
    assert calls <= known_names()
    assert {item.family for item in asked if isinstance(item, CanOpenSocket)} <= SOCKET_FAMILIES.keys()
    assert {item.name for item in asked if isinstance(item, Sysctl)} <= set(SYSCTLS)
    assert len({item.name for item in INTERFACES}) == len(INTERFACES) >= 24
    assert all(plain(item.name) == item.name and item.sources for item in INTERFACES)


@pytest.mark.parametrize("name", [item.name for item in INTERFACES])
def test_with_everything_every_interface_is_open(name: str) -> None:
    found = answers(EVERYTHING)[name]
    assert found.exposure is Exposure.OPEN, found


@pytest.mark.parametrize("name", [item.name for item in INTERFACES])
def test_a_container_with_nothing_reaches_none_that_takes_more_than_a_call(name: str) -> None:
    nothing = Confinement(
        uid=Known(1000),
        uid_map=Known(HOST_IDS),
        capabilities=Known(CapabilitySets()),
        no_new_privileges=Known(True),
        syscalls=Known(SyscallFilter(profile="nothing", default_action="SCMP_ACT_ERRNO")),
        namespaces=Known(dict.fromkeys(Namespace, Sharing.OWN)),
        devices=Known(()),
        kernel=Known(Kernel.HOST),
    )
    found = answers(nothing)[name]
    assert found.exposure is Exposure.CLOSED
    assert found.closed_by


@pytest.mark.parametrize(
    ("name", "version", "seen"),
    [
        ("crypto sockets (AF_ALG)", "29.4.1", Exposure.OPEN),
        ("crypto sockets (AF_ALG)", "29.4.2", Exposure.CLOSED),
        ("crypto sockets (AF_ALG)", "29.4.3", Exposure.BY_32_BIT),
        ("user namespaces", "29.4.3", Exposure.CLOSED),
        ("io_uring", "23.0.4", Exposure.OPEN),
        ("io_uring", "25.0.6", Exposure.CLOSED),
        ("packet sockets", "29.4.3", Exposure.OPEN),
        ("kernel modules", "29.4.3", Exposure.CLOSED),
    ],
)
def test_docker_by_version(name: str, version: str, seen: Exposure) -> None:
    assert answers(default_container("docker", version).confinement)[name].exposure is seen


def test_what_closes_it_is_told_and_told_to_be_alone() -> None:
    """io_uring takes the call alone; a module takes a call and a capability, and both are refused."""
    found = answers(default_container("docker", "29.4.3").confinement)
    assert found["io_uring"].closed_by == ("the seccomp filter",)
    assert found["kernel modules"].closed_by == ("the seccomp filter", "missing capabilities")


def test_gvisor_has_not_what_its_own_kernel_lacks() -> None:
    inside = {item.name: item.exposure for item in graph.survey(INTERFACES, sentry(EVERYTHING), ANYTHING)}
    assert inside["BPF"] is inside["crypto sockets (AF_ALG)"] is Exposure.ABSENT
    assert inside["user namespaces"] is Exposure.OPEN


def sentry(confinement: Confinement) -> Confinement:
    return Confinement(
        **{name: getattr(confinement, name) for name in confinement.__struct_fields__ if name != "kernel"},
        kernel=Known(Kernel.SENTRY),
    )


def test_a_machine_without_32_bit_programs_has_no_side_door() -> None:
    arm = graph.permissive(INTERFACES, "aarch64")
    found = {item.name: item for item in graph.survey(INTERFACES, default_container("docker", "29.4.3").confinement, arm)}
    assert found["crypto sockets (AF_ALG)"].exposure is Exposure.CLOSED


def test_more_and_fewer_are_told_apart() -> None:
    base, wider = docker("29.4.3"), docker("29.4.3", "SYS_ADMIN")
    apart = graph.difference(wider, base, NAMES)
    assert {"mount", "unshare", "bpf"} <= set(apart.more)
    assert not apart.fewer
    assert graph.difference(base, wider, NAMES).fewer == apart.more
    assert not graph.difference(base, base, NAMES).more
    assert len(graph.let_through(UNCONFINED, NAMES)) == len(NAMES)


def test_calls_that_no_filter_is_asked_about_are_those_of_x86_alone() -> None:
    closed = SyscallFilter(profile="nothing", default_action="SCMP_ACT_ERRNO")
    assert graph.let_through(closed, NAMES) == {"uprobe", "uretprobe"}
    assert not graph.let_through(closed, system_calls("aarch64").numbers, "aarch64")


@pytest.mark.parametrize(
    ("name", "version", "seen"),
    [
        ("crypto sockets (AF_ALG)", "29.4.1", State.OPEN),
        ("crypto sockets (AF_ALG)", "29.4.2", State.CLOSED),
        ("crypto sockets (AF_ALG)", "29.4.3", State.BY_32_BIT),
        ("user namespaces", "29.4.3", State.CLOSED),
    ],
)
def test_the_filter_alone_is_told_of_too(name: str, version: str, seen: State) -> None:
    by_name = {door.name: door for door in doors(INTERFACES)}
    assert state(by_name[name], docker(version), system_calls("i386").numbers) is seen
    assert "virtual machines (KVM)" not in by_name
