"""`ringfence k8s`: the examples are judged as their README says, and bad input is one line and status 2."""

import json
from pathlib import Path

import pytest

from cli.test_main import ringfence

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
WORST = {
    "bad/debug-pod.yaml": {"privileged-container", "host-namespace-shared", "image-tag-mutable", "runs-as-root"},
    "bad/ci-runner.yaml": {"runtime-socket-mounted", "cluster-admin-binding", "secret-in-arguments"},
    "bad/log-shipper.yaml": {"writable-host-path", "dangerous-capability", "unconfined-seccomp"},
    "bad/payments.yaml": {"secret-in-arguments", "secret-in-config-map", "secret-value-in-manifest", "ingress-without-tls"},
    "bad/operator.yaml": {
        "wildcard-permission",
        "secrets-readable-by-role",
        "pod-exec-permission",
        "dangerous-capability",
    },
    "bad/legacy-list.json": {"host-port", "host-namespace-shared", "service-exposed", "missing-resource-limits"},
}
"""Rules that must speak about each example."""


def test_the_bad_examples_show_what_they_are_there_for() -> None:
    done = ringfence("k8s", "examples/", "--format", "json", cwd=ROOT, HOME="/nonexistent")
    assert done.returncode in (0, 3), done.stderr
    found: dict[str, set[str]] = {}
    for finding in json.loads(done.stdout)["findings"]:
        if finding["severity"] in ("low", "negligible"):
            assert finding["location"]["path"].startswith("examples/")
        else:
            assert "/good/" not in finding["location"]["path"], finding
        found.setdefault(finding["location"]["path"], set()).add(finding["rule"])
        assert finding["location"]["line"] > 0, finding
    for path, rules in WORST.items():
        assert rules <= found[f"examples/{path}"], path


def test_the_good_examples_pass_the_gate() -> None:
    done = ringfence("k8s", "examples/good", "--format", "json", "--fail-on", "medium", cwd=ROOT, HOME="/nonexistent")
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    assert report["workloads"]
    assert report["status"]["result"] == "succeeded"


def test_every_example_has_its_line_in_the_readme() -> None:
    readme = (EXAMPLES / "README.md").read_text()
    files = [path for path in EXAMPLES.rglob("*") if path.suffix in (".yaml", ".json")]
    assert len(files) >= len(WORST)
    for path in files:
        assert f"| `{path.relative_to(EXAMPLES)}` |" in readme, path


BAD: dict[str, tuple[bytes, str]] = {
    "broken.yaml": (b"apiVersion: v1\nkind: Pod\nspec: [\n", "line"),
    "empty.yaml": (b"", "holds no Kubernetes object"),
    "values.yaml": (b"replicas: 3\n", "holds no Kubernetes object"),
    "binary.yaml": (b"\x7fELF\x02\x01\x01\x00\xff\xfe", "not"),
    "chart.yaml": (b"kind: Pod\napiVersion: v1\nmetadata: {{ .Values.m }}\nspec:\n{{ x }}\n", "template"),
    "types.yaml": (b"apiVersion: v1\nkind: Pod\nspec: {containers: 7}\n", "spec.containers is not a list"),
    "twice.yaml": (b"apiVersion: v1\nkind: Pod\nkind: Pod\n", "already set"),
    "bomb.yaml": (
        b"a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 12)),
        "limit",
    ),
    "deep.yaml": (b"apiVersion: v1\nkind: Pod\nspec: " + b"[" * 5000, "nesting depth"),
    "deep.json": (b'{"apiVersion": "v1", "kind": "Pod", "spec": ' + b'{"a":' * 50_000, "depth"),
    "\x1b[31m.yaml": (b"[", "line"),
}


@pytest.mark.parametrize("name", BAD, ids=[repr(name) for name in BAD])
def test_bad_input_is_one_line_and_status_2(tmp_path: Path, name: str) -> None:
    data, said = BAD[name]
    (tmp_path / name).write_bytes(data)
    done = ringfence("k8s", name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ringfence: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert "\x1b" not in done.stderr


def test_what_is_not_there_is_one_line_and_status_2(tmp_path: Path) -> None:
    done = ringfence("k8s", "gone.yaml", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n"), "gone.yaml" in done.stderr) == (2, 1, True)


POD = b"""apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: c
    image: i
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
"""


def test_one_standard_alone(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_bytes(POD)
    (tmp_path / "bad.yaml").write_bytes(POD.replace(b"drop: [ALL]", b"add: [SYS_ADMIN]"))
    asked = ("--pss", "restricted:v1.30", "--format", "json", "--fail-on", "low")
    good = ringfence("k8s", *asked, "good.yaml", cwd=tmp_path)
    assert (good.returncode, json.loads(good.stdout)["findings"]) == (0, [])
    bad = ringfence("k8s", *asked, "bad.yaml", cwd=tmp_path)
    assert bad.returncode == 1
    (finding,) = json.loads(bad.stdout)["findings"]
    assert (finding["rule"], finding["location"]["path"], finding["location"]["line"]) == (
        "pod-security-violated",
        "bad.yaml",
        9,
    )
    assert finding["evidence"]["forbidden"] == (
        'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]; '
        'container "c" must not include "SYS_ADMIN" in securityContext.capabilities.add)'
    )
    old = ringfence("k8s", "--pss", "baseline:v1.0", "--format", "json", "bad.yaml", cwd=tmp_path)
    assert "non-default capabilities" in json.loads(old.stdout)["findings"][0]["evidence"]["forbidden"]


def test_the_labels_of_a_namespace_are_honoured(tmp_path: Path) -> None:
    namespace = b"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n"
    namespace += (
        b"    pod-security.kubernetes.io/enforce: restricted\n    pod-security.kubernetes.io/enforce-version: v1.21\n"
    )
    bad = POD.replace(b"drop: [ALL]", b"add: [SYS_ADMIN]").replace(b"{name: p}", b"{name: p, namespace: shop}")
    (tmp_path / "all.yaml").write_bytes(namespace + b"---\n" + bad)
    found = json.loads(ringfence("k8s", "--format", "json", "all.yaml", cwd=tmp_path).stdout)["findings"]
    said = [item["evidence"]["forbidden"] for item in found if item["rule"] == "pod-security-violated"]
    # Version 1.21 has the baseline's words for capabilities still.
    assert said == [
        'non-default capabilities (container "c" must not include "SYS_ADMIN" in securityContext.capabilities.add)'
    ]


@pytest.mark.parametrize("text", ["strict", "restricted:v2.0", "restricted:", ""])
def test_a_standard_that_does_not_exist(tmp_path: Path, text: str) -> None:
    (tmp_path / "good.yaml").write_bytes(POD)
    done = ringfence("k8s", f"--pss={text}", "good.yaml", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n"), "--pss" in done.stderr) == (2, 1, True)
