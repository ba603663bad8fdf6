"""`ringfence harden` with a recording: a diff first, the file only on request, and the way back."""

from pathlib import Path

import pytest
import yaml

from cli.test_main import ringfence
from ringfence.formats.recording import encode
from ringfence.model.knowledge import Known
from ringfence.model.recording import Access, CapabilityUse, FileUse, Phase, Recording

POD = """apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web        # ours
      image: localhost/web
      securityContext: {privileged: true}
    - name: side
      image: localhost/side
"""
UNIT = "[Container]\nImage=localhost/web\n"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    made = Recording(
        capabilities=Known((CapabilityUse(name="CAP_CHOWN", phase=Phase.START_UP, had=True),)),
        files=Known((FileUse(path="/var/lib/web/x", access=Access.WRITE, phase=Phase.SERVING),)),
    )
    (tmp_path / "run.json").write_bytes(encode(made))
    path = tmp_path / "web.container"
    path.write_text(UNIT)
    return path


def test_a_plan_is_shown_and_nothing_written(unit: Path) -> None:
    done = ringfence("harden", str(unit), "--recording", str(unit.parent / "run.json"))
    assert done.returncode == 0, done.stderr
    assert "+AddCapability=CHOWN" in done.stdout
    assert "+Tmpfs=/var/lib/web" in done.stdout
    assert "may break" in done.stderr
    assert unit.read_text() == UNIT


def test_applied_and_undone(unit: Path) -> None:
    words = ("harden", str(unit), "--recording", str(unit.parent / "run.json"))
    for _ in range(2):
        assert ringfence(*words, "--apply").returncode == 0
    assert "DropCapability=ALL" in unit.read_text()
    assert ringfence(*words).stdout == ""
    assert ringfence("harden", str(unit), "--undo").returncode == 0
    assert unit.read_text() == UNIT
    again = ringfence("harden", str(unit), "--undo")
    assert again.returncode == 2
    assert "nothing to undo" in again.stderr


def test_a_command_line_is_answered_with_a_command_line() -> None:
    done = ringfence("harden", "--command", "podman run web", "--profile", "web.json")
    assert done.stdout == "podman run --security-opt=no-new-privileges --security-opt=seccomp=web.json web\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say what to harden"),
        (("/etc/hostname",), "other forms: *.container"),
        (("/no/such.container",), "No such file"),
        (("--command", "ls"), "not a valid command line"),
    ],
)
def test_a_wrong_wish_is_one_line(words: tuple[str, ...], said: str) -> None:
    done = ringfence("harden", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_pod_gets_what_was_recorded_and_no_more(unit: Path) -> None:
    pod = unit.parent / "pod.yaml"
    pod.write_text(POD)
    words = ("harden", "pod.yaml", "--recording", "run.json", "--profile", "web.json", "--apply")
    asked = ringfence(*words, cwd=unit.parent)
    assert (asked.returncode, asked.stderr.count("\n"), "--container: web, side" in asked.stderr) == (2, 1, True)
    assert ringfence(*words, "--container", "web", cwd=unit.parent).returncode == 0
    once = pod.read_text()
    web, side = yaml.safe_load(once)["spec"]["containers"]
    assert web["securityContext"]["privileged"] is False
    assert web["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["CHOWN"]}
    assert web["securityContext"]["seccompProfile"] == {"type": "Localhost", "localhostProfile": "web.json"}
    assert web["securityContext"]["readOnlyRootFilesystem"] is True
    assert web["volumeMounts"] == [{"name": "writable-var-lib-web", "mountPath": "/var/lib/web"}]
    assert yaml.safe_load(once)["spec"]["volumes"] == [{"name": "writable-var-lib-web", "emptyDir": {}}]
    assert "volumeMounts" not in side
    assert "# ours" in once
    assert ringfence(*words, "--container", "web", cwd=unit.parent).returncode == 0
    assert pod.read_text() == once, "twice is once"
    assert ringfence("harden", "pod.yaml", "--undo", cwd=unit.parent).returncode == 0
    assert pod.read_text() == POD


def test_a_level_forbids_what_is_needed_and_that_is_left(unit: Path) -> None:
    (unit.parent / "pod.yaml").write_text(POD)
    words = ("harden", "pod.yaml", "--recording", "run.json", "--container", "web", "--level", "restricted")
    done = ringfence(*words, cwd=unit.parent)
    assert done.returncode == 3
    assert "left: pod.yaml: Pod/web: web was seen to need CAP_CHOWN, which restricted forbids" in done.stderr


def test_a_service_of_systemd(unit: Path) -> None:
    service = unit.parent / "web.service"
    service.write_text("[Service]\nExecStart=/usr/bin/true\n")
    assert ringfence("harden", "web.service", "--recording", "run.json", "-i", cwd=unit.parent).returncode == 0
    text = service.read_text()
    assert "CapabilityBoundingSet=CAP_CHOWN\n" in text
    assert "ReadWritePaths=-/var/lib/web\n" in text
