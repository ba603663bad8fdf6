"""The data files are of their form, and say what the engines' own documentation says."""

import pytest

from ringfence.errors import Unavailable
from ringfence.io import packaged
from ringfence.knowledge import runtime_defaults
from ringfence.knowledge.runtime_defaults import FOLDER, default_capabilities, default_filter, defaults, kubernetes_filter
from ringfence.model.linux import SOCKET_FAMILIES, mask_of, names_of
from ringfence.model.syscall_filter import Passage, passage

RUNTIMES = ("docker", "podman", "containerd", "cri-o")
KERNEL = "6.1.0-21-amd64"


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_runtime_has_defaults_with_their_sources(runtime: str) -> None:
    known = defaults(runtime)
    assert known.sources
    assert "/proc/kcore" in known.masked_paths
    assert "/proc/sys" in known.read_only_paths
    assert not known.no_new_privileges
    assert passage(default_filter(runtime, default_capabilities(runtime), KERNEL), "read") is Passage.ALLOWED
    assert passage(default_filter(runtime, default_capabilities(runtime), KERNEL), "kexec_load") is Passage.DENIED


def test_every_file_ships_with_source_and_licence() -> None:
    assert len(runtime_defaults._profiles()) == len(packaged.names(FOLDER)) - 1
    for item in runtime_defaults._profiles():
        assert item.source.startswith("https://"), item.version
        assert item.licence == "Apache-2.0"
        assert item.runtime in RUNTIMES


@pytest.mark.parametrize(("runtime", "count"), [("docker", 14), ("podman", 11), ("containerd", 14), ("cri-o", 9)])
def test_default_capabilities_are_as_documented(runtime: str, count: int) -> None:
    mask = default_capabilities(runtime)
    assert len(names_of(mask)) == count
    assert not mask & mask_of(["SYS_ADMIN", "SYS_PTRACE", "NET_ADMIN", "SYS_MODULE"])
    assert bool(mask & mask_of(["NET_RAW"])) == (count == 14)


@pytest.mark.parametrize("call", ["unshare", "mount", "setns", "keyctl", "bpf", "userfaultfd", "fsconfig", "io_uring_setup"])
def test_docker_denies_what_it_says(call: str) -> None:
    assert passage(default_filter("docker", default_capabilities("docker"), KERNEL, "28.5.1"), call) is Passage.DENIED


@pytest.mark.parametrize("call", ["unshare", "mount", "setns", "keyctl", "clone3", "fsconfig"])
def test_podman_lets_these_reach_the_kernel(call: str) -> None:
    assert passage(default_filter("podman", default_capabilities("podman"), KERNEL), call) is Passage.ALLOWED


def test_cri_o_takes_unshare_out_of_podmans_profile() -> None:
    assert passage(default_filter("cri-o", default_capabilities("cri-o"), KERNEL), "unshare") is Passage.DENIED
    assert passage(default_filter("cri-o", mask_of(["SYS_ADMIN"]), KERNEL), "unshare") is Passage.ALLOWED


# CVE-2026-31431 ("Copy Fail") made the engines close AF_ALG, each in the release the sources of its data file name.
@pytest.mark.parametrize(
    ("runtime", "version", "alg"),
    [
        ("docker", "", Passage.ALLOWED),
        ("docker", "28.5.1", Passage.ALLOWED),
        ("docker", "29.4.1", Passage.ALLOWED),
        ("docker", "29.4.2", Passage.DENIED),
        ("docker", "29.4.3", Passage.DENIED),
        ("docker", "30.0.0", Passage.DENIED),
        ("containerd", "", Passage.ALLOWED),
        ("containerd", "1.7.31", Passage.ALLOWED),
        ("containerd", "1.7.32", Passage.DENIED),
        ("containerd", "2.0.8", Passage.ALLOWED),
        ("containerd", "2.0.9", Passage.DENIED),
        ("containerd", "2.0.13", Passage.DENIED),
        ("containerd", "2.0.14", Passage.DENIED),
        ("containerd", "2.1.9", Passage.ALLOWED),
        ("containerd", "2.2.3", Passage.ALLOWED),
        ("containerd", "2.2.4", Passage.DENIED),
        ("containerd", "2.3.0", Passage.ALLOWED),
        ("containerd", "2.3.1", Passage.DENIED),
        ("containerd", "2.4.2", Passage.DENIED),
        ("podman", "5.6.0", Passage.ALLOWED),
        ("cri-o", "1.34.0", Passage.ALLOWED),
    ],
)
def test_which_version_closed_the_crypto_sockets(runtime: str, version: str, alg: Passage) -> None:
    filter_ = default_filter(runtime, default_capabilities(runtime), KERNEL, version)
    assert passage(filter_, "socket", {0: SOCKET_FAMILIES["AF_ALG"]}) is alg
    assert passage(filter_, "socket", {0: SOCKET_FAMILIES["AF_INET"]}) is Passage.ALLOWED


