import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import proc_cgroup
from ringfence.formats.proc_cgroup import ContainerName

ID = "1e16965ba3db9a5933ff66d5ff9548480999b676572ee3652d89beac7e414c1f"
OUTER = "f" * 64


@pytest.mark.parametrize(
    ("path", "engine"),
    [
        (f"/libpod_parent/libpod-{ID}", "podman"),
        (f"/machine.slice/libpod-{ID}.scope", "podman"),
        (f"/machine.slice/libpod-{ID}.scope/container", "podman"),
        (f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope", "podman"),
        (f"/machine.slice/machine-libpod_pod_{OUTER}.slice/libpod-{ID}.scope", "podman"),
        (f"/docker/{ID}", "docker"),
        (f"/system.slice/docker-{ID}.scope", "docker"),
        (
            f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12_3.slice/cri-containerd-{ID}.scope",
            "containerd",
        ),
        (f"/kubepods/besteffort/pod1-2/{ID}", ""),
        (f"/kubepods.slice/kubepods-pod1.slice/crio-{ID}.scope", "cri-o"),
        (f"/system.slice/containerd.service/kubepods-burstable-pod1.slice:cri-containerd:{ID}", ""),
        (f"/docker/{OUTER}/kubelet/kubepods/pod1/{ID}", ""),
    ],
)
def test_the_innermost_container_of_a_path(path: str, engine: str) -> None:
    assert proc_cgroup.container(path) == ContainerName(id=ID, engine=engine)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/init.scope",
        "/mycontainer",
        f"/machine.slice/libpod-conmon-{ID}.scope",
        f"/kubepods.slice/crio-conmon-{ID}.scope",
        f"/machine.slice/libpod_pod_{ID}",
        f"/docker/{ID}0",
        f"/docker/{ID[:-1]}G",
    ],
)
def test_what_is_no_container(path: str) -> None:
    assert proc_cgroup.container(path) is None


def test_on_a_hybrid_host_the_hierarchy_that_names_the_container_wins() -> None:
    data = f"8:pids:/\n4:memory:/libpod_parent/libpod-{ID}\n1:name=systemd:/user.slice\n0::/\n".encode()
    assert proc_cgroup.best_path(proc_cgroup.parse(data)) == f"/libpod_parent/libpod-{ID}"
    assert proc_cgroup.best_path(proc_cgroup.parse(b"8:pids:/a\n1:name=systemd:/b\n0::/\n")) == "/b"
    assert proc_cgroup.best_path(proc_cgroup.parse(b"0::/\n")) == "/"
    assert proc_cgroup.best_path(()) == "/"


def test_a_path_may_hold_colons() -> None:
    assert proc_cgroup.parse(b"0::/a:b:c\n")[0].path == "/a:b:c"


def test_limits_and_broken_lines() -> None:
    with pytest.raises(Malformed):
        proc_cgroup.parse(b"memory\n")
    with pytest.raises(LimitExceeded):
        proc_cgroup.parse(b"0::/\n" * 257)


@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from(["/", ID, "libpod-", ".scope", ":", "0", "\n"])).map("".join).map(str.encode)
)
@settings(max_examples=100)
def test_any_bytes(data: bytes) -> None:
    with contextlib.suppress(Malformed, LimitExceeded):
        proc_cgroup.container(proc_cgroup.best_path(proc_cgroup.parse(data)))


def test_the_hierarchies_in_whose_root_a_process_is() -> None:
    seen = proc_cgroup.parse(b"12:rdma:/\n5:memory:/docker/x\n1:name=systemd:/\n0::/\n")
    assert proc_cgroup.in_root_of(seen) == ("rdma", "name=systemd")
