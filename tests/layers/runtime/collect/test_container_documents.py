"""An engine's inspection against the `config.json` that the same engine writes for the same container.

The Docker and CRI documents are in the form those engines print (moby's API types, cri-tools, containerd); the live test
`tests/live/test_four_sources.py` has Podman's own.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringfence.errors import UnreadableInput
from ringfence.formats import container_document
from ringfence.io.world import Target, World
from ringfence.knowledge.runtime_defaults import defaults
from ringfence.layers.runtime.collect import container_documents
from ringfence.model.confinement import Confinement, Kernel, Lsm, Sharing
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace, mask_of
from ringfence.model.syscall_filter import Passage, passage
from ringfence.model.workload import Workload

DOCKER = defaults("docker")
PROFILE = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "architectures": ["SCMP_ARCH_X86_64"],
    "syscalls": [{"names": ["keyctl"], "action": "SCMP_ACT_ERRNO"}],
}
SPACES = ("mount", "network", "uts", "pid", "ipc")


def inspection(**changes: object) -> dict[str, Any]:
    """What `docker inspect` prints of one container; keys of `HostConfig` and of the top are changed by name."""
    asked = {
        "Privileged": False,
        "ReadonlyRootfs": False,
        "Runtime": "runc",
        "PidMode": "",
        "IpcMode": "private",
        "UTSMode": "",
        "NetworkMode": "bridge",
        "UsernsMode": "",
        "CgroupnsMode": "host",
        "CapAdd": None,
        "CapDrop": None,
        "SecurityOpt": None,
        "Devices": [],
        "MaskedPaths": list(DOCKER.masked_paths),
        "ReadonlyPaths": list(DOCKER.read_only_paths),
    }
    whole = {
        "Id": "ab" * 32,
        "Name": "/web",
        "State": {"Status": "running", "Running": True, "Pid": 4711},
        "Image": "sha256:" + "1" * 64,
        "AppArmorProfile": "docker-default",
        "ProcessLabel": "",
        "Mounts": [],
        "Config": {"User": "", "Image": "nginx:1.27"},
    }
    top = {key: value for key, value in changes.items() if key in whole}
    return whole | top | {"HostConfig": asked | {key: value for key, value in changes.items() if key not in whole}}


def bundle(**changes: object) -> dict[str, Any]:
    """The `config.json` that dockerd writes for `inspection()`; keys of `process` and `linux` are changed by name."""
    names = changes.pop("caps", list(DOCKER.capabilities))
    process = {
        "user": {"uid": 0, "gid": 0},
        "capabilities": {"bounding": names, "effective": names, "permitted": names},
        "apparmorProfile": "docker-default",
    }
    linux = {
        "namespaces": [{"type": kind} for kind in SPACES],
        "maskedPaths": list(DOCKER.masked_paths),
        "readonlyPaths": list(DOCKER.read_only_paths),
        "resources": {"devices": [{"allow": False, "access": "rwm"}]},
        "seccomp": None,
    }
    here = {key: value for key, value in changes.items() if key in ("mounts", "root")}
    process |= {key: value for key, value in changes.items() if key in ("user", "noNewPrivileges", "apparmorProfile")}
    linux |= {key: value for key, value in changes.items() if key not in here and key not in process}
    return {"ociVersion": "1.2.1", "process": process, "linux": linux, "root": {"readonly": False}, "mounts": [], **here}


def read(document: object) -> Workload:
    (item,) = container_document.parse(json.dumps(document).encode())
    return container_documents.workload(item, "document")


def without(namespace: str) -> list[dict[str, str]]:
    return [{"type": kind} for kind in SPACES if kind != namespace]


MOUNT = {"Type": "bind", "Source": "/srv", "Destination": "/data", "Mode": "ro", "RW": False, "Propagation": "rprivate"}
SPEC_MOUNT = {"destination": "/data", "type": "bind", "source": "/srv", "options": ["rbind", "ro", "rprivate"]}
SHARED_MEMORY = SPEC_MOUNT | {"destination": "/dev/shm", "source": "/dev/shm", "options": ["rbind", "rprivate"]}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "default": ({}, {}),
    "user": ({"Config": {"User": "1000:2000"}}, {"user": {"uid": 1000, "gid": 2000}}),
    "added": ({"CapAdd": ["CAP_SYS_PTRACE"]}, {"caps": [*DOCKER.capabilities, "CAP_SYS_PTRACE"]}),
    "dropped": ({"CapDrop": ["NET_RAW"]}, {"caps": [name for name in DOCKER.capabilities if name != "CAP_NET_RAW"]}),
    "all-dropped": ({"CapDrop": ["ALL"], "CapAdd": ["CAP_CHOWN"]}, {"caps": ["CAP_CHOWN"]}),
    "no-new": ({"SecurityOpt": ["no-new-privileges"]}, {"noNewPrivileges": True}),
    "host-pid": ({"PidMode": "host"}, {"namespaces": without("pid")}),
    "host-net": ({"NetworkMode": "host"}, {"namespaces": without("network")}),
    "host-ipc": ({"IpcMode": "host"}, {"namespaces": without("ipc"), "mounts": [SHARED_MEMORY]}),
    "own-cgroup": ({"CgroupnsMode": "private"}, {"namespaces": [*without(""), {"type": "cgroup"}]}),
    "joined": (
        {"PidMode": f"container:{'cd' * 32}"},
        {"namespaces": [*without("pid"), {"type": "pid", "path": "/proc/1234/ns/pid"}]},
    ),
    "read-only": ({"ReadonlyRootfs": True}, {"root": {"readonly": True}}),
    "mount": ({"Mounts": [MOUNT]}, {"mounts": [SPEC_MOUNT]}),
    "device": (
        {"Devices": [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "rwm"}]},
        {"devices": [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229}]},
    ),
    "unmasked": (
        {"MaskedPaths": None, "ReadonlyPaths": None, "SecurityOpt": ["systempaths=unconfined"]},
        {"maskedPaths": None, "readonlyPaths": None},
    ),
    "no-apparmor": ({"AppArmorProfile": "unconfined"}, {"apparmorProfile": "unconfined"}),
}
SAID_BY_BOTH = (
    *("privileged", "uid", "gid", "uid_map", "gid_map", "capabilities", "no_new_privileges", "namespaces", "lsm"),
    *("mounts", "devices", "read_only_root", "masked_paths", "read_only_paths", "kernel"),
)


@pytest.mark.parametrize("name", CASES)
def test_docker_inspect_and_the_bundle_agree(name: str) -> None:
    asked, written = CASES[name]
    inspected, spec = read(inspection(**asked)).confinement, read(bundle(**written)).confinement
    for field in SAID_BY_BOTH:
        assert getattr(inspected, field) == getattr(spec, field), field


def test_the_profile_that_docker_keeps_in_the_option_is_the_bundles() -> None:
    inspected = read(inspection(SecurityOpt=[f"seccomp={json.dumps(PROFILE)}"])).confinement.syscalls
    spec = read(bundle(seccomp=PROFILE)).confinement.syscalls
    assert isinstance(inspected, Known)
    assert isinstance(spec, Known)
    assert msgspec.structs.replace(inspected.value, profile="") == msgspec.structs.replace(spec.value, profile="")


@pytest.mark.parametrize(
    ("version", "alg"), [("29.4.1", Passage.ALLOWED), ("29.4.2", Passage.DENIED), ("", Passage.ALLOWED)]
)
def test_the_default_profile_is_that_of_the_engines_version(version: str, alg: Passage) -> None:
    (item,) = container_document.parse(json.dumps([inspection()]).encode())
    workload = container_documents.workload(item, "document", version)
    assert isinstance(workload.confinement.syscalls, Known)
    assert passage(workload.confinement.syscalls.value, "socket", {0: 38}) is alg
    assert workload.confinement.assumed("syscalls")


def test_a_privileged_container_of_docker() -> None:
    found = read(inspection(Privileged=True, MaskedPaths=None, ReadonlyPaths=None, AppArmorProfile="unconfined"))
    confinement = found.confinement
    assert confinement.privileged == Known(True)
    assert isinstance(confinement.capabilities, Known)
    assert confinement.capabilities.value.effective == mask_of(["ALL"])
    assert isinstance(confinement.syscalls, Known)
    assert confinement.syscalls.value.absent
    assert confinement.lsm == Known(Lsm(module="apparmor", label="unconfined"))
    assert confinement.masked_paths == Known(())


def test_names_in_the_image_are_not_known() -> None:
    confinement = read(inspection(Config={"User": "nginx"})).confinement
    assert isinstance(confinement.uid, Unknown)
    assert isinstance(confinement.gid, Unknown)
    assert isinstance(confinement.capabilities, Unknown)


@pytest.mark.parametrize(
    ("runtime", "kernel"),
    [
        ("runc", Kernel.HOST),
        ("crun", Kernel.HOST),
        ("io.containerd.kata.v2", Kernel.GUEST),
        ("kata-runtime", Kernel.GUEST),
        ("runsc", Kernel.SENTRY),
        ("io.containerd.runsc.v1", Kernel.SENTRY),
    ],
)
def test_the_runtimes_name_says_whose_kernel_it_is(runtime: str, kernel: Kernel) -> None:
    confinement = read(inspection(Runtime=runtime)).confinement
    assert confinement.kernel == Known(kernel)
    assert isinstance(confinement.syscalls, Known) == (kernel is Kernel.HOST)


CRI: dict[str, Any] = {
    "status": {
        "id": "ef" * 32,
        "metadata": {"attempt": 0, "name": "app"},
        "state": "CONTAINER_RUNNING",
        "image": {"annotations": {}, "image": "docker.io/library/nginx:1.27", "userSpecifiedImage": ""},
        "imageRef": "docker.io/library/nginx@sha256:" + "2" * 64,
        "labels": {
            "io.kubernetes.container.name": "app",
            "io.kubernetes.pod.name": "web-0",
            "io.kubernetes.pod.namespace": "shop",
        },
        "mounts": [],
    },
    "info": {
        "sandboxID": "12" * 32,
        "pid": 815,
        "runtimeType": "io.containerd.runc.v2",
        "config": {"linux": {"security_context": {"privileged": False}}},
        "runtimeSpec": bundle(),
    },
}
RECORD = {
    "ID": "ef" * 32,
    "Image": "docker.io/library/nginx:1.27",
    "Labels": CRI["status"]["labels"],
    "Runtime": {"Name": "io.containerd.runc.v2", "Options": None},
    "SnapshotKey": "ef" * 32,
    "Spec": bundle(),
}


@pytest.mark.parametrize("document", [CRI, RECORD, [CRI], [RECORD]], ids=["crictl", "ctr", "crictl-list", "nerdctl"])
def test_records_with_the_specification_inside(document: object) -> None:
    found = read(document)
    assert str(found.identity) == "shop/Pod/web-0/app"
    assert (found.engine, found.container_id) == ("containerd", "ef" * 32)
    spec = read(bundle()).confinement
    for field in Confinement.__struct_fields__:
        if field != "evidence":
            assert getattr(found.confinement, field) == getattr(spec, field), field


def test_a_kata_pod_by_cri_has_a_guest() -> None:
    info = CRI["info"] | {"runtimeType": "io.containerd.kata-qemu.v2", "runtimeSpec": bundle(seccomp=PROFILE)}
    confinement = read(CRI | {"info": info}).confinement
    assert confinement.kernel == Known(Kernel.GUEST)
    assert isinstance(confinement.syscalls, Unknown)


def test_podmans_ipc_mode_is_believed_only_beside_its_command() -> None:
    """Podman 4.3 says `shareable` of a container that has the host's IPC namespace."""
    podman = {"OCIRuntime": "runc", "ImageName": "nginx", "EffectiveCaps": [], "BoundingCaps": []}
    base = inspection(IpcMode="shareable") | podman

    def ipc(command: list[str] | None) -> Sharing | None:
        spaces = read(base | {"Config": {"User": "0", "CreateCommand": command}}).confinement.namespaces
        assert isinstance(spaces, Known)
        return spaces.value.get(Namespace.IPC)

    assert ipc(None) is None
    assert ipc(["podman", "run", "--ipc=host", "nginx"]) is Sharing.HOST
    assert ipc(["podman", "run", "--ipc", "host", "nginx"]) is Sharing.HOST
    assert ipc(["podman", "run", "nginx", "--ipc=host"]) is Sharing.OWN


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "no container in it"),
        ("{}", "none of these"),
        ("[1]", "description of a container"),
        ('{"status": {"id": "a"}, "info": {"runtimeSpec": null}}', "no OCI specification"),
        ('{"Id": "a", "HostConfig": {}}', "Privileged"),
        ("nonsense", "description of a container"),
    ],
)
def test_what_describes_no_container_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "document.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableInput, match=said) as told:
        list(container_documents.collect(Target("container-document", str(file)), World(node="", today="2026-01-01")))
    assert told.value.where == str(file)