def test_docker_29_4_2_alone_denies_the_old_door_to_sockets() -> None:
    mask = default_capabilities("docker")
    answers = {
        version: passage(default_filter("docker", mask, KERNEL, version), "socketcall")
        for version in ("29.4.1", "29.4.2", "29.4.3")
    }
    assert answers == {"29.4.1": Passage.ALLOWED, "29.4.2": Passage.DENIED, "29.4.3": Passage.ALLOWED}


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_version_has_exactly_one_profile(runtime: str) -> None:
    profiles = [item for item in runtime_defaults._profiles() if item.runtime == runtime]
    edges = {bound for item in profiles for range_ in item.versions for bound in (range_.since, range_.before)}
    for version in (*edges, "", "0.1", "999.0"):
        holding = [item.version for item in profiles if any(version in range_ for range_ in item.versions)]
        assert len(holding) == 1, (version, holding)


def test_sys_admin_opens_the_default_profile() -> None:
    filter_ = default_filter("docker", mask_of(["SYS_ADMIN"]), KERNEL)
    assert {passage(filter_, call) for call in ("unshare", "mount", "clone3", "bpf")} == {Passage.ALLOWED}


def test_kubernetes_gives_no_filter_unasked() -> None:
    assert kubernetes_filter().unconfined
    assert runtime_defaults._all().kubernetes_seccomp == "Unconfined"


def test_a_runtime_we_do_not_know_is_said_so() -> None:
    with pytest.raises(Unavailable):
        default_capabilities("rkt")
    with pytest.raises(Unavailable):
        default_filter("rkt", 0)


@pytest.mark.parametrize(
    ("runtime", "version", "call", "passes"),
    [
        ("podman", "4.9.4", "fchmodat2", Passage.DENIED),
        ("podman", "5.0.3", "fchmodat2", Passage.ALLOWED),
        ("podman", "5.4.2", "fanotify_init", Passage.DENIED),
        ("podman", "5.6.2", "fanotify_init", Passage.ALLOWED),
        ("podman", "5.6.2", "unshare", Passage.ALLOWED),
        ("cri-o", "1.33.0", "fchmodat2", Passage.DENIED),
        ("cri-o", "1.34.0", "fchmodat2", Passage.ALLOWED),
        ("cri-o", "1.34.0", "unshare", Passage.DENIED),
    ],
)
def test_podmans_and_cri_os_profiles_by_version(runtime: str, version: str, call: str, passes: Passage) -> None:
    """By pkg/seccomp/seccomp.json of containers/common at the versions that their go.mod names."""
    assert passage(default_filter(runtime, default_capabilities(runtime), KERNEL, version), call) is passes


def test_every_version_of_every_engine_has_exactly_one_profile() -> None:
    """The ranges of an engine's profiles neither overlap nor leave a gap, at every bound that one of them names."""
    for runtime in RUNTIMES:
        mine = [item for item in runtime_defaults.profiles() if item.runtime == runtime]
        bounds = {bound for item in mine for span in item.versions for bound in (span.since, span.before)}
        for version in bounds | {"99.0"}:
            assert sum(any(version in span for span in item.versions) for item in mine) == 1, (runtime, version)


@pytest.mark.parametrize(
    ("runtime", "version", "powercap", "interrupts"),
    [
        ("docker", "", False, False),
        ("docker", "24.0.5", False, False),
        ("docker", "24.0.9", True, False),
        ("docker", "27.5.1", True, False),
        ("docker", "29.4.3", True, True),
        ("containerd", "1.6.20", False, False),
        ("containerd", "1.6.36", True, False),
        ("containerd", "1.7.2", False, False),
        ("containerd", "2.2.3", True, False),
    ],
)
def test_hidden_paths_by_version(runtime: str, version: str, powercap: bool, interrupts: bool) -> None:
    """By oci/defaults.go of moby and oci/spec.go of containerd at these versions."""
    masked = defaults(runtime, version).masked_paths
    assert ("/sys/devices/virtual/powercap" in masked) is powercap
    assert ("/proc/interrupts" in masked) is interrupts
    assert len(set(masked)) == len(masked)
