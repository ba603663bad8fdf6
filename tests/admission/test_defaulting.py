"""What is written into pods: only additions, twice is once, and the result keeps what the defaults claim."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admission.attempts import TODAY, attempt, permit, pod, policy, review
from formats.kubernetes_samples import POD_SPEC
from ringfence.admission import builtin
from ringfence.admission.answering import MIRROR, mutate, validate
from ringfence.admission.patching import Patched, pointer
from ringfence.formats import json_tree
from ringfence.formats.admission_policy import AdmissionPolicy
from ringfence.formats.admission_review import Operation
from ringfence.formats.document_tree import Cursor
from ringfence.formats.kubernetes_objects import name_of, parse
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.formats.pod_security_standard import standard
from ringfence.layers.kubernetes.evaluate.pod_security import violations

RESTRICTED = builtin.named("builtin:restricted-with-defaults")
EVERYTHING = policy(
    defaults={
        "addCapabilities": ["CHOWN"],
        "dropCapabilities": ["ALL"],
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "writablePaths": ["/tmp", "/var/cache/app/"],
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1001,
        "fsGroup": 1002,
        "supplementalGroups": [5],
        "seLinuxOptions": {"type": "container_t"},
        "seccompProfile": "RuntimeDefault",
        "appArmorProfile": "RuntimeDefault",
        "runtimeClassName": "gvisor",
        "automountServiceAccountToken": False,
        "hostUsers": False,
        "profiles": [
            {
                "images": ["registry.example/app"],
                "seccompProfile": "Localhost/profiles/app.json",
                "addCapabilities": ["NET_BIND_SERVICE"],
                "writablePaths": ["/run/app"],
            }
        ],
    }
)


def applied(value: dict[str, Any], operations: tuple[Operation, ...]) -> dict[str, Any]:
    """The object after a JSON Patch, as RFC 6902 says, by code that shares nothing with ours."""
    result: Any = json.loads(json.dumps(value))  # not deepcopy: generated values share parts
    for item in operations:
        assert item.as_json()["op"] == "add"
        *parents, last = (step.replace("~1", "/").replace("~0", "~") for step in item.path.split("/")[1:])
        here = result
        for step in parents:
            here = here[int(step)] if isinstance(here, list) else here[step]
        if isinstance(here, list):
            assert last == "-"
            here.append(copy.deepcopy(item.value))
        else:
            assert here.get(last) is None, f"{item.path} would replace what is there"
            here[last] = copy.deepcopy(item.value)
    found: dict[str, Any] = result
    return found


def patched(value: dict[str, Any], *policies: AdmissionPolicy) -> dict[str, Any]:
    return applied(value, mutate(review(value), policies, TODAY).answer.patch)


def kept(before: object, after: object) -> bool:
    """Whether everything that was there is there still."""
    if isinstance(before, dict) and isinstance(after, dict):
        return all(name in after and kept(value, after[name]) for name, value in before.items() if value is not None)
    if isinstance(before, list) and isinstance(after, list):
        return len(after) >= len(before) and all(kept(old, new) for old, new in zip(before, after, strict=False))
    return before == after


def test_everything_is_written_where_nothing_is() -> None:
    after = patched(pod(), EVERYTHING)
    assert after["spec"] == {
        "automountServiceAccountToken": False,
        "runtimeClassName": "gvisor",
        "hostUsers": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 1001,
            "fsGroup": 1002,
            "supplementalGroups": [5],
            "seLinuxOptions": {"type": "container_t"},
            "seccompProfile": {"type": "RuntimeDefault"},
            "appArmorProfile": {"type": "RuntimeDefault"},
        },
        "volumes": [
            {"name": "c-tmp", "emptyDir": {}},
            {"name": "c-var-cache-app", "emptyDir": {}},
            {"name": "c-run-app", "emptyDir": {}},
        ],
        "containers": [
            {
                "name": "c",
                "image": "registry.example/app:1",
                "securityContext": {
                    "seccompProfile": {"type": "Localhost", "localhostProfile": "profiles/app.json"},
                    "readOnlyRootFilesystem": True,
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
                },
                "volumeMounts": [
                    {"name": "c-tmp", "mountPath": "/tmp"},
                    {"name": "c-var-cache-app", "mountPath": "/var/cache/app"},
                    {"name": "c-run-app", "mountPath": "/run/app"},
                ],
            }
        ],
    }


BOOLEANS = st.sampled_from([None, True, False])
SECURITY = st.fixed_dictionaries(
    {},
    optional={
        "privileged": BOOLEANS,
        "allowPrivilegeEscalation": BOOLEANS,
        "readOnlyRootFilesystem": BOOLEANS,
        "runAsNonRoot": BOOLEANS,
        "runAsUser": st.sampled_from([None, 0, 1000]),
        "capabilities": st.fixed_dictionaries(
            {},
            optional={
                "add": st.sampled_from([None, [], ["NET_BIND_SERVICE"], ["SYS_ADMIN"], ["CAP_CHOWN"]]),
                "drop": st.sampled_from([None, [], ["ALL"], ["KILL"], ["all"]]),
            },
        ),
        "seccompProfile": st.sampled_from([None, {"type": "RuntimeDefault"}, {"type": "Unconfined"}]),
    },
)
CONTAINERS = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "b", "c/d~e"]), "image": st.sampled_from(["registry.example/app:1", "nginx"])},
    optional={
        "securityContext": SECURITY,
        "volumeMounts": st.sampled_from([[], [{"name": "v", "mountPath": "/tmp"}]]),
    },
)
PODS = st.builds(
    lambda spec, containers: {**pod(spec), "spec": {**spec, "containers": containers}},
    st.fixed_dictionaries(
        {},
        optional={
            "securityContext": SECURITY.map(lambda given: {k: v for k, v in given.items() if k.startswith(("run", "sec"))}),
            "os": st.sampled_from([{"name": "windows"}, {"name": "linux"}]),
            "hostNetwork": BOOLEANS,
            "automountServiceAccountToken": BOOLEANS,
            "volumes": st.sampled_from([[], [{"name": "a-tmp", "emptyDir": {}}]]),
        },
    ),
    st.lists(CONTAINERS, min_size=1, max_size=3),
) | st.just(pod(POD_SPEC))


@given(PODS, st.sampled_from([RESTRICTED, EVERYTHING]))
def test_nothing_is_overruled_and_twice_is_once(value: dict[str, Any], asked: AdmissionPolicy) -> None:
    once = patched(value, asked)
    assert kept(value, once)
    assert mutate(review(once), (asked,), TODAY).answer.patch == ()


def spec_of(value: dict[str, Any]) -> PodSpec:
    here = Cursor(json_tree.tree(value))
    (found,) = [item for item in parse(here, name_of(here)) if isinstance(item, PodSpec)]
    return found


@given(PODS)
def test_no_standard_is_broken_by_defaults_that_was_kept(value: dict[str, Any]) -> None:
    before = {item.reason for item in violations(spec_of(value), standard("restricted"))}
    after = {item.reason for item in violations(spec_of(patched(value, RESTRICTED)), standard("restricted"))}
    assert after <= before


UNSAID = st.fixed_dictionaries(
    {},
    optional={
        "allowPrivilegeEscalation": st.sampled_from([None, False]),
        "runAsNonRoot": st.sampled_from([None, True]),
        "runAsUser": st.sampled_from([None, 1000]),
        "capabilities": st.sampled_from([{}, {"add": ["NET_BIND_SERVICE"]}, {"drop": ["ALL"]}, {"drop": ["KILL"]}]),
        "seccompProfile": st.sampled_from([None, {"type": "RuntimeDefault"}]),
    },
)


@given(
    st.lists(
        st.fixed_dictionaries({"name": st.just("c"), "image": st.just("i")}, optional={"securityContext": UNSAID}),
        min_size=1,
        max_size=3,
    ),
    st.lists(st.fixed_dictionaries({"name": st.just("i"), "image": st.just("i"), "securityContext": UNSAID}), max_size=2),
)
def test_a_pod_that_says_nothing_wrong_keeps_restricted_afterwards(
    containers: list[dict[str, Any]], first: list[dict[str, Any]]
) -> None:
    after = patched(pod({"containers": containers, "initContainers": first}), RESTRICTED)
    assert validate(review(after), (RESTRICTED,), TODAY).answer.allowed


def test_what_the_api_server_would_refuse_is_not_written() -> None:
    for context in ({"privileged": True}, {"capabilities": {"add": ["CAP_SYS_ADMIN"]}}):
        after = patched(pod(container={"securityContext": context}), RESTRICTED)
        assert "allowPrivilegeEscalation" not in after["spec"]["containers"][0]["securityContext"]
    windows = patched(pod({"os": {"name": "windows"}}), EVERYTHING)
    assert "securityContext" not in windows["spec"]
    assert "securityContext" not in windows["spec"]["containers"][0]
    root = patched(pod(container={"securityContext": {"runAsUser": 0}}), RESTRICTED)
    assert "runAsNonRoot" not in root["spec"]["securityContext"]
    on_host = patched(pod({"hostPID": True}), EVERYTHING)
    assert "hostUsers" not in on_host["spec"]


def test_mirrors_of_static_pods_and_templates_are_left_alone() -> None:
    mirror = pod(annotations={MIRROR: "x"})
    assert mutate(review(mirror), (EVERYTHING,), TODAY).answer.patch == ()
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": pod()}}
    kind = {"group": "apps", "version": "v1", "resource": "deployments"}
    assert mutate(review(deployment, resource=kind), (EVERYTHING,), TODAY).answer.patch == ()


def test_permits_first_let_pass_and_only_then_write() -> None:
    everyone: dict[str, object] = {"groups": ["system:authenticated"]}
    filled = permit("a", everyone, runAsUser={"rule": "MustRunAs", "ranges": [{"min": 7, "max": 9}]})
    filled_with_defaults = policy(
        "a", use=everyone, defaults={}, pods={**json.loads(PERMIT), "runAsUser": {"rule": "MustRunAs", "ranges": [RANGE]}}
    )
    assert mutate(review(pod()), (filled,), TODAY).answer.patch == (), "without defaults nothing is written"
    answer = mutate(review(pod()), (filled_with_defaults,), TODAY).answer
    assert answer.audit["permit"] == "a"
    assert [item.value for item in answer.patch] == [{"runAsUser": 7}]
    loose = permit("b", everyone)
    assert mutate(review(pod()), (filled_with_defaults, loose), TODAY).answer.patch == (), "one lets it pass as it is"


RANGE = {"min": 7, "max": 9}
PERMIT = json.dumps(
    {
        **dict.fromkeys(["privileged", "hostNetwork", "hostPID", "hostIPC"], False),
        "volumes": ["*"],
        "allowPrivilegeEscalation": True,
        "allowedCapabilities": [],
    }
)


def test_names_of_volumes_are_free_and_legal() -> None:
    taken = {"volumes": [{"name": "c-tmp", "emptyDir": {}}]}
    after = patched(pod(taken), policy(defaults={"readOnlyRootFilesystem": True, "writablePaths": ["/tmp", f"/{'x' * 90}"]}))
    names = [item["name"] for item in after["spec"]["volumes"]]
    assert names[:2] == ["c-tmp", "c-tmp-2"]
    assert all(len(name) <= 63 for name in names)


@pytest.mark.parametrize(("place", "text"), [(("a", 0, "b"), "/a/0/b"), (("a/b", "c~d"), "/a~1b/c~0d")])
def test_places_are_json_pointers(place: tuple[str | int, ...], text: str) -> None:
    assert pointer(place) == text


def test_a_patch_can_be_replayed() -> None:
    value = pod({"volumes": [{"name": "v"}]})
    operations = mutate(review(value), (EVERYTHING,), TODAY).answer.patch
    ours = Patched(copy.deepcopy(value))
    ours.replay(operations)
    assert ours.value == applied(value, operations)
    assert attempt(ours.value).pod.runtime_class.value is not None
