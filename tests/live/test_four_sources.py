"""One container told by four sources: its bundle, Podman's inspection, the pod that asked for it, and /proc.

What a source cannot tell it must say; what it tells must be what the others tell. Pods are made by `podman kube play` of
the very manifest that is read. Needs root, podman, runc and busybox-static.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from ringfence.io.world import Target, World
from ringfence.knowledge.runtime_defaults import default_capabilities, default_filter, defaults
from ringfence.layers.kernel.collect import running_kernel
from ringfence.layers.kubernetes.collect import manifests
from ringfence.layers.runtime.collect import container_documents, running_containers
from ringfence.model.confinement import Confinement, Sharing
from ringfence.model.knowledge import Known
from ringfence.model.linux import Namespace
from ringfence.model.syscall_filter import SyscallFilter
from ringfence.model.workload import Workload

BUSYBOX = next((path for path in ("/bin/busybox", "/usr/bin/busybox") if Path(path).exists()), "")
MISSING = [name for name in ("podman", "runc") if shutil.which(name) is None]
MISSING += [] if BUSYBOX else ["busybox-static"]
MISSING += [] if os.geteuid() == 0 else ["root"]
pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}")]

PREFIX = f"rff-{os.getpid()}"
IMAGE = f"localhost/{PREFIX}:1"
CASES = {
    "default": "--network=none",
    "privileged": "--network=none --privileged",
    "privileged-user": "--network=none --privileged --user=1000",
    "user": "--network=none --user=1000:2000 --cap-add=SYS_PTRACE",
    "least": "--network=none --user=1000 --cap-drop=all --read-only --security-opt=no-new-privileges",
    "remapped": "--network=none --uidmap=0:100000:65536 --gidmap=0:100000:65536 --cap-add=NET_ADMIN",
    "host": "--pid=host --network=host --ipc=host --uts=host",
    "own-cgroup": "--network=none --cgroupns=private",
    "unmasked": "--network=none --security-opt=unmask=ALL --security-opt=seccomp=unconfined",
    "masked": "--network=none --security-opt=mask=/proc/uptime --security-opt=unmask=/proc/acpi",
    "device": "--network=none --device=/dev/fuse",
    "volume": "--network=none -v /etc/alternatives:/data:ro,rslave -v /etc/alternatives:/more",
}
PODS = {
    "pod-root": {"runAsUser": 0, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE", "SYS_PTRACE"]}},
    "pod-user": {
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
    },
}
CONF = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
runtime = "runc"
infra_image = "{image}"
"""
KERNEL_TELLS = ("uid", "gid", "uid_map", "gid_map", "capabilities", "no_new_privileges", "read_only_root", "kernel")
ENGINE_TELLS = (*KERNEL_TELLS, "privileged", "mounts", "masked_paths", "read_only_paths", "namespaces")


def run(*words: str, **environment: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **environment})
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr.strip()}"
    return done.stdout.strip()


