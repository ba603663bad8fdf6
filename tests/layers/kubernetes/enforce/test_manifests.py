"""Hardened manifests: what is changed, what is left, what stays byte for byte; and that doing it twice is doing it once."""

import difflib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from formats.kubernetes_samples import OBJECTS, WITH_PODS
from ringfence.formats import kubernetes_objects, yaml_lines
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.formats.pod_security_standard import Level, Standard
from ringfence.layers.kubernetes.enforce.least_container import ALLOWED, Needed, is_meant
from ringfence.layers.kubernetes.enforce.manifests import containers, harden
from ringfence.layers.kubernetes.evaluate.pod_security import violations
from ringfence.model.knowledge import Known
from ringfence.model.least import Least

FOR_PEOPLE = frozenset(
    {
        "hostPath volumes",
        "restricted volume types",
        "hostPort",
        "forbidden sysctls",
        "probe or lifecycle host",
        "hostProcess",
        "forbidden AppArmor ",
        "forbidden AppArmor profile",
    }
)
"""Reasons that no change may take away without a person."""
LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
DUMPER = yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper
LEVELS = (None, Level.BASELINE, Level.RESTRICTED)
DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "k8s"
ROOT = Path(__file__).parents[4]


def pods(text: str) -> Iterator[PodSpec]:
    for tree in yaml_lines.read(text.encode()):
        for here in kubernetes_objects.objects(tree, "f"):
            for item in kubernetes_objects.parse(here, kubernetes_objects.name_of(here)):
                if isinstance(item, PodSpec):
                    yield item


def check(text: str, level: Level | None) -> str:
    """The laws that hold for every manifest; the hardened text."""
    done = harden(text.encode(), "f.yaml", level)
    again = harden(done.text.encode(), "f.yaml", level)
    assert (again.text, again.made) == (done.text, ()), "twice is once"
    assert bool(done.made) is (done.text != text)
    before, after = yaml.load_all(text, LOADER), yaml.load_all(done.text, LOADER)
    for old, new in zip(before, after, strict=True):
        if isinstance(old, dict):
            assert {key: value for key, value in new.items() if key not in ("spec", "template", "items")} == {
                key: value for key, value in old.items() if key not in ("spec", "template", "items")
            }
    if level is not None:
        for pod in pods(done.text):
            rest = {item.reason.removesuffix("profiles") for item in violations(pod, Standard(level=level))}
            assert rest <= FOR_PEOPLE, (rest, done.text)
    check_needs(text, level)
    return done.text


def check_needs(text: str, level: Level | None) -> None:
    """The laws where one container's needs are told: twice is once, and it has what it needs as far as the level lets it."""
    names = containers(text.encode())
    much = Least(capabilities=("CHOWN", "SYS_ADMIN"), seccomp="p.json", writable=("/var/lib/a",), temporary=("/tmp",))
    for least in (Least(capabilities=(), writable=()), much):
        if not names:
            return
        needed = Needed(container=names[0], least=least)
        done = harden(text.encode(), "f.yaml", level, needed)
        assert harden(done.text.encode(), "f.yaml", level, needed).text == done.text
        for pod in pods(done.text):
            for item in pod.containers:
                if not is_meant(item, needed) or pod.os == "windows":
                    continue
                changed = item.security.capabilities.value
                assert isinstance(changed, Known)
                allowed = set(least.capabilities or ()) & ALLOWED.get(level or Level.PRIVILEGED, {"CHOWN", "SYS_ADMIN"})
                assert set(changed.value.add) == allowed, done.left
                assert "ALL" in changed.value.drop
                assert all(any(m.destination == path for m in item.mounts) for path in least.temporary) or item.mounts


BARE = """# the shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web   # its name
spec:
  template:
    spec:
      # one container
      containers:
        - name: web
          image: i    # pinned later
---
# nothing of ours
kind: Something
"""


