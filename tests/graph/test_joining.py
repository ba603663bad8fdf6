"""One container, seen by the runtime and by the kernel, is one workload whoever was asked first."""

from itertools import permutations

import pytest

from ringfence.graph.joining import Joined, joined
from ringfence.model.confinement import CapabilitySets, Confinement
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.syscall_filter import UNCONFINED, Passage, SyscallFilter, SyscallRule, passage
from ringfence.model.workload import Workload, WorkloadId

CONTAINER = "d28f46a8546f09d1bda94d991554e70dc63c3d616602172ec4a15a6f398c715d"
RUNTIME = Workload(
    identity=WorkloadId(name="web"),
    confinement=Confinement(
        syscalls=Known(UNCONFINED), privileged=Known(False), capabilities=Known(CapabilitySets(effective=3, bounding=3))
    ),
    container_id=CONTAINER,
    engine="podman",
    oci_runtime="runc",
)
KERNEL = Workload(
    identity=WorkloadId(name=CONTAINER[:12]),
    confinement=Confinement(syscalls=Known(UNCONFINED), capabilities=Known(CapabilitySets(effective=1, bounding=3))),
    container_id=CONTAINER,
    cgroup="/machine.slice/libpod-d28f",
    engine="podman",
    pids=(42,),
)


@pytest.mark.parametrize("views", list(permutations((RUNTIME, KERNEL))))
def test_an_unconfined_container_keeps_its_name_and_the_live_capabilities(views: tuple[Workload, ...]) -> None:
    result = joined(views)
    assert result.workload.identity.name == "web"
    assert result.workload.confinement.capabilities == KERNEL.confinement.capabilities
    assert result.workload.confinement.privileged == Known(False)
    assert (result.workload.cgroup, result.workload.pids, result.workload.oci_runtime) == (KERNEL.cgroup, (42,), "runc")
    assert [(item.field, item.asked, item.live) for item in result.disagreements] == [
        ("capabilities", repr(CapabilitySets(effective=3, bounding=3)), repr(CapabilitySets(effective=1, bounding=3)))
    ]


FILTER = SyscallFilter(
    profile="p",
    default_action="SCMP_ACT_ERRNO",
    rules=(SyscallRule(names=("read",), action="SCMP_ACT_ALLOW"),),
)


def with_filters(asked: SyscallFilter, count: int, seen: Known[SyscallFilter] | Unknown) -> Joined:
    one = Workload(identity=WorkloadId(name="web"), container_id="a" * 64, confinement=Confinement(syscalls=Known(asked)))
    live = Confinement(syscalls=seen, filters=Known(count))
    two = Workload(identity=WorkloadId(name="a" * 12), container_id="a" * 64, confinement=live)
    assert joined((one, two)) == joined((two, one))
    return joined((one, two))


LOADED = Unknown("a filter is loaded")


def test_one_filter_on_the_process_is_the_one_that_was_asked_for() -> None:
    assert with_filters(FILTER, 1, LOADED).workload.confinement.syscalls == Known(FILTER)


def test_more_filters_leave_what_is_denied_and_make_what_passes_uncertain() -> None:
    told = with_filters(FILTER, 3, LOADED).workload.confinement.syscalls
    assert isinstance(told, Known)
    assert told.value.further == 2
    assert passage(told.value, "read") is Passage.DEPENDS
    assert passage(told.value, "mount") is Passage.DENIED
    assert not told.value.unconfined


def test_a_filter_that_nobody_asked_for_makes_everything_uncertain() -> None:
    told = with_filters(UNCONFINED, 1, LOADED).workload.confinement.syscalls
    assert isinstance(told, Known)
    assert passage(told.value, "mount") is Passage.DEPENDS
    assert not told.value.absent


def test_a_filter_that_is_not_on_the_process_does_not_count() -> None:
    found = with_filters(FILTER, 0, Known(UNCONFINED))
    assert found.workload.confinement.syscalls == Known(UNCONFINED)
    assert [item.field for item in found.disagreements] == ["syscalls"]


WRITTEN = Workload(
    identity=WorkloadId(namespace="shop", kind="Pod", name="web", container="c"),
    confinement=Confinement(capabilities=Known(CapabilitySets(effective=7, bounding=7)), read_only_root=Known(True)),
    container_id=CONTAINER,
    running=True,
    location=Location(path="pods.yaml"),
)


@pytest.mark.parametrize("views", list(permutations((RUNTIME, KERNEL, WRITTEN))))
def test_what_is_written_in_a_manifest_only_fills_in_what_nobody_saw(views: tuple[Workload, ...]) -> None:
    result = joined(views)
    assert result.workload.identity.name == "web"
    assert result.workload.confinement.capabilities == KERNEL.confinement.capabilities
    assert result.workload.confinement.read_only_root == Known(True)
    assert [item.field for item in result.disagreements] == ["capabilities"]
