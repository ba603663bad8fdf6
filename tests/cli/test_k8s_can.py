"""`ringfence k8s can`: yes or no with its reason, everything somebody may do, everybody who may."""

import json
from pathlib import Path

import pytest

from cli.test_main import ringfence

OBJECTS = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [secrets], verbs: [get, list]}
- {apiGroups: [apps], resources: [deployments], verbs: [patch], resourceNames: [web]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects:
- {kind: ServiceAccount, name: web, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: editors, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects:
- {kind: Group, name: developers}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rbac.yaml").write_text(OBJECTS)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["sa:shop:web", "get", "secrets", "-n", "shop"], 0, "yes: RoleBinding shop/readers gives ClusterRole reader"),
        (["system:serviceaccount:shop:web", "list", "secrets", "-n", "shop"], 0, "rbac.yaml:11"),
        (["sa:shop:web", "get", "secrets"], 1, "no"),
        (["sa:shop:web", "delete", "secrets", "-n", "shop"], 1, "no"),
        (["sa:shop:web", "patch", "deployments.apps", "-n", "shop", "--name", "web"], 0, "yes"),
        (["sa:shop:web", "patch", "deployments.apps", "-n", "shop"], 1, "no"),
        (["sa:shop:web", "get", "/healthz"], 0, "to system:authenticated"),
        (["group:developers", "create", "pods/exec", "-n", "shop"], 0, "ClusterRole edit"),
        (["user:eve", "create", "pods/exec", "-n", "shop", "--group", "developers"], 0, "to developers"),
        (["user:eve", "delete", "nodes", "--group", "system:masters"], 0, "system:masters may do everything"),
    ],
)
def test_yes_or_no(folder: Path, words: list[str], status: int, said: str) -> None:
    done = ringfence("k8s", "can", *words, "--from", "rbac.yaml", cwd=folder)
    assert (done.returncode, done.stderr) == (status, "")
    assert said in done.stdout


def test_everything_somebody_may_do(folder: Path) -> None:
    done = ringfence("k8s", "can", "sa:shop:web", cwd=folder)
    through = "RoleBinding shop/readers gives ClusterRole reader to system:serviceaccount:shop:web, ./rbac.yaml:11 roleRef"
    assert done.stdout.splitlines() == [
        "in namespace shop",
        f"  get, list: secrets  ({through})",
        f"  patch: deployments.apps named web  ({through})",
    ]
    everything = json.loads(ringfence("k8s", "can", "sa:shop:web", "--all", "--format", "json", cwd=folder).stdout)
    assert {item["binding"] for item in everything} > {"RoleBinding/readers", "ClusterRoleBinding/system:discovery"}
    assert "may do nothing but what everybody may" in ringfence("k8s", "can", "user:eve", cwd=folder).stdout


def test_everybody_who_may(folder: Path) -> None:
    done = ringfence("k8s", "can", "--who", "get", "secrets", "-n", "shop", cwd=folder)
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["ServiceAccount system", "Group developers"]
    nobody = ringfence("k8s", "can", "--who", "get", "secrets", "-n", "bank", cwd=folder)
    assert (nobody.returncode, nobody.stdout) == (1, "nobody but the cluster's own (--all names them)\n")


def test_a_role_that_is_not_there_is_said(folder: Path) -> None:
    (folder / "rbac.yaml").write_text(OBJECTS.replace("name: edit}", "name: elsewhere}"))
    done = ringfence("k8s", "can", "group:developers", "get", "pods", "-n", "shop", cwd=folder)
    assert done.returncode == 3
    assert "ClusterRole elsewhere, which editors grants, is not among these objects" in done.stdout


@pytest.mark.parametrize(
    "words", [["nobody"], ["sa:web"], ["user:"], ["sa:shop:web", "get"], ["--who", "get"], ["sa:a:b", "get", "pods", "now"]]
)
def test_wrong_usage_is_one_line(folder: Path, words: list[str]) -> None:
    done = ringfence("k8s", "can", *words, cwd=folder)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
