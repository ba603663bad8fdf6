"""Each rule with a pod that breaks it and one that keeps it; demands, permits, exceptions, modes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admission.attempts import TODAY, attempt, permit, pod, policy, review
from formats.kubernetes_samples import POD_SPEC
from ringfence.admission.answering import sift
from ringfence.admission.evidence import Scan
from ringfence.admission.judging import IMAGE_RULES, POD_RULES, Decision, decide
from ringfence.formats.admission_language import POD_FIELDS, RULE_NAMES
from ringfence.formats.admission_policy import AdmissionPolicy, SignatureRule
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Maybe, Unknown

HOST = {"volumes": [{"name": "h", "hostPath": {"path": "/var/log/app"}}]}
MOUNTED = {"volumeMounts": [{"name": "h", "mountPath": "/h"}]}


def secure(**context: object) -> dict[str, Any]:
    return {"securityContext": context}


RULES: dict[str, tuple[object, dict[str, Any], dict[str, Any]]] = {
    "privileged": (False, pod(container=secure(privileged=True)), pod()),
    "allowPrivilegeEscalation": (False, pod(), pod(container=secure(allowPrivilegeEscalation=False))),
    "allowedCapabilities": (
        ["CHOWN"],
        pod(container=secure(capabilities={"add": ["cap_sys_admin"]})),
        pod(container=secure(capabilities={"add": ["CAP_CHOWN"]})),
    ),
    "requiredDropCapabilities": (
        ["KILL"],
        pod(container=secure(capabilities={"drop": ["ALL"], "add": ["KILL"]})),
        pod(container=secure(capabilities={"drop": ["all"]})),
    ),
    "readOnlyRootFilesystem": (True, pod(), pod(container=secure(readOnlyRootFilesystem=True))),
    "hostNetwork": (False, pod({"hostNetwork": True}), pod()),
    "hostPID": (False, pod({"hostPID": True}), pod()),
    "hostIPC": (False, pod({"hostIPC": True}), pod()),
    "hostPorts": (
        [{"min": 8000, "max": 9000}],
        pod(container={"ports": [{"containerPort": 80, "hostPort": 80}]}),
        pod(container={"ports": [{"containerPort": 80, "hostPort": 9000}]}),
    ),
    "volumes": (["emptyDir"], pod(HOST), pod({"volumes": [{"name": "e", "emptyDir": {}}, {"name": "f"}]})),
    "allowedHostPaths": (
        [{"pathPrefix": "/var/log", "readOnly": True}],
        pod(HOST, MOUNTED),
        pod(HOST, {"volumeMounts": [{"name": "h", "mountPath": "/h", "readOnly": True}]}),
    ),
    "allowedFlexVolumes": (
        ["example/lvm"],
        pod({"volumes": [{"name": "f", "flexVolume": {"driver": "example/other"}}]}),
        pod({"volumes": [{"name": "f", "flexVolume": {"driver": "example/lvm"}}]}),
    ),
    "allowedCSIDrivers": (
        ["secrets-store"],
        pod({"volumes": [{"name": "f", "csi": {"driver": "host-path"}}]}),
        pod({"volumes": [{"name": "f", "csi": {"driver": "secrets-store"}}]}),
    ),
    "runAsUser": (
        {"rule": "MustRunAsNonRoot"},
        pod({"securityContext": {"runAsUser": 0}}, secure(runAsNonRoot=True)),
        pod({"securityContext": {"runAsUser": 0}}, secure(runAsUser=5)),
    ),
    "runAsGroup": (
        {"rule": "MustRunAs", "ranges": [{"min": 5, "max": 6}]},
        pod(),
        pod({"securityContext": {"runAsGroup": 5}}),
    ),
    "fsGroup": (
        {"rule": "MayRunAs", "ranges": [{"min": 5, "max": 6}]},
        pod({"securityContext": {"fsGroup": 7}}),
        pod(),
    ),
    "supplementalGroups": (
        {"rule": "MustRunAs", "ranges": [{"min": 5, "max": 6}]},
        pod({"securityContext": {"supplementalGroups": [5, 7]}}),
        pod({"securityContext": {"supplementalGroups": [5, 6]}}),
    ),
    "seLinux": (
        {"rule": "MustRunAs", "options": [{"type": "container_t", "level": "s0:c1,c2"}]},
        pod(container=secure(seLinuxOptions={"type": "container_t"})),
        pod({"securityContext": {"seLinuxOptions": {"type": "container_t", "level": "s0:c2,c1"}}}),
    ),
    "seccompProfiles": (
        ["Localhost/profiles/*"],
        pod(),
        pod(container=secure(seccompProfile={"type": "Localhost", "localhostProfile": "profiles/web.json"})),
    ),
    "appArmorProfiles": (
        ["RuntimeDefault", "Unset"],
        pod({"securityContext": {"appArmorProfile": {"type": "Unconfined"}}}),
        pod(),
    ),
    "allowedProcMountTypes": (["Default"], pod(container=secure(procMount="Unmasked")), pod()),
    "allowedSysctls": (
        ["net.*"],
        pod({"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}),
        pod({"securityContext": {"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]}}),
    ),
    "allowedUnsafeSysctls": (
        [],
        pod({"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}),
        pod({"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}}),
    ),
    "forbiddenSysctls": (
        ["net.ipv4.*"],
        pod({"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}}),
        pod(),
    ),
    "allowedRuntimeClasses": (["gvisor"], pod({"runtimeClassName": "kata"}), pod()),
    "automountServiceAccountToken": (False, pod(), pod({"automountServiceAccountToken": False})),
    "hostUsers": (False, pod(), pod({"hostUsers": False})),
    "windowsHostProcess": (False, pod({"securityContext": {"windowsOptions": {"hostProcess": True}}}), pod()),
    "allowedProbeHosts": (
        [],
        pod(container={"livenessProbe": {"httpGet": {"port": 80, "host": "10.0.0.1"}}}),
        pod(container={"livenessProbe": {"httpGet": {"port": 80}}}),
    ),
    "ephemeralContainers": (False, pod({"ephemeralContainers": [{"name": "d", "image": "d"}]}), pod()),
}
"""By field: its value, a pod that breaks it, and one that keeps it."""


def refused(policies: list[AdmissionPolicy], value: dict[str, Any], **request: object) -> Decision:
    return decide(policies, attempt(value, **request), TODAY)


def test_every_field_has_its_rule_and_its_cases() -> None:
    assert {field.name for field in POD_FIELDS} == set(POD_RULES) == set(RULES)
    assert set(POD_RULES) | set(IMAGE_RULES) <= RULE_NAMES


@pytest.mark.parametrize("name", RULES)
def test_a_rule_refuses_and_lets_pass(name: str) -> None:
    value, bad, good = RULES[name]
    asked = policy(pods={name: value})
    decision = refused([asked], bad)
    assert not decision.allowed
    assert {item.rule for item in decision.judgements[0].broken} == {name}
    assert f"[{name}]" in decision.denials[0]
    assert refused([asked], good).allowed
    assert refused([policy()], bad).allowed, "what is not said is not asked"


@pytest.mark.parametrize("name", RULES)
def test_every_kind_of_container_is_looked_at(name: str) -> None:
    value, bad, _ = RULES[name]
    container = bad["spec"]["containers"][0]
    if set(container) <= {"name", "image"} or name == "ephemeralContainers":
        return
    for part in ("initContainers", "ephemeralContainers"):
        spec = {**bad["spec"], "containers": [{"name": "plain", "image": "i"}], part: [container]}
        decision = refused([policy(pods={name: value})], {**bad, "spec": spec})
        assert 'container "c"' in decision.denials[0]


def test_windows_pods_need_no_linux_settings() -> None:
    asked = policy(pods={name: RULES[name][0] for name in ("allowPrivilegeEscalation", "seccompProfiles", "runAsGroup")})
    assert refused([asked], pod({"os": {"name": "windows"}})).allowed
    assert not refused([asked], pod({"nodeSelector": {"kubernetes.io/os": "windows"}})).allowed


@pytest.mark.parametrize(
    ("rules", "image", "fine"),
    [
        ({"allowed": ["registry.example/*"]}, "registry.example/team/app:1", True),
        ({"allowed": ["registry.example/*"]}, "registry.example.evil.org/app", False),
        ({"allowed": ["registry.example*"]}, "registry.example.evil.org/app", False),
        ({"allowed": ["nginx"]}, "docker.io/library/nginx:1.27", True),
        ({"allowed": ["nginx"]}, "evil.org/nginx", False),
        ({"allowed": ["team/*"]}, "docker.io/team/app@sha256:" + "0" * 64, True),
        ({"allowed": []}, "nginx", False),
        ({"forbidden": ["docker.io/*"]}, "nginx", False),
        ({"forbidden": ["docker.io/*"]}, "index.docker.io/library/nginx", False),
        ({"forbidden": ["docker.io/*"]}, "Not An Image", False),
        ({"forbiddenTags": ["latest"]}, "nginx", False),
        ({"forbiddenTags": ["latest"]}, "localhost:5000/nginx", False),
        ({"forbiddenTags": ["latest"]}, "nginx@sha256:" + "0" * 64, True),
        ({"digest": True}, "nginx:1.27", False),
        ({"digest": True}, "nginx:1.27@sha256:" + "0" * 64, True),
    ],
)
def test_images_by_their_names(rules: dict[str, object], image: str, fine: bool) -> None:
    assert refused([policy(images=rules)], pod(container={"image": image})).allowed is fine


class Told:
    """Evidence that was told beforehand, and counts how often it is asked."""

    def __init__(self, refusal: Maybe[str], scan: Maybe[Scan | None]) -> None:
        self.refusal, self.found, self.asked = refusal, scan, 0

    def refused(self, image: str, rule: SignatureRule) -> Maybe[str]:
        del image, rule
        self.asked += 1
        return self.refusal

    def scan(self, image: str) -> Maybe[Scan | None]:
        del image
        self.asked += 1
        return self.found


SCAN = Scan(digest="sha256:0", day="2026-05-20", worst=Severity.HIGH, secrets=2)
SIGNED = {"signatures": [{"images": ["registry.example/*"], "keys": ["k.pub"]}]}


@pytest.mark.parametrize(
    ("rules", "told", "said"),
    [
        (SIGNED, Told(Known(""), Known(None)), ""),
        (SIGNED, Told(Known("none holds"), Known(None)), "too few vouch: none holds"),
        (
            SIGNED,
            Told(Unknown("the registry is away"), Known(None)),
            "cannot be told who vouches for it: the registry is away",
        ),
        ({"scan": {"failOn": "critical", "allowSecrets": True}}, Told(Known(""), Known(SCAN)), ""),
        ({"scan": {"failOn": "high", "allowSecrets": True}}, Told(Known(""), Known(SCAN)), "something high"),
        ({"scan": {}}, Told(Known(""), Known(SCAN)), "found 2 secrets"),
        ({"scan": {"allowSecrets": True, "maxAgeDays": 7}}, Told(Known(""), Known(SCAN)), "is 12 days old"),
        ({"scan": {}}, Told(Known(""), Known(None)), "was not scanned"),
        ({"scan": {"allowUnscanned": True}}, Told(Known(""), Known(None)), ""),
        ({"scan": {}}, Told(Known(""), Unknown("no folder")), "no scan can be read: no folder"),
    ],
)
def test_images_by_what_is_known_of_them(rules: dict[str, object], told: Told, said: str) -> None:
    decision = decide([policy(images=rules)], attempt(pod()), TODAY, told)
    assert decision.allowed is not bool(said)
    assert said in "".join(decision.denials)
    assert told.asked


def test_nobody_is_asked_of_an_image_where_the_pod_is_refused_anyway() -> None:
    told = Told(Known(""), Known(None))
    asked = [policy("a", images=SIGNED), policy("b", pods={"hostNetwork": False})]
    assert not decide(asked, attempt(pod({"hostNetwork": True})), TODAY, told).allowed
    assert not told.asked


def test_modes() -> None:
    spec = {"pods": {"hostNetwork": False}}
    asked = [policy("a", mode="audit", **spec), policy("w", mode="warn", **spec)]
    decision = refused(asked, pod({"hostNetwork": True}))
    assert decision.allowed
    assert decision.warnings[0].startswith("policy w")
    assert decision.audit[0].startswith("policy a")


def test_a_template_is_warned_of_and_never_refused() -> None:
    template = {"spec": {"containers": [{"name": "c", "image": "i"}], "hostNetwork": True}}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": template}}
    decision = refused(
        [policy(pods={"hostNetwork": False})],
        deployment,
        resource={"group": "apps", "version": "v1", "resource": "deployments"},
    )
    assert decision.allowed
    assert "hostNetwork" in decision.warnings[0]


MATCHES: list[tuple[dict[str, object], dict[str, str] | None, bool]] = [
    ({}, None, True),
    ({"namespaces": ["shop"]}, None, True),
    ({"namespaces": ["sh*"]}, None, True),
    ({"namespaces": ["web"]}, None, False),
    ({"exceptNamespaces": ["sh*"]}, None, False),
    ({"namespaceSelector": {"matchLabels": {"a": "b"}}}, {"a": "b"}, True),
    ({"namespaceSelector": {"matchLabels": {"a": "b"}}}, {}, False),
    ({"namespaceSelector": {"matchLabels": {"a": "b"}}}, None, True),
    ({"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}}, {}, True),
    ({"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}}, {"a": "b"}, False),
    ({"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}}, None, False),
]


@pytest.mark.parametrize(("match", "labels", "meant"), MATCHES)
def test_whom_a_policy_is_for(match: dict[str, object], labels: dict[str, str] | None, meant: bool) -> None:

    told: Maybe[dict[str, str]] = Known(labels) if labels is not None else Unknown("not told")
    (asked,) = sift(review(pod({"hostNetwork": True})), told).attempts
    assert decide([policy(match=match, pods={"hostNetwork": False})], asked, TODAY).allowed is not meant


@pytest.mark.parametrize(
    ("use", "fine"),
    [
        ({"users": ["ann"]}, True),
        ({"users": ["bob"]}, False),
        ({"users": ["system:serviceaccount:shop:default"]}, True),
        ({"groups": ["dev"]}, True),
        ({"groups": ["ops"]}, False),
        ({"groups": ["system:serviceaccounts:shop"]}, True),
        ({"groups": ["system:serviceaccounts:web"]}, False),
        ({"serviceAccounts": ["shop:default"]}, True),
        ({"serviceAccounts": ["web:*"]}, False),
        ({}, False),
    ],
)
def test_who_may_use_a_permit(use: dict[str, object], fine: bool) -> None:
    decision = refused([permit("p", use)], pod())
    assert decision.allowed is fine
    assert decision.permit == ("p" if fine else "")
    if not fine:
        assert "may be used by ann" in decision.denials[0]


def test_a_pod_needs_one_permit_and_all_demands() -> None:
    everyone: dict[str, object] = {"groups": ["system:authenticated"]}
    strict, loose = permit("a-strict", everyone), permit("b-loose", everyone, hostNetwork=True)
    on_host = pod({"hostNetwork": True})
    assert refused([strict, loose], on_host).permit == "b-loose"
    assert refused([strict, loose], pod()).permit == "a-strict", "the first by name that fits"
    assert not refused([strict], on_host).allowed
    assert not refused([strict, loose, policy("c", pods={"hostNetwork": False})], on_host).allowed


def test_exceptions() -> None:
    bad = pod({"hostNetwork": True, "hostPID": True}, name="agent")
    pods = {"hostNetwork": False, "hostPID": False}

    def judged(**exception: object) -> Decision:
        return refused([policy(pods=pods, exceptions=[{"reason": "agreed", **exception}])], bad)

    assert judged(names=["agent"]).allowed
    assert judged(names=["agent"], namespaces=["shop"], users=["ann"], serviceAccounts=["shop:default"]).allowed
    assert not judged(names=["other"]).allowed
    assert not judged(users=["bob"]).allowed
    only = judged(names=["agent"], rules=["hostNetwork"])
    assert [item.rule for item in only.judgements[0].broken] == ["hostPID"]
    assert [item.reason for item in only.judgements[0].excused] == ["agreed"]
    assert judged(names=["agent"], until="2026-06-01").allowed
    lapsed = judged(names=["agent"], until="2026-05-31")
    assert not lapsed.allowed
    assert "ran out on 2026-05-31" in lapsed.warnings[0]


def test_an_exception_for_an_image_excuses_its_containers_alone() -> None:
    both = [
        {"name": "a", "image": "registry.example/agent:1", "securityContext": {"privileged": True}},
        {"name": "b", "image": "registry.example/app:1", "securityContext": {"privileged": True}},
    ]
    asked = policy(
        pods={"privileged": False, "hostNetwork": False},
        exceptions=[{"reason": "agreed", "images": ["registry.example/agent"]}],
    )
    decision = refused([asked], pod({"containers": both}))
    assert [item.container for item in decision.judgements[0].broken] == ["b"]
    assert refused([asked], pod({"containers": both[:1]})).allowed
    assert not refused([asked], pod({"containers": both[:1], "hostNetwork": True})).allowed, "the pod's own is not excused"


def test_what_cannot_be_read_is_refused() -> None:
    decision = refused([policy(pods={"privileged": False})], pod(container=secure(privileged="yes")))
    assert "[unreadable]" in decision.denials[0]


SPECS = st.fixed_dictionaries({}, optional={name: st.just(value) for name, (value, _, _) in RULES.items()})
PODS = st.sampled_from([case for _, bad, good in RULES.values() for case in (bad, good)] + [pod(POD_SPEC)])


@given(SPECS, SPECS, PODS)
def test_another_demand_never_lets_a_pod_pass(
    one: dict[str, object], other: dict[str, object], value: dict[str, Any]
) -> None:
    first, second = policy("a", pods=one), policy("b", pods=other)
    both = refused([first, second], value)
    assert both.allowed is (refused([first], value).allowed and refused([second], value).allowed)
    assert both == refused([second, first], value), "the order of files does not count"


@given(SPECS, PODS, st.sampled_from([{"names": ["web"]}, {"images": ["*"]}, {"users": ["bob"]}]))
def test_an_exception_never_refuses(one: dict[str, object], value: dict[str, Any], who: dict[str, object]) -> None:
    plain = refused([policy(pods=one)], value)
    excused = refused([policy(pods=one, exceptions=[{"reason": "r", **who}])], value)
    left = {json.dumps([item.rule, item.message]) for item in excused.judgements[0].broken}
    assert left <= {json.dumps([item.rule, item.message]) for item in plain.judgements[0].broken}
