"""`ringfence explain-confinement`: the page a person reads, at two widths, and what it says of a wrong name."""

import json
from pathlib import Path

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


def test_two_words_are_the_same_command(manifest: str) -> None:
    one, two = ringfence("explain-confinement", manifest), ringfence("explain", "confinement", manifest)
    assert one.stdout == two.stdout != ""


@pytest.mark.parametrize(
    ("words", "said"),
    [(("no-such-container",), "no container here is called so"), (("{}", "--against=rkt"), "rkt: has no")],
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
