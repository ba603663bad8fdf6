"""From a bundle's config.json to a confinement."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import oci_runtime_spec
from ringfence.formats.oci_confinement import after_execve, confinement
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, IdRange, Mount, Sharing
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import ALL_CAPABILITIES, Namespace, mask_of, names_of

ADMIN = mask_of(["SYS_ADMIN"])


def spec(process: dict[str, Any] | None = None, linux: dict[str, Any] | None = None, **more: object) -> bytes:
    return json.dumps({"ociVersion": "1.0.2", "process": process or {}, "linux": linux or {}, **more}).encode()


def read(data: bytes, privileged: bool | None = None, joined: dict[Namespace, Sharing] | None = None) -> Confinement:
    return confinement(oci_runtime_spec.parse(data), "/b/config.json", privileged, joined)


def test_nothing_asked_for_means_everything_shared() -> None:
    made = read(spec())
    assert made.namespaces == Known(dict.fromkeys(Namespace, Sharing.HOST))
    assert made.uid_map == Known(HOST_IDS)
    assert made.masked_paths == Known(())
    assert made.privileged == Known(False)
    assert made.capabilities == Known(CapabilitySets())
    assert isinstance(made.syscalls, Known)
    assert made.syscalls.value.unconfined
    assert isinstance(made.lsm, Unknown)
    assert made.at("syscalls").field == "linux.seccomp"


def test_namespaces_are_made_joined_or_shared() -> None:
    given_ = {"namespaces": [{"type": "pid"}, {"type": "network", "path": "/proc/7/ns/net"}, {"type": "ipc", "path": "/x"}]}
    made = read(spec(linux=given_), joined={Namespace.NETWORK: Sharing.HOST})
    assert isinstance(made.namespaces, Known)
    sharing = made.namespaces.value
    assert (sharing[Namespace.PID], sharing[Namespace.NETWORK], sharing[Namespace.IPC]) == (
        Sharing.OWN,
        Sharing.HOST,
        Sharing.OTHER,
    )
    assert sharing[Namespace.UTS] is Sharing.HOST


def test_a_user_namespace_maps_ids() -> None:
    ranges = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    made = read(spec(linux={"namespaces": [{"type": "user"}], "uidMappings": ranges, "gidMappings": ranges}))
    assert made.uid_map == Known((IdRange(inside=0, outside=100000, length=65536),))
    assert made.maps_host_root == Known(False)
    joined = read(spec(linux={"namespaces": [{"type": "user", "path": "/proc/9/ns/user"}]}))
    assert isinstance(joined.uid_map, Unknown)


@pytest.mark.parametrize(
    ("uid", "nnp", "effective", "permitted"),
    [(0, False, 3, 3), (0, True, 1, 1), (1000, False, 0, 0), (1000, True, 0, 0)],
)
def test_execve_takes_capabilities_from_users_and_gives_root_its_bounding_set(
    uid: int, nnp: bool, effective: int, permitted: int
) -> None:
    after = after_execve(CapabilitySets(effective=1, permitted=1, bounding=3), uid, no_new_privileges=nnp)
    assert (after.effective, after.permitted, after.bounding) == (effective, permitted, 3)


def test_ambient_capabilities_stay_with_a_user() -> None:
    given_ = CapabilitySets(effective=7, permitted=7, inheritable=3, bounding=7, ambient=5)
    after = after_execve(given_, 1000, no_new_privileges=False)
    assert (after.effective, after.permitted, after.ambient) == (1, 1, 1)


def test_everything_granted_is_privileged_unless_the_engine_says_otherwise() -> None:
    data = spec({"capabilities": {"bounding": list(names_of(ALL_CAPABILITIES))}})
    assert read(data).privileged == Known(True)
    assert read(data, privileged=False).privileged == Known(False)
    assert read(spec({"capabilities": {"bounding": ["CAP_SYS_ADMIN"]}})).privileged == Known(False)
    assert read(spec(), privileged=True).privileged == Known(True)


def test_a_capability_unknown_to_us_leaves_the_sets_unknown() -> None:
    made = read(spec({"capabilities": {"bounding": ["CAP_FROM_THE_FUTURE"]}}))
    assert isinstance(made.capabilities, Unknown)
    assert "CAP_FROM_THE_FUTURE" in made.capabilities.reason


def test_mounts_are_those_from_the_host_without_the_engines_own_files() -> None:
    mounts = [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/data", "type": "bind", "source": "/srv", "options": ["rbind", "ro", "rslave"]},
        {"destination": "/x", "type": "none", "source": "/", "options": ["rbind"]},
        {"destination": "/etc/hosts", "type": "bind", "source": "/var/lib/docker/containers/1/hosts"},
        {"destination": "/etc/passwd", "type": "bind", "source": "/etc/passwd"},
    ]
    assert read(spec(mounts=mounts)).mounts == Known(
        (
            Mount(source="/srv", destination="/data", read_only=True, propagation="rslave"),
            Mount(source="/", destination="/x"),
            Mount(source="/etc/passwd", destination="/etc/passwd"),
        )
    )


@pytest.mark.parametrize(
    ("process", "module", "enforcing"),
    [
        ({"apparmorProfile": "docker-default"}, "apparmor", True),
        ({"apparmorProfile": "unconfined"}, "apparmor", False),
        ({"selinuxLabel": "system_u:system_r:container_t:s0:c1,c2"}, "selinux", True),
        ({"selinuxLabel": "system_u:system_r:spc_t:s0"}, "selinux", False),
    ],
)
def test_labels(process: dict[str, str], module: str, enforcing: bool) -> None:
    lsm = read(spec(process)).lsm
    assert isinstance(lsm, Known)
    assert (lsm.value.module, lsm.value.enforcing) == (module, enforcing)


def test_a_bundle_without_linux_tells_nothing() -> None:
    assert isinstance(read(b'{"ociVersion":"1.0.2"}').privileged, Unknown)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        spec({"user": {"uid": -1}}),
        spec({"user": {"uid": 1 << 32}}),
        spec(linux={"seccomp": {"defaultAction": "NONE"}}),
        spec(linux={"namespaces": {"type": "pid"}}),
        spec(linux={"uidMappings": [{"containerID": 0, "hostID": 0, "size": 1 << 70}]}),
    ],
)
def test_what_is_no_bundle_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        oci_runtime_spec.parse(data)


def test_lists_beyond_reason_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oci_runtime_spec, "MAX_ENTRIES", 1)
    with pytest.raises(LimitExceeded):
        oci_runtime_spec.parse(spec(mounts=[{"destination": "/a"}, {"destination": "/b"}]))


words = st.sampled_from(["CAP_SYS_ADMIN", "ALL", "x", "", "pid", "user", "bind", "ro"]) | st.text(max_size=5)
likely = st.fixed_dictionaries(
    {
        "ociVersion": st.just("1"),
        "process": st.fixed_dictionaries(
            {"user": st.fixed_dictionaries({"uid": st.integers(0, 5)})},
            optional={
                "capabilities": st.dictionaries(st.sampled_from(["bounding", "ambient"]), st.lists(words, max_size=3))
            },
        ),
        "linux": st.fixed_dictionaries(
            {},
            optional={
                "namespaces": st.lists(st.fixed_dictionaries({"type": words, "path": words}), max_size=4),
                "seccomp": st.none() | st.just({"defaultAction": "SCMP_ACT_ALLOW"}) | words,
                "uidMappings": st.lists(st.dictionaries(st.sampled_from(["containerID", "hostID", "size"]), st.integers())),
            },
        ),
    }
)


@settings(max_examples=80)
@given(st.binary(max_size=200) | likely.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_give_a_confinement_or_an_error_of_ours(data: bytes) -> None:
    try:
        found = oci_runtime_spec.parse(data)
    except (Malformed, LimitExceeded):
        return
    msgspec.json.encode(confinement(found, "p"))
