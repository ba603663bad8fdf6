"""A volume that the kubelet or an engine made for a container lies among the host's folders and is no way to them."""

import msgspec
import pytest

from graph.test_impact import DEFAULT, stack
from ringfence.engine.attack import arsenal
from ringfence.graph.attack.derive import derive
from ringfence.graph.attack.entrances import Entrance
from ringfence.model.confinement import Mount
from ringfence.model.knowledge import Known
from ringfence.model.workload import Workload

POD = "/var/lib/kubelet/pods/6f2b9a00-1f4e-4f31-8f57-0d0e5b5a7e01"
OWN = (
    f"{POD}/volumes/kubernetes.io~empty-dir/tmp",
    f"{POD}/volume-subpaths/data/web/0",
    "/var/lib/docker/volumes/shop/_data",
    "/var/lib/containers/storage/volumes/shop/_data",
)
HOST = ("/var/lib/kubelet", "/var/lib/kubelet/pods", "/var/lib/docker", "/var/lib/docker/volumes", "/")


def techniques(source: str) -> set[str]:
    mounts: Known[tuple[Mount, ...]] = Known((Mount(source=source, destination="/data"),))
    return {step.technique.slug for step in derive(stack(_with(mounts)), arsenal(), (Entrance.CONTAINERS,)).steps()}


def _with(mounts: Known[tuple[Mount, ...]]) -> Workload:
    return msgspec.structs.replace(DEFAULT, confinement=msgspec.structs.replace(DEFAULT.confinement, mounts=mounts))


@pytest.mark.parametrize("source", OWN)
def test_its_own_volume_gives_a_container_nothing_of_the_host(source: str) -> None:
    assert not techniques(source) & {"read-host-files", "write-host-files"}


@pytest.mark.parametrize("source", HOST)
def test_the_folder_that_volumes_lie_in_gives_it_the_host(source: str) -> None:
    assert techniques(source) >= {"read-host-files", "write-host-files"}


def test_pods_that_differ_in_their_volumes_alone_are_judged_once() -> None:
    pods = [
        msgspec.structs.replace(
            _with(Known((Mount(source=f"/var/lib/kubelet/pods/{number}/volumes/x", destination="/x"),))),
            container_id=f"{number}",
        )
        for number in range(5)
    ]
    assert set(stack(*pods).alike.values()) == {0}
