"""The policy language: what is read can be written and read again, and whatever is not known names its line and place."""

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.kubernetes_samples import spoiled
from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import admission_language
from ringfence.formats.admission_policy import AdmissionPolicy, Mode, Span
from ringfence.model.location import Location

EVERYTHING: dict[str, Any] = {
    "mode": "warn",
    "description": "everything that can be said",
    "standard": "baseline:v1.30",
    "match": {
        "namespaces": ["web", "team-*"],
        "exceptNamespaces": ["kube-system"],
        "namespaceSelector": {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "c", "operator": "Exists"}]},
        "podSelector": {"matchExpressions": [{"key": "d", "operator": "NotIn", "values": ["e"]}]},
    },
    "use": {"users": ["ann"], "groups": ["dev"], "serviceAccounts": ["web:*"]},
    "pods": {
        "privileged": False,
        "allowPrivilegeEscalation": False,
        "allowedCapabilities": ["CAP_NET_BIND_SERVICE"],
        "requiredDropCapabilities": ["ALL"],
        "readOnlyRootFilesystem": True,
        "hostNetwork": False,
        "hostPID": False,
        "hostIPC": False,
        "hostPorts": [{"min": 80, "max": 90}],
        "volumes": ["configMap", "csi", "flexVolume", "hostPath"],
        "allowedHostPaths": [{"pathPrefix": "/var/log", "readOnly": True}],
        "allowedFlexVolumes": ["example/lvm"],
        "allowedCSIDrivers": ["csi.example"],
        "runAsUser": {"rule": "MustRunAsNonRoot"},
        "runAsGroup": {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 9}]},
        "fsGroup": {"rule": "MayRunAs", "ranges": [{"min": 1, "max": 9}]},
        "supplementalGroups": {"rule": "RunAsAny"},
        "seLinux": {"rule": "MustRunAs", "options": [{"type": "container_t", "level": "s0:c1,c2"}]},
        "seccompProfiles": ["RuntimeDefault", "Localhost/profiles/*"],
        "appArmorProfiles": ["RuntimeDefault", "Unset"],
        "allowedProcMountTypes": ["Default"],
        "allowedSysctls": ["net.*"],
        "allowedUnsafeSysctls": ["kernel.msg*"],
        "forbiddenSysctls": [],
        "allowedRuntimeClasses": ["gvisor"],
        "automountServiceAccountToken": False,
        "hostUsers": False,
        "windowsHostProcess": False,
        "allowedProbeHosts": [],
        "ephemeralContainers": False,
    },
    "images": {
        "allowed": ["registry.example/*"],
        "forbidden": ["registry.example/old/*"],
        "forbiddenTags": ["latest"],
        "digest": True,
        "signatures": [{"images": ["*"], "keys": ["a.pub", "b.pub"], "atLeast": 2, "predicate": "slsaprovenance"}],
        "scan": {"failOn": "high", "allowSecrets": True, "allowUnscanned": False, "maxAgeDays": 7},
    },
    "defaults": {
        "addCapabilities": ["CHOWN"],
        "dropCapabilities": ["ALL"],
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "writablePaths": ["/tmp"],
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "fsGroup": 1000,
        "supplementalGroups": [5],
        "seLinuxOptions": {"type": "container_t"},
        "seccompProfile": "RuntimeDefault",
        "appArmorProfile": "Localhost/web",
        "runtimeClassName": "gvisor",
        "automountServiceAccountToken": False,
        "hostUsers": False,
        "profiles": [
            {"images": ["registry.example/web"], "seccompProfile": "Localhost/web.json", "writablePaths": ["/run"]}
        ],
    },
    "exceptions": [
        {
            "reason": "until it is rebuilt",
            "until": "2027-01-31",
            "rules": ["hostPorts"],
            "namespaces": ["web"],
            "names": ["a"],
        },
        {"reason": "ours", "users": ["root"], "serviceAccounts": ["a:b"], "images": ["registry.example/agent"]},
    ],
}


def document(spec: object, name: str = "p") -> bytes:
    return json.dumps(
        {"apiVersion": "ringfence.io/v1alpha1", "kind": "AdmissionPolicy", "metadata": {"name": name}, "spec": spec}
    ).encode()


def read(spec: object) -> AdmissionPolicy:
    (found,) = admission_language.read(document(spec), "p.yaml")
    return found


def placeless(policy: AdmissionPolicy) -> AdmissionPolicy:
    bare = tuple(msgspec.structs.replace(item, at=Location()) for item in policy.exceptions)
    return msgspec.structs.replace(policy, at=Location(), exceptions=bare)


def test_everything_that_can_be_said_is_read() -> None:
    found = read(EVERYTHING)
    assert found.mode is Mode.WARN
    assert found.pods.host_ports == (Span(min=80, max=90),)
    assert found.pods.allowed_capabilities == ("NET_BIND_SERVICE",)
    assert None not in [getattr(found.pods, name) for name in found.pods.__struct_fields__]


