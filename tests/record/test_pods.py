"""Pods in trees of control groups as kubelet, containerd and CRI-O lay them out, with both drivers and both versions."""

from pathlib import Path

import pytest

from ringfence.errors import RingfenceError, Unavailable, WrongUsage
from ringfence.formats import proc_cgroup
from ringfence.io.rooted import Rooted
from ringfence.record import pods
from ringfence.record.pods import Hierarchy

UID = "0f3a6c1e-52b7-4d0a-9f6e-7f1f0a1b2c3d"
SLICE = UID.replace("-", "_")
STATIC = "a" * 32
PAUSE, WEB, OTHER = "1" * 64, "2" * 64, "3" * 64
UNIFIED = "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
HYBRID = (
    "30 24 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
    "31 24 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
    "32 24 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "33 24 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
)
V2, MEMORY = "/sys/fs/cgroup", "/sys/fs/cgroup/memory"

LAYOUTS = [
    pytest.param(
        f"kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{SLICE}.slice",
        "cri-containerd-{}.scope",
        "containerd",
        id="containerd-systemd",
    ),
    pytest.param(f"kubepods.slice/kubepods-pod{SLICE}.slice", "crio-{}.scope", "cri-o", id="crio-systemd-guaranteed"),
    pytest.param(f"kubepods/besteffort/pod{UID}", "{}", "", id="containerd-cgroupfs"),
    pytest.param(f"kubepods/burstable/pod{UID}", "crio-{}", "cri-o", id="crio-cgroupfs"),
    pytest.param(
        f"system.slice/docker-{OTHER}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod{SLICE}.slice",
        "cri-containerd-{}.scope",
        "containerd",
        id="kind",
    ),
]


def host(root: Path, mounts: str, groups: dict[str, str]) -> Rooted:
    """A host whose control groups (by their whole path) have these processes, and whose kubelet knows one pod."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text(mounts)
    for path, members in groups.items():
        folder = root / path.strip("/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cgroup.procs").write_text(members)
    (root / f"var/log/pods/shop_web-0_{UID}/web").mkdir(parents=True)
    (root / "var/log/containers").mkdir()
    (root / f"var/log/containers/web-0_shop_web-{WEB}.log").touch()
    (root / f"var/log/containers/web-0_shop_web-cache-{OTHER}.log").touch()
    return Rooted(str(root))


@pytest.mark.parametrize(("mounts", "point"), [(UNIFIED, V2), (HYBRID, MEMORY)], ids=["v2", "v1"])
@pytest.mark.parametrize(("folder", "container", "engine"), LAYOUTS)
def test_a_pod_is_found(tmp_path: Path, mounts: str, point: str, folder: str, container: str, engine: str) -> None:
    beside = f"{point}/{folder}".replace("0f3a6c1e", "0f3a6c1f")
    web = f"{point}/{folder}/{container.format(WEB)}"
    files = host(
        tmp_path,
        mounts,
        {
            f"{point}/{folder}/{container.format(PAUSE)}": "10\n",
            web: "",
            f"{web}/init.scope": "11\n12\n0\n",
            f"{beside}/{container.format(OTHER)}": "99\n",
        }
        # An empty copy, as systemd makes in the unified hierarchy of a hybrid host.
        | ({f"/sys/fs/cgroup/unified/{folder}": ""} if point == MEMORY else {}),
    )
    for wanted in ("shop/web-0", UID):
        found = pods.find(wanted, files)
        assert found.members(files) == {10, 11, 12}
        assert found.folders == (f"{point}/{folder}",)
        assert found.groups == (files.inode(found.folders[0]),)
        assert found.engine == engine
        assert found.hierarchy == Hierarchy(point, "memory" if point == MEMORY else "")
    one = pods.find("shop/web-0", files, "web")
    assert one.folders == (web,)
    assert one.members(files) == {11, 12}
    assert one.name == "shop/web-0/web"


def test_a_runtime_that_disagrees_with_the_kubelet_about_the_driver(tmp_path: Path) -> None:
    base = f"{V2}/system.slice/containerd.service/kubepods-burstable-pod{SLICE}.slice:cri-containerd:"
    files = host(tmp_path, UNIFIED, {base + PAUSE: "10\n", base + WEB: "11\n"})
    assert pods.find(UID, files).members(files) == {10, 11}
    assert pods.find("shop/web-0", files, "web").members(files) == {11}


def test_a_pod_made_anew_is_the_one_that_runs(tmp_path: Path) -> None:
    files = host(tmp_path, UNIFIED, {f"{V2}/kubepods/pod{STATIC}/{WEB}": "10\n"})
    (tmp_path / f"var/log/pods/shop_web-0_{STATIC}").mkdir()
    assert pods.find("shop/web-0", files).members(files) == {10}


@pytest.mark.parametrize(
    ("path", "uid"),
    [
        (f"/kubepods/pod{STATIC}", STATIC),
        (f"/kubepods.slice/kubepods-pod{SLICE}.slice", UID),
        (f"/pod{UID}", ""),
        (f"/kubepods/pod{UID}/{WEB}", ""),
        (f"/kubepods/pod{UID}0", ""),
        (f"/machine.slice/machine-libpod_pod_{WEB}.slice", ""),
        ("/", ""),
    ],
)
def test_whose_group_a_path_is(path: str, uid: str) -> None:
    assert proc_cgroup.pod(path) == uid


@pytest.mark.parametrize(
    ("wanted", "container", "error", "said"),
    [
        ("web-0", "", WrongUsage, "NAMESPACE/NAME"),
        ("shop/../etc", "", WrongUsage, "NAMESPACE/NAME"),
        ("Shop/web", "", WrongUsage, "NAMESPACE/NAME"),
        ("shop/web-1", "", Unavailable, "the kubelet has no such pod here"),
        ("shop/web-0", "", Unavailable, "has no process"),
        (STATIC, "", Unavailable, "has no control group on this host"),
        ("shop/web-0", "db", Unavailable, "it has: web, web-cache"),
        (UID, "web", WrongUsage, "NAMESPACE/NAME"),
    ],
)
def test_what_is_no_pod_here_is_said(
    tmp_path: Path, wanted: str, container: str, error: type[RingfenceError], said: str
) -> None:
    files = host(tmp_path, UNIFIED, {f"{V2}/kubepods/pod{UID}": ""})
    with pytest.raises(error) as caught:
        pods.find(wanted, files, container)
    assert said in f"{caught.value} {caught.value.mend}"