def test_a_bundle_of_a_rootless_engine_does_not_tell_its_ids() -> None:
    """It has no user namespace of its own: it is started inside the engine's."""
    root = {"path": "/home/ann/.local/share/containers/storage/vfs/dir/1", "readonly": False}
    confinement = read(bundle(root=root)).confinement
    assert isinstance(confinement.uid_map, Unknown)
    assert isinstance(confinement.namespaces, Known)
    assert confinement.namespaces.value[Namespace.USER] is Sharing.OTHER


def test_a_device_that_is_bound_is_a_device() -> None:
    """So rootless engines give devices, and people with `-v /dev/kvm:/dev/kvm`."""
    kvm = SPEC_MOUNT | {"destination": "/dev/kvm", "source": "/dev/kvm"}
    null = SPEC_MOUNT | {"destination": "/dev/null", "source": "/dev/null"}
    confinement = read(bundle(mounts=[kvm, null, SPEC_MOUNT])).confinement
    assert confinement.devices == Known(("/dev/kvm",))
    assert isinstance(confinement.mounts, Known)
    assert [item.destination for item in confinement.mounts.value] == ["/data"]
    mounts = [MOUNT | {"Source": "/dev/kvm", "Destination": "/dev/kvm"}]
    assert read(inspection(Mounts=mounts)).confinement.devices == Known(("/dev/kvm",))