@pytest.mark.parametrize("part", [None, *EVERYTHING])
def test_what_was_read_can_be_written_and_read_again(part: str | None) -> None:
    spec = {key: value for key, value in EVERYTHING.items() if key != part}
    found = read(spec)
    (again,) = admission_language.read(json.dumps(admission_language.write(found)).encode(), "q.yaml")
    assert placeless(again) == placeless(found)


def places(value: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = []
    if isinstance(value, dict) and way[-1:] != ("matchLabels",):
        found = [way, *(place for key, item in value.items() for place in places(item, (*way, key)))]
    elif isinstance(value, list):
        found = [place for index, item in enumerate(value) for place in places(item, (*way, index))]
    return found


@pytest.mark.parametrize("way", places(EVERYTHING), ids=str)
def test_an_unknown_field_is_an_error_wherever_it_stands(way: tuple[str | int, ...]) -> None:
    spec = json.loads(json.dumps(EVERYTHING))
    here = spec
    for step in way:
        here = here[step]
    here["privilegd"] = True
    with pytest.raises(Malformed, match=r"line \d+: spec.*privilegd is no field") as raised:
        read(spec)
    assert raised.value.where == "p.yaml"


def leaves(value: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return [way, *(place for key, item in pairs for place in leaves(item, (*way, key)))]
    return [way]


@pytest.mark.parametrize("way", [way for way in leaves(EVERYTHING) if way], ids=str)
@pytest.mark.parametrize("wrong", [{"a": 1}, [[1]], -5], ids=["a mapping", "lists", "a number"])
def test_a_value_of_the_wrong_form_is_an_error_or_harmless(way: tuple[str | int, ...], wrong: object) -> None:
    spec = json.loads(json.dumps(EVERYTHING))
    here = spec
    for step in way[:-1]:
        here = here[step]
    here[way[-1]] = wrong
    # Names and patterns may be any text, a number's too; labels are any mapping.
    if wrong == -5 or (way[-1] == "matchLabels" and isinstance(wrong, dict)):
        with contextlib.suppress(Malformed):
            read(spec)
        return
    with pytest.raises(Malformed, match=r"line \d+"):
        read(spec)


WRONG = {
    "a mode": ({"mode": "block"}, "spec.mode is none of enforce, warn, audit"),
    "a day": ({"exceptions": [{"reason": "r", "until": "soon", "names": ["a"]}]}, "until is no day"),
    "no reason": ({"exceptions": [{"names": ["a"]}]}, "reason is missing"),
    "an exception for all": ({"exceptions": [{"reason": "r"}]}, "would let every pod pass"),
    "a rule of no name": ({"exceptions": [{"reason": "r", "names": ["a"], "rules": ["privilege"]}]}, "no name of a rule"),
    "ranges": ({"pods": {"runAsUser": {"rule": "MustRunAs"}}}, "needs ranges"),
    "a span": ({"pods": {"hostPorts": [{"min": 9, "max": 1}]}}, "ends before it begins"),
    "a port": ({"pods": {"hostPorts": [{"min": 9, "max": 70000}]}}, "from 0 to 65535"),
    "a path": ({"pods": {"allowedHostPaths": [{"pathPrefix": "/a/../b"}]}}, "no absolute path"),
    "a profile": ({"pods": {"seccompProfiles": ["runtime/default"]}}, "is no profile"),
    "keys": ({"images": {"signatures": [{"images": ["*"], "keys": ["a"], "atLeast": 2}]}}, "more keys than it names"),
    "an account": ({"use": {"serviceAccounts": ["web"]}, "standard": "baseline"}, "is no NAMESPACE:NAME"),
    "a standard": ({"standard": "strict"}, "is no level"),
    "a permit that says too little": ({"use": {"users": ["a"]}, "pods": {"privileged": False}}, "hostNetwork is missing"),
    "a permit on nothing": ({"use": {"users": ["a"]}, "standard": "privileged"}, "privileged is missing"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_makes_no_sense_is_named(name: str) -> None:
    spec, said = WRONG[name]
    with pytest.raises(Malformed, match=said):
        read(spec)


def test_the_line_is_that_of_the_fault() -> None:
    head = b"apiVersion: ringfence.io/v1alpha1\nkind: AdmissionPolicy\nmetadata:\n  name: p\n"
    text = head + b"spec:\n  pods:\n    hostPid: true\n"
    with pytest.raises(Malformed, match=r"line 7: spec\.pods\.hostPid is no field"):
        admission_language.read(text, "p.yaml")


def test_another_kind_is_refused() -> None:
    with pytest.raises(Malformed, match="is not AdmissionPolicy"):
        admission_language.read(b"apiVersion: v1\nkind: Pod\n", "p.yaml")
    with pytest.raises(Malformed, match="already set"):
        admission_language.read(document({}).replace(b'"spec"', b'"kind": "AdmissionPolicy", "spec"'), "p.yaml")


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    try:
        admission_language.read(data, "p.yaml")
    except (Malformed, LimitExceeded):
        return


@given(spoiled())
def test_any_object(value: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        admission_language.read(json.dumps(value).encode(), "p.yaml")