def rootfs(archive: Path) -> None:
    """Busybox and nothing else."""
    with tarfile.open(archive, "w") as tar:
        for name in ("bin", "etc", "proc", "sys", "dev", "tmp", "data", "more", "host"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        tar.add(os.path.realpath(BUSYBOX), "bin/busybox")
        entry = tarfile.TarInfo("bin/sleep")
        entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(entry)
        entry = tarfile.TarInfo("etc/passwd")
        entry.size = len(b"root:x:0:0::/:/bin/sleep\n")
        tar.addfile(entry, BytesIO(b"root:x:0:0::/:/bin/sleep\n"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("sources")
    rootfs(folder / "root.tar")
    changes = ("--change", 'CMD ["/bin/sleep", "300"]', "--change", "ENV PATH=/bin")
    run("podman", "import", "-q", *changes, str(folder / "root.tar"), IMAGE)
    yield folder
    run("podman", "rmi", "--force", IMAGE)


@pytest.fixture(scope="module")
def containers(place: Path) -> Iterator[dict[str, str]]:
    """The ids of all containers by case."""
    conf = place / "containers.conf"
    conf.write_text(CONF.format(image=IMAGE), encoding="utf-8")
    found: dict[str, str] = {}
    try:
        for name, line in CASES.items():
            limits = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000")
            words = ("--runtime", "runc", "run", "-d", "--name", f"{PREFIX}-{name}", *limits, *line.split(), IMAGE)
            found[name] = run("podman", *words)
        for name in PODS:
            file = place / f"{name}.yaml"
            file.write_text(json.dumps(pod(name)), encoding="utf-8")
            run("podman", "kube", "play", "--network=host", str(file), CONTAINERS_CONF=str(conf))
            found[name] = run("podman", "inspect", "--format={{.Id}}", f"{PREFIX}-{name}-app")
        yield found
    finally:
        for name in PODS:
            subprocess.run(["podman", "pod", "rm", "-f", "-t", "0", f"{PREFIX}-{name}"], capture_output=True, check=False)
        names = [f"{PREFIX}-{name}" for name in CASES]
        subprocess.run(["podman", "rm", "-f", "-t", "0", "--ignore", *names], capture_output=True, check=False)


def pod(name: str) -> dict[str, object]:
    container = {
        "name": "app",
        "image": IMAGE,
        "imagePullPolicy": "Never",
        "securityContext": PODS[name],
        "volumeMounts": [{"name": "links", "mountPath": "/host", "readOnly": True}],
    }
    spec = {
        "hostNetwork": True,
        "containers": [container],
        "volumes": [{"name": "links", "hostPath": {"path": "/etc/alternatives"}}],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"{PREFIX}-{name}"}, "spec": spec}


def by_id(workloads: tuple[Workload, ...]) -> dict[str, Confinement]:
    return {item.container_id: item.confinement for item in workloads}


@pytest.fixture(scope="module")
def bundles(containers: dict[str, str]) -> dict[str, Confinement]:
    (facts,) = running_containers.collect(Target("host", "/"), World(node="here", today="2026-01-01"))
    return {name: by_id(facts.workloads)[number] for name, number in containers.items()}


@pytest.fixture(scope="module")
def live(containers: dict[str, str]) -> dict[str, Confinement]:
    (facts,) = running_kernel.collect(Target("host", "/"), World(node="here", today="2026-01-01"))
    return {name: by_id(facts.workloads)[number] for name, number in containers.items()}


@pytest.fixture(scope="module")
def inspections(containers: dict[str, str], place: Path) -> dict[str, Confinement]:
    file = place / "inspection.json"
    file.write_text(run("podman", "inspect", *containers.values()), encoding="utf-8")
    world = World(node="here", today="2026-01-01")
    (facts,) = container_documents.collect(Target("container-document", str(file)), world)
    return {name: by_id(facts.workloads)[number] for name, number in containers.items()}


def differences(one: Confinement, two: Confinement, fields: tuple[str, ...]) -> list[str]:
    """The fields that both tell and on which they differ."""
    found = []
    for name in fields:
        mine, theirs = getattr(one, name), getattr(two, name)
        if isinstance(mine, Known) and isinstance(theirs, Known) and comparable(mine.value) != comparable(theirs.value):
            found.append(f"{name}: {mine.value} against {theirs.value}")
    return found


def comparable(value: object) -> object:
    """Paths and mounts in any order; of namespaces whether they are the host's, by those that both tell of."""
    if isinstance(value, tuple):
        return sorted(map(str, value))
    return value


def hosts(confinement: Confinement) -> dict[Namespace, bool]:
    assert isinstance(confinement.namespaces, Known)
    return {kind: whose is Sharing.HOST for kind, whose in confinement.namespaces.value.items()}


@pytest.mark.parametrize("name", [*CASES, *PODS])
def test_the_inspection_and_the_bundle_agree(
    name: str, inspections: dict[str, Confinement], bundles: dict[str, Confinement]
) -> None:
    told, written = inspections[name], bundles[name]
    fields = tuple(field for field in ENGINE_TELLS if field != "namespaces")
    assert not differences(told, written, fields)
    spaces = hosts(written)
    assert {kind: whose for kind, whose in hosts(told).items() if spaces[kind] is not whose} == {}
    if name not in ("privileged", "privileged-user"):  # then the bundle lists what the host has
        assert told.devices == written.devices


@pytest.mark.parametrize("name", [*CASES, *PODS])
def test_the_inspection_and_the_kernel_agree(
    name: str, inspections: dict[str, Confinement], live: dict[str, Confinement]
) -> None:
    told, seen = inspections[name], live[name]
    assert not differences(told, seen, KERNEL_TELLS)
    spaces = hosts(seen)
    assert {kind: whose for kind, whose in hosts(told).items() if spaces[kind] is not whose} == {}


@pytest.mark.parametrize("name", ["default", "user", "privileged", "unmasked"])
def test_the_profile_of_the_inspection_is_the_one_in_the_bundle(
    name: str, inspections: dict[str, Confinement], bundles: dict[str, Confinement]
) -> None:
    """Podman fills in its default before it writes the bundle: the same calls pass."""
    told, written = filter_of(inspections[name]), filter_of(bundles[name])
    assert told.absent == written.absent
    names = {call for rule in (*told.rules, *written.rules) for call in rule.names}
    apart = {call for call in names if answers(told, call) != answers(written, call)}
    assert not apart


def filter_of(confinement: Confinement) -> SyscallFilter:
    assert isinstance(confinement.syscalls, Known)
    return confinement.syscalls.value


def answers(filter_: SyscallFilter, call: str) -> set[tuple[object, ...]]:
    return {(rule.answer, rule.conditions) for rule in filter_.in_force(call)} or {(filter_.default,)}


@pytest.mark.parametrize("name", PODS)
def test_the_manifest_and_the_others_agree(
    name: str,
    place: Path,
    inspections: dict[str, Confinement],
    bundles: dict[str, Confinement],
    live: dict[str, Confinement],
) -> None:
    target = Target("manifests", str(place / f"{name}.yaml"))
    (facts,) = manifests.collect(target, World(node="here", today="2026-01-01"))
    (workload,) = facts.workloads
    asked = workload.confinement
    for other in (inspections[name], bundles[name], live[name]):
        fields = ("uid", "gid", "uid_map", "no_new_privileges", "read_only_root", "kernel")
        assert not differences(asked, other, fields)
        assert isinstance(asked.capabilities, Known)
        assert isinstance(other.capabilities, Known)
        assert asked.capabilities.value.effective == other.capabilities.value.effective
        assert asked.capabilities.value.bounding == other.capabilities.value.bounding
        spaces = hosts(other)
        # Podman gives a pod on the host's network a host name of its own; containerd does not.
        for kind in (Namespace.NETWORK, Namespace.PID, Namespace.IPC, Namespace.MOUNT, Namespace.USER):
            assert hosts(asked)[kind] == spaces[kind], kind
        assert isinstance(other.mounts, Known)
        assert ("/etc/alternatives", "/host", True) in {
            (item.source, item.destination, item.read_only) for item in other.mounts.value
        }


def test_podmans_default_is_the_one_we_ship_for_its_version(bundles: dict[str, Confinement]) -> None:
    """What the comparison is made with: capabilities, hidden and guarded paths, the filter call by call."""
    version = run("podman", "--version").split()[-1]
    written, shipped = bundles["default"], defaults("podman", version)
    assert isinstance(written.capabilities, Known)
    assert written.capabilities.value.bounding == default_capabilities("podman")
    assert isinstance(written.masked_paths, Known)
    assert set(written.masked_paths.value) == set(shipped.masked_paths)
    assert isinstance(written.read_only_paths, Known)
    assert set(written.read_only_paths.value) == set(shipped.read_only_paths)
    ours = default_filter("podman", default_capabilities("podman"), os.uname().release, version)
    theirs = filter_of(written)
    names = {call for rule in (*ours.rules, *theirs.rules) for call in rule.names}
    assert {call for call in names if answers(ours, call) != answers(theirs, call)} == set()


def test_a_container_is_found_by_process_name_and_id(containers: dict[str, str]) -> None:
    """As a person would name it, on the command line."""
    number = containers["user"]
    pid = run("podman", "inspect", "--format={{.State.Pid}}", number)
    pages = [
        run(sys.executable, "-m", "ringfence", "explain-confinement", word)
        for word in (pid, f"{PREFIX}-user", number, number[:12])
    ]
    assert len(set(pages)) == 1
    assert pages[0].startswith(f"container/{PREFIX}-user (podman container, {IMAGE}, by runc)\n")
    assert "shared with the host" in pages[0]
    assert "more: CAP_SYS_PTRACE" in " ".join(pages[0].split())
