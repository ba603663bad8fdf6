"""`ringfence admit export` and `import-psp` as commands: what goes where, and the exit status."""

import json
from pathlib import Path

import pytest
import yaml

from cli.test_main import ringfence

POLICY = """apiVersion: ringfence.io/v1alpha1
kind: AdmissionPolicy
metadata: {name: no-host}
spec:
  pods: {hostNetwork: false}
"""
OLD = """apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata: {name: restricted}
spec:
  privileged: false
  allowPrivilegeEscalation: false
  requiredDropCapabilities: [ALL]
  volumes: [configMap, emptyDir, secret]
  runAsUser: {rule: MustRunAsNonRoot}
  seLinux: {rule: RunAsAny}
  fsGroup: {rule: RunAsAny}
  supplementalGroups: {rule: RunAsAny}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: psp}
rules: [{apiGroups: [policy], resources: [podsecuritypolicies], verbs: [use], resourceNames: [restricted]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: psp}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: psp}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: system:authenticated}]
"""


def test_help_shows_commands_as_they_are_typed() -> None:
    assert "  admit import-psp  " in ringfence("--help").stdout
    assert ringfence("admit", "import-psp", "--help").stdout.startswith("usage: ringfence admit import-psp")


def test_export_prints_objects_and_says_what_is_left(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(POLICY)
    done = ringfence("admit", "export", "--policy", "p.yaml", "--format", "vap", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    policy, binding = yaml.safe_load_all(done.stdout)
    assert (policy["kind"], binding["kind"]) == ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
    assert policy["spec"]["validations"][0]["expression"] == "!object.spec.?hostNetwork.orValue(false)"
    left = ringfence("admit", "export", "--policy", "builtin:restricted:v1.30", cwd=tmp_path)
    assert (left.returncode, left.stdout) == (3, "")
    assert "label namespaces pod-security.kubernetes.io/enforce=restricted" in left.stderr


def test_what_is_imported_judges(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(OLD)
    done = ringfence("admit", "import-psp", "old.yaml", "--report", "notes.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert {note["policy"] for note in json.loads((tmp_path / "notes.json").read_text())} == {"restricted", "all"}
    (tmp_path / "new.yaml").write_text(done.stdout)
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}
    containers = [{"name": "c", "image": "i"}]
    (tmp_path / "plain.json").write_text(json.dumps({**pod, "spec": {"containers": containers}}))
    (tmp_path / "bad.json").write_text(json.dumps({**pod, "spec": {"containers": containers, "hostPID": True}}))
    judged = ringfence("admit", "--policy", "new.yaml", "plain.json", cwd=tmp_path)
    assert judged.returncode == 0, judged.stdout
    assert judged.stdout.startswith("allowed default/Pod/x (permit restricted)")
    assert "[hostPID]" in ringfence("admit", "--policy", "new.yaml", "bad.json", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("apiVersion: v1\nkind: Pod\n", "holds no PodSecurityPolicy"),
        (OLD.replace("privileged: false", "privileged: perhaps"), "neither true nor false"),
        (OLD.replace("privileged: false", "privilegd: false"), "is no field of a PodSecurityPolicy"),
        ("{", "line"),
    ],
)
def test_what_cannot_be_imported_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "old.yaml").write_text(text)
    done = ringfence("admit", "import-psp", "old.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
