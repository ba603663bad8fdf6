"""`ringfence harden` and `ringfence k8s fix`: a diff, the files themselves, or a pipe; afterwards the judge is content."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.test_main import SOURCE, ringfence

BARE = """# the shop
apiVersion: v1
kind: Pod
metadata: {name: web}   # its name
spec:
  hostPID: true         # since 2019
  containers:
    - name: web
      image: i
"""


def test_a_diff_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(BARE)
    done = ringfence("harden", "pod.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("--- a/pod.yaml\n+++ b/pod.yaml\n@@ ")
    assert "+      securityContext:\n" in done.stdout
    assert "\n-" not in done.stdout.replace("\n--- ", "")
    assert "note: runAsNonRoot: " in done.stderr
    assert (tmp_path / "pod.yaml").read_text() == BARE


def test_fix_then_judge_is_clean(tmp_path: Path) -> None:
    file = tmp_path / "pod.yaml"
    file.write_text(BARE)
    file.chmod(0o640)
    asked = ("k8s", "--pss", "restricted", "--format", "json", "pod.yaml")
    assert json.loads(ringfence(*asked, cwd=tmp_path).stdout)["findings"]
    done = ringfence("k8s", "fix", "--level", "restricted", "pod.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads(ringfence(*asked, cwd=tmp_path).stdout)["findings"] == []
    text = file.read_text()
    assert "hostPID: false         # since 2019\n" in text
    assert text.startswith("# the shop\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert ringfence("harden", "-i", "--level", "restricted", "pod.yaml", cwd=tmp_path).returncode == 0
    assert file.read_text() == text


def test_what_is_left_is_said(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(BARE + "  volumes: [{name: v, hostPath: {path: /}}]\n")
    done = ringfence("harden", "-i", "-q", "--level", "baseline", "pod.yaml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (3, "")
    loud = ringfence("harden", "--level", "baseline", "pod.yaml", cwd=tmp_path)
    assert 'left: pod.yaml: Pod/web: hostPath volumes (volume "v")' in loud.stderr


def test_a_pipe_gives_the_whole_text(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ringfence", "harden", "-q", "-"],
        input=BARE,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("# the shop\n")
    assert "allowPrivilegeEscalation: false" in done.stdout


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"kind: [\n", "line"), (b"\xff\xfea\x00", "UTF-16"), (b"a: \xff", "UTF-8"), (b"a: {{ x }}", "template")],
)
def test_bad_input_is_one_line_and_status_2(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "x.yaml").write_bytes(data)
    done = ringfence("harden", "-i", "x.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n"), said in done.stderr) == (2, "", 1, True)
    assert (tmp_path / "x.yaml").read_bytes() == data


def test_what_is_not_there(tmp_path: Path) -> None:
    done = ringfence("harden", "gone.yaml", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
