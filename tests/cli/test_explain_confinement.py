"""`ringfence explain-confinement`: the page a person reads, at two widths, and what it says of a wrong name."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cli.test_main import ringfence
from report.renewal import compare

SNAPSHOTS = Path(__file__).parents[1] / "report" / "snapshots"
POD = """apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  hostPID: true
  containers:
  - name: app
    image: nginx:1.27
    securityContext:
      runAsUser: 0
      capabilities: {drop: [ALL], add: [NET_BIND_SERVICE, SYS_PTRACE]}
      seccompProfile: {type: RuntimeDefault}
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
    volumeMounts: [{name: run, mountPath: /host}]
  volumes: [{name: run, hostPath: {path: /var/run}}]
"""


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    (tmp_path / "pod.yaml").write_text(POD, encoding="utf-8")
    return str(tmp_path / "pod.yaml")


@pytest.mark.parametrize("width", [80, 160])
def test_the_page(width: int, manifest: str) -> None:
    done = ringfence("explain-confinement", manifest, f"--width={width}", "--against=docker=29.4.3")
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= width
    compare(SNAPSHOTS / f"confinement-{width}.txt", done.stdout)


def test_the_same_for_programs(manifest: str) -> None:
    (found,) = json.loads(ringfence("explain-confinement", manifest, "--format=json").stdout)
    assert found["identity"]["name"] == "web"
    assert found["confinement"]["read_only_root"] == {"type": "known", "value": True}
    interfaces = {item["name"]: item for item in found["interfaces"]}
    assert interfaces["io_uring"]["exposure"] == "open"  # containerd of unknown version: the oldest profile
    assert interfaces["kernel modules"]["closed_by"] == ["the seccomp filter", "missing capabilities"]
    assert found["against"]["engine"] == "containerd"
    assert "CAP_SYS_PTRACE" in found["against"]["capabilities_more"]
    assert found["assumed_kernel"] is True


def test_the_calls_are_those_of_the_machine(manifest: str) -> None:
    """arm64 has no 32-bit side door, no ioperm, and fewer calls."""

    def told(machine: str) -> dict[str, Any]:
        words = ("explain-confinement", manifest, f"--arch={machine}", "--format=json", "--against=docker=29.4.3")
        (found,) = json.loads(ringfence(*words).stdout)
        return dict(found)

    arm, intel = told("aarch64"), told("x86_64")
    assert (arm["architecture"], intel["architecture"]) == ("aarch64", "x86_64")
    assert 0 < arm["passing"] < arm["calls"] < intel["calls"]
    assert "ptrace" not in arm["against"]["calls_fewer"]


def test_the_target_kernel_decides(manifest: str) -> None:
    """Of a release alone little is known; what is said names it."""
    done = ringfence("explain-confinement", manifest, "--target-kernel=5.15.90")
    assert done.returncode == 0, done.stderr
    assert "Linux 5.15.90" in done.stdout
    page = " ".join(done.stdout.split())
    assert "on that kernel system calls" in page
    assert "futex_waitv (new in Linux 5.16)" in page
    assert "io_uring can be closed (new in Linux 6.6" in page
    assert "on that kernel" not in ringfence("explain-confinement", manifest).stdout


def test_kata_and_gvisor_are_judged_on_their_own_kernels(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD.replace("spec:", "spec:\n  runtimeClassName: gvisor", 1), encoding="utf-8")
    page = " ".join(ringfence("explain-confinement", str(tmp_path / "pod.yaml")).stdout.split())
    assert "gVisor's sentry, a kernel in user space" in page
    assert "not in this kernel: files by handle" in page
    assert "--oci-seccomp of gVisor" in page
    (tmp_path / "pod.yaml").write_text(POD.replace("spec:", "spec:\n  runtimeClassName: kata-qemu", 1), encoding="utf-8")
    page = " ".join(ringfence("explain-confinement", str(tmp_path / "pod.yaml")).stdout.split())
    assert "a guest's Linux, in a virtual machine of its own" in page


INSPECTION: dict[str, Any] = {
    "Id": "c0ffee" + "0" * 58,
    "Name": "/web",
    "Image": "sha256:" + "1" * 64,
    "Config": {"User": "", "Image": "nginx:1.27"},
    "AppArmorProfile": "docker-default",
    "HostConfig": {
        "Privileged": False,
        "CapAdd": ["SYS_ADMIN"],
        "CapDrop": None,
        "SecurityOpt": None,
        "CgroupnsMode": "host",
    },
}


def test_an_inspection_is_taken_as_file_and_as_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "inspection"
    file.write_text(json.dumps([INSPECTION, INSPECTION | {"Id": "d" * 64, "Name": "/db"}]), encoding="utf-8")
    done = ringfence("explain-confinement", str(file))
    assert done.returncode == 0, done.stderr
    assert "container/web (docker container, nginx:1.27)" in done.stdout
    assert "container/db" in done.stdout
    assert "more: CAP_SYS_ADMIN" in done.stdout
    assert ringfence("explain-confinement", "-", given=file.read_text(encoding="utf-8")).stdout == done.stdout


def test_a_manifest_on_standard_input_stays_one() -> None:
    done = ringfence("explain-confinement", "-", given=POD)
    assert done.returncode == 0, done.stderr
    assert "shop/Pod/web/app" in done.stdout


def test_a_bundle_is_named_by_its_folder(tmp_path: Path) -> None:
    spec = {"ociVersion": "1.0.2", "linux": {}, "process": {"user": {"uid": 0}}}
    (tmp_path / "config.json").write_text(json.dumps(spec), encoding="utf-8")
    done = ringfence("explain-confinement", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"container/{tmp_path.name}\n")


def test_two_words_are_the_same_command(manifest: str) -> None:
    one, two = ringfence("explain-confinement", manifest), ringfence("explain", "confinement", manifest)
    assert one.stdout == two.stdout != ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no-such-container",), "no container here is called so"),
        (("{}", "--against=rkt"), "rkt: has no"),
        (("{}", "--target-kernel=new"), "neither a kernel release nor a file"),
        (("/proc/self/limits/none.json",), "Not a directory"),
    ],
)
def test_what_cannot_be_answered_is_told_in_one_line(words: tuple[str, ...], said: str, manifest: str) -> None:
    done = ringfence("explain-confinement", *(word.format(manifest) for word in words))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_host_shows_its_containers_or_says_that_none_runs() -> None:
    done = ringfence("host", "--processes")
    assert done.returncode in (0, 3), done.stderr
    assert "no container runs here" in done.stdout or "  capabilities" in done.stdout
    assert "processes of the host itself" in done.stdout


def test_the_hosts_processes_for_programs() -> None:
    done = ringfence("host", "--processes", "--format=json")
    assert done.returncode in (0, 3), done.stderr
    shown = json.loads(done.stdout)
    assert shown.keys() == {"containers", "processes"}
    mine = [group for group in shown["processes"] if os.getpid() in group["pids"]]
    assert [group["uid"] for group in mine] == [os.geteuid()] or not mine  # many of one name: the lowest are told