def test_defaults_are_added_and_nothing_else_is_touched() -> None:
    done = harden(BARE.encode(), "f.yaml", None)
    lines = [line for line in difflib.ndiff(BARE.splitlines(), done.text.splitlines()) if line[0] in "+-"]
    assert all(line.startswith("+") for line in lines)
    assert yaml.safe_load(done.text.split("---")[0])["spec"]["template"]["spec"] == {
        "automountServiceAccountToken": False,
        "containers": [
            {
                "name": "web",
                "image": "i",
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "readOnlyRootFilesystem": True,
                },
            }
        ],
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    }
    assert all(made.caveat for made in done.made)
    assert {made.object for made in done.made} == {"Deployment/web"}


def test_what_is_written_is_never_overruled_without_a_level() -> None:
    text = BARE.replace("image: i ", "securityContext: {privileged: true, runAsUser: 0}\n          image: i ")
    done = yaml.safe_load(harden(text.encode(), "f.yaml", None).text.split("---")[0])["spec"]["template"]["spec"]
    assert done["containers"][0]["securityContext"] == {
        "privileged": True,
        "runAsUser": 0,
        "readOnlyRootFilesystem": True,
    }


def test_a_level_is_reached_or_what_is_left_is_told() -> None:
    text = BARE.replace("      # one", "      hostPID: true\n      volumes: [{name: v, hostPath: {path: /}}]\n      # one")
    done = harden(text.encode(), "f.yaml", Level.RESTRICTED)
    assert "hostPID: false" in done.text
    assert done.left == (
        'f.yaml: Deployment/web: restricted volume types (volume "v" uses restricted volume type "hostPath")',
    )


def test_comments_behind_the_last_document_stay() -> None:
    text = BARE + "---\n# the end\n"
    assert harden(text.encode(), "f.yaml", None).text.endswith("kind: Something\n---\n# the end\n")
    assert harden(b"# only\n", "f.yaml", None).text == "# only\n"


def test_templates_and_broken_documents_stay() -> None:
    text = "a: {{ .Values.x }}\n---\nkind: [\n---\n" + BARE
    done = harden(text.encode(), "f.yaml", None)
    assert done.text.startswith("a: {{ .Values.x }}\n---\nkind: [\n---\n# the shop")
    assert len(done.left) == 2
    assert done.made


@given(st.sampled_from(OBJECTS), st.sampled_from(LEVELS), st.booleans())
def test_laws_over_every_kind(value: dict[str, object], level: Level | None, flow: bool) -> None:
    text = json.dumps(value, indent=2) if flow else yaml.safe_dump(value, sort_keys=False)
    check(text, level)


@pytest.mark.parametrize("level", LEVELS)
def test_lists(level: Level | None) -> None:
    check(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(WITH_PODS.values())}), level)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "examples").rglob("*.*l")) + sorted((ROOT / "examples").rglob("*.json")), ids=str
)
@pytest.mark.parametrize("level", LEVELS)
def test_the_examples(path: Path, level: Level | None) -> None:
    text = path.read_text()
    changed = check(text, level)
    if path.parent.name == "good":
        assert changed == text, "what is good stays as it is"


@pytest.mark.conformance
@pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with k8s")
def test_every_pod_of_the_standards_data() -> None:
    count = 0
    for line in (DATA / "psa" / "cases.jsonl").read_text().splitlines():
        pod = json.loads(line)["pod"]
        for level in LEVELS:
            check(yaml.dump(pod, Dumper=DUMPER), level)
            count += 1
    assert count == 3 * 380


@pytest.mark.conformance
@pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with k8s")
def test_every_manifest_of_other_tools() -> None:
    count = 0
    for name in ("trivy-checks", "polaris", "kube-linter"):
        for line in (DATA / name / "cases.jsonl").read_text().splitlines():
            for value in json.loads(line).get("objects", ()):
                text = yaml.dump(value, Dumper=DUMPER, sort_keys=False)
                done = harden(text.encode(), "f", Level.RESTRICTED)
                assert harden(done.text.encode(), "f", Level.RESTRICTED).text == done.text
                if not done.left:
                    assert not any(violations(pod, Standard(level=Level.RESTRICTED)) for pod in pods(done.text))
                count += 1
    assert count > 1500
