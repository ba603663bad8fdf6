"""One container, seen by the runtime and by the kernel, is one workload whoever was asked first."""

from itertools import permutations

import pytest

from ringfence.graph.joining import joined
from ringfence.model.confinement import CapabilitySets, Confinement
from ringfence.model.knowledge import Known
from ringfence.model.syscall_filter import UNCONFINED
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
