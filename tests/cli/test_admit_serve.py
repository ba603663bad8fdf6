"""`ringfence admit serve` as a process: it listens, answers over TLS that a client verifies, and drains on SIGTERM."""

import base64
import contextlib
import http.client
import json
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.test_main import HOME, SOURCE, ringfence
from ringfence.server.certificates import CONFIGURATIONS
from worlds import fake_api_server
from worlds.served import certificates

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


@contextlib.contextmanager
def served(folder: Path, *words: str) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """The server as a process, and its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ringfence", "admit", "serve", "--policy", "p.yaml", "--listen", "127.0.0.1:0", *words],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(HOME), "PYTHONPATH": SOURCE},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "listens on 127.0.0.1:" in line
        yield process, int(line.rpartition(":")[2])
    finally:
        process.kill()
        process.communicate()


def asked(port: int, bundle: str, method: str, path: str) -> bytes:
    context = ssl.create_default_context(cadata=bundle)
    client = http.client.HTTPSConnection("localhost", port, context=context, timeout=20)
    try:
        client.request(method, path, json.dumps(REVIEW), {"Content-Type": "application/json"})
        return client.getresponse().read()
    finally:
        client.close()


def test_it_serves_and_ends(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(POLICY)
    with served(tmp_path, "--certificates", "certificates", "--log", "all") as (process, port):
        bundle = (tmp_path / "certificates" / "ca.crt").read_text()
        answer = json.loads(asked(port, bundle, "POST", "/validate"))
        assert answer["response"]["status"]["message"].startswith("policy no-host: [hostNetwork]")
        assert asked(port, bundle, "GET", "/readyz") == b"ok\n"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
        assert [json.loads(line)["event"] for line in out.splitlines()] == ["validate", "draining"]
        assert (tmp_path / "certificates" / "tls.key").stat().st_mode & 0o077 == 0


def test_in_a_cluster_the_api_server_is_told_whom_to_believe(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(POLICY)
    path = f"{CONFIGURATIONS}/validatingwebhookconfigurations/ringfence-admission"
    with fake_api_server.running(tmp_path, certificates()) as api:
        api.put(path, {"webhooks": [{"name": "pods.admission.ringfence.io", "clientConfig": {}}]})
        api.put("/api/v1/namespaces/gate/secrets/certificates", {"kind": "Secret"})
        words = ["--certificates", "secret:gate/certificates", "--events", "--api-server", api.url]
        with served(tmp_path, *words, "--api-ca", api.authority, "--api-token", api.token) as (_, port):
            bundle = base64.b64decode(api.objects[path]["webhooks"][0]["clientConfig"]["caBundle"]).decode()
            assert not json.loads(asked(port, bundle, "POST", "/validate"))["response"]["allowed"]
            for _ in range(200):
                if any("/events/" in name for name in api.objects):
                    break
                time.sleep(0.05)
            assert any("/namespaces/shop/events/" in name for name in api.objects)
        assert set(api.objects["/api/v1/namespaces/gate/secrets/certificates"]["data"]) >= {"tls.crt", "tls.key"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--policy", "p.yaml"], "where certificates are kept"),
        (["--policy", "missing.yaml", "--certificates", "c"], "missing.yaml"),
        (["--policy", "p.yaml", "--certificates", "c", "--listen", "here"], "is no HOST:PORT"),
        (["--policy", "p.yaml", "--tls-cert", "c"], "belong together"),
        (["--policy", "p.yaml", "--tls-cert", "p.yaml", "--tls-key", "p.yaml"], "is no certificate"),
        (["--policy", "p.yaml", "--certificates", "secret:a/b"], "cannot be had"),
        (["--policy", "p.yaml", "--certificates", "c", "--events"], "--events needs a cluster"),
        (["--policy", "p.yaml", "--certificates", "p.yaml"], "p.yaml"),
    ],
)
def test_what_cannot_be_served_is_one_line(tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "p.yaml").write_text(POLICY)
    done = ringfence("admit", "serve", *words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
