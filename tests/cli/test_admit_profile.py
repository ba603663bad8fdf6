"""From a recording to defaults: what was seen to be needed is what a pod of the image gets."""

import json
from pathlib import Path

import pytest

from cli.test_main import ringfence
from ringfence.formats.recording import encode
from ringfence.model.knowledge import Known
from ringfence.model.recording import Access, CallUse, CapabilityUse, FileUse, Phase, Recording

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {
        "containers": [{"name": "c", "image": "registry.example/web:1"}, {"name": "d", "image": "registry.example/other"}]
    },
}


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    files = (
        FileUse(path="/var/cache/web/1", access=Access.WRITE, phase=Phase.SERVING),
        FileUse(path="/var/cache/web/seed", access=Access.READ, phase=Phase.START_UP),
        FileUse(path="/tmp/x", access=Access.WRITE, phase=Phase.SERVING),
    )
    made = Recording(
        calls=(CallUse(name="read", phase=Phase.SERVING),),
        capabilities=Known((CapabilityUse(name="CAP_CHOWN", phase=Phase.START_UP, had=True, calls=("chown",)),)),
        files=Known(files),
    )
    (tmp_path / "run.json").write_bytes(encode(made))
    (tmp_path / "pod.json").write_text(json.dumps(POD))
    return tmp_path


def test_a_pod_gets_what_was_recorded_of_its_image(recording: Path) -> None:
    words = ("admit", "profile", "run.json", "--image", "registry.example/web", "--seccomp", "Localhost/web.json")
    made = ringfence(*words, cwd=recording)
    assert made.returncode == 3, "something must be looked at"
    assert "/var/cache/web: files of the image are read there" in made.stderr
    (recording / "p.yaml").write_text(made.stdout)
    done = ringfence("admit", "--policy", "p.yaml", "pod.json", "--format", "json", cwd=recording)
    (judged,) = json.loads(done.stdout)
    changes = {item["path"]: item["value"] for item in judged["patch"]}
    context = "/spec/containers/0/securityContext"
    assert changes[context] == {"seccompProfile": {"type": "Localhost", "localhostProfile": "web.json"}}
    assert changes[f"{context}/capabilities"] == {"drop": ["ALL"]}
    assert changes[f"{context}/capabilities/add"] == ["CHOWN"]
    assert changes["/spec/containers/0/volumeMounts"] == [{"name": "c-tmp", "mountPath": "/tmp"}]
    assert changes["/spec/containers/0/volumeMounts/-"] == {"name": "c-var-cache-web", "mountPath": "/var/cache/web"}
    assert "/spec/containers/1/securityContext/capabilities/add" not in changes


def test_what_makes_no_sense_is_refused(recording: Path) -> None:
    done = ringfence("admit", "profile", "run.json", "--image", "x", "--seccomp", "web.json", cwd=recording)
    assert (done.returncode, "Localhost/NAME" in done.stderr) == (2, True)
    assert ringfence("admit", "profile", "pod.json", "--image", "x", cwd=recording).returncode == 2
