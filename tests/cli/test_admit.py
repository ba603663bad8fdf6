"""`ringfence admit`: manifests and recorded reviews judged, the exit status, and errors on one line."""

import json
from pathlib import Path

import pytest

from cli.test_main import ringfence

POLICY = """apiVersion: ringfence.io/v1alpha1
kind: AdmissionPolicy
metadata: {name: no-host}
spec:
  pods: {hostNetwork: false}
  exceptions:
  - {reason: the agent needs it, until: 2999-12-31, names: [agent]}
"""
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec: {hostNetwork: true, containers: [{name: c, image: i}]}\n"
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec: {containers: [{name: c, image: i}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "a.yaml").write_text(POLICY)
    (tmp_path / "bad.yaml").write_text(POD.replace("NAME", "bad"))
    (tmp_path / "agent.yaml").write_text(POD.replace("NAME", "agent"))
    (tmp_path / "web.yaml").write_text(DEPLOYMENT)
    return tmp_path


def test_a_refused_pod_is_status_1_and_says_why(folder: Path) -> None:
    done = ringfence("admit", "--policy", "policies", "bad.yaml", "web.yaml", cwd=folder)
    assert done.returncode == 1, done.stderr
    assert "refused default/Pod/bad" in done.stdout
    assert "policy no-host: [hostNetwork] pod must not set hostNetwork=true" in done.stdout
    assert "allowed shop/Deployment/web" in done.stdout


def test_a_folder_is_walked(folder: Path) -> None:
    (folder / "manifests" / "deep").mkdir(parents=True)
    (folder / "bad.yaml").rename(folder / "manifests" / "deep" / "bad.yaml")
    (folder / "manifests" / "values.yaml").write_text("replicas: 2\n")
    done = ringfence("admit", "--policy", "policies", "manifests", cwd=folder)
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("refused default/Pod/bad") == 1
    (folder / "empty").mkdir()
    assert ringfence("admit", "--policy", "policies", "empty", cwd=folder).returncode == 2


def test_an_exception_is_told(folder: Path) -> None:
    done = ringfence("admit", "--policy", "policies", "agent.yaml", cwd=folder)
    assert done.returncode == 0, done.stdout
    assert "the agent needs it (until 2999-12-31)" in done.stdout


def test_defaults_make_a_deployment_keep_restricted(folder: Path) -> None:
    words = ("admit", "web.yaml", "--format", "json")
    plain = ringfence(*words, "--policy", "builtin:restricted:v1.30", cwd=folder)
    assert plain.returncode == 1
    done = ringfence(*words, "--policy", "builtin:restricted-with-defaults:v1.30", cwd=folder)
    (judged,) = json.loads(done.stdout)
    assert (done.returncode, judged["allowed"]) == (0, True), done.stdout
    assert {change["op"] for change in judged["patch"]} == {"add"}
    assert all(change["path"].startswith("/spec/template/spec/") for change in judged["patch"])
    as_is = ringfence(*words, "--policy", "builtin:restricted-with-defaults:v1.30", "--as-is", cwd=folder)
    assert as_is.returncode == 1


def test_a_recorded_review_is_judged(folder: Path) -> None:
    request = {
        "uid": "1",
        "operation": "CREATE",
        "namespace": "shop",
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "object": {"metadata": {"name": "x"}, "kind": "Pod", "apiVersion": "v1", "spec": {"hostNetwork": True}},
    }
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    (folder / "review.json").write_text(json.dumps(review))
    done = ringfence("admit", "--policy", "policies", "--review", "review.json", cwd=folder)
    assert done.returncode == 1
    assert "refused shop/Pod/x" in done.stdout


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--policy", "policies"], 2, "nothing to judge is named"),
        (["--policy", "missing", "bad.yaml"], 2, "missing"),
        (["--policy", "bad.yaml", "bad.yaml"], 2, "is not AdmissionPolicy"),
        (["--policy", "builtin:strict", "bad.yaml"], 2, "is no policy of ours"),
        (["--policy", "policies", "--policy", "policies/a.yaml", "--policy", "twice.yaml", "bad.yaml"], 2, "taken twice"),
        (["--policy", "policies", "twice.yaml"], 0, "no pod"),
        (["--policy", "policies", "broken.yaml"], 3, "unread"),
        (["--policy", "policies", "empty.yaml"], 2, "holds no object"),
    ],
)
def test_what_cannot_be_done(folder: Path, words: list[str], status: int, said: str) -> None:
    (folder / "twice.yaml").write_text(POLICY)
    (folder / "broken.yaml").write_text("apiVersion: v1\nkind: [\n")
    (folder / "empty.yaml").write_text("# nothing\n")
    done = ringfence("admit", *words, cwd=folder)
    assert done.returncode == status, (done.stdout, done.stderr)
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
