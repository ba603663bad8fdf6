"""Which doors to the kernel the engines' default filters leave open."""

import pytest

from ringfence.graph.kernel_interfaces import DOORS, State, difference, let_through, state
from ringfence.knowledge.runtime_defaults import default_capabilities, default_filter
from ringfence.knowledge.system_calls import system_calls
from ringfence.model.linux import mask_of
from ringfence.model.syscall_filter import UNCONFINED, SyscallFilter

NAMES, I386 = system_calls("x86_64").numbers, system_calls("i386").numbers
BY_NAME = {door.name: door for door in DOORS}


def docker(version: str, *capabilities: str) -> SyscallFilter:
    return default_filter("docker", default_capabilities("docker") | mask_of(capabilities), "6.12.0", version)


def test_every_call_behind_a_door_exists() -> None:
    assert {call for door in DOORS for call, _ in door.calls} <= NAMES.keys()


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_without_a_filter_every_door_is_open(door: object) -> None:
    assert state(BY_NAME[getattr(door, "name", "")], UNCONFINED, I386) is State.OPEN


@pytest.mark.parametrize(
    ("name", "version", "seen"),
    [
        ("crypto sockets (AF_ALG)", "29.4.1", State.OPEN),
        ("crypto sockets (AF_ALG)", "29.4.2", State.CLOSED),
        ("crypto sockets (AF_ALG)", "29.4.3", State.BY_32_BIT),
        ("user namespaces", "29.4.3", State.CLOSED),
        ("io_uring", "23.0.4", State.OPEN),
        ("io_uring", "25.0.6", State.CLOSED),
    ],
)
def test_docker_by_version(name: str, version: str, seen: State) -> None:
    assert state(BY_NAME[name], docker(version), I386) is seen


def test_podman_looks_at_the_protocol_of_netlink_sockets() -> None:
    filter_ = default_filter("podman", default_capabilities("podman"), "6.12.0")
    assert state(BY_NAME["netlink sockets"], filter_, I386) is State.ON_ARGUMENTS


def test_a_machine_without_32_bit_programs_has_no_side_door() -> None:
    assert state(BY_NAME["crypto sockets (AF_ALG)"], docker("29.4.3"), {}) is State.CLOSED


def test_more_and_fewer_are_told_apart() -> None:
    base, wider = docker("29.4.3"), docker("29.4.3", "SYS_ADMIN")
    apart = difference(wider, base, NAMES)
    assert {"mount", "unshare", "bpf"} <= set(apart.more)
    assert not apart.fewer
    assert difference(base, wider, NAMES).fewer == apart.more
    assert not difference(base, base, NAMES).more
    assert len(let_through(UNCONFINED, NAMES)) == len(NAMES)
