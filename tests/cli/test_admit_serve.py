"""`ringfence admit serve` as a process: it listens, answers over TLS that a client verifies, and drains on SIGTERM."""

import http.client
import json
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from cli.test_main import HOME, SOURCE, ringfence

POLICY = """apiVersion: ringfence.io/v1alpha1
kind: AdmissionPolicy
metadata: {name: no-host}
spec: {pods: {hostNetwork: false}}
"""
REVIEW = {
    "apiVersion": "admission.k8s.io/v1",
    "kind": "AdmissionReview",
    "request": {
        "uid": "1",
        "operation": "CREATE",
        "namespace": "shop",
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"hostNetwork": True}},
    },
}


def test_it_serves_and_ends(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(POLICY)
    words = ["admit", "serve", "--policy", "p.yaml", "--certificates", "certificates", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ringfence", *words, "--log", "all"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(HOME), "PYTHONPATH": SOURCE},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    assert "listens on 127.0.0.1:" in line
    context = ssl.create_default_context(cafile=str(tmp_path / "certificates" / "ca.crt"))
    client = http.client.HTTPSConnection("localhost", int(line.rpartition(":")[2]), context=context, timeout=20)
    client.request("POST", "/validate", json.dumps(REVIEW), {"Content-Type": "application/json"})
    answer = json.loads(client.getresponse().read())
    assert answer["response"]["status"]["message"].startswith("policy no-host: [hostNetwork]")
    client.request("GET", "/readyz")
    assert client.getresponse().read() == b"ok\n"
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    client.close()
    assert process.returncode == 0, err
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["validate", "draining"]
    assert (tmp_path / "certificates" / "tls.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--policy", "p.yaml"], "where certificates are kept"),
        (["--policy", "missing.yaml", "--certificates", "c"], "missing.yaml"),
        (["--policy", "p.yaml", "--certificates", "c", "--listen", "here"], "is no HOST:PORT"),
        (["--policy", "p.yaml", "--tls-cert", "c"], "belong together"),
        (["--policy", "p.yaml", "--tls-cert", "p.yaml", "--tls-key", "p.yaml"], "is no certificate"),
        (["--policy", "p.yaml", "--certificates", "secret:a/b"], "cannot be had"),
        (["--policy", "p.yaml", "--certificates", "p.yaml"], "p.yaml"),
    ],
)
def test_what_cannot_be_served_is_one_line(tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "p.yaml").write_text(POLICY)
    done = ringfence("admit", "serve", *words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
