"""What one confinement means on several kernels."""

import pytest

from ringfence.engine.target_kernel import meaning, meanings, of_release
from ringfence.graph.assemble import assemble
from ringfence.graph.kernel_features import has
from ringfence.graph.on_kernel import NOT_THERE
from ringfence.knowledge.kernel_history import load
from ringfence.knowledge.runtime_defaults import default_capabilities, default_filter
from ringfence.layers.kernel.facts import Facts, hypothetical
from ringfence.layers.kernel.relations import relations
from ringfence.model.component import KernelState
from ringfence.model.confinement import CapabilitySets, Confinement, Kernel
from ringfence.model.kernel_history import Span
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import mask_of
from ringfence.model.on_kernel import CallThere
from ringfence.model.syscall_filter import UNCONFINED, SyscallFilter
from ringfence.model.workload import Workload, WorkloadId

HISTORY = load()
RED_HAT = "4.18.0-553.el8_10.x86_64"


def state(release: str, **config: str) -> KernelState:
    """A kernel of which the release is known, and the build if some of it is given."""
    found = of_release(release).kernel
    if not config:
        return found
    options = {f"CONFIG_{name}": value for name, value in config.items()}
    return KernelState(node=found.node, release=found.release, config=Known(options))


def confinement(*capabilities: str, filter_: SyscallFilter | None = UNCONFINED) -> Confinement:
    mask = mask_of(capabilities)
    return Confinement(
        capabilities=Known(CapabilitySets(effective=mask, permitted=mask, bounding=mask)),
        syscalls=Known(filter_) if filter_ else Unknown("nobody looked"),
    )


def docker(*more: str) -> Confinement:
    mask = default_capabilities("docker") | mask_of(more)
    return Confinement(
        capabilities=Known(CapabilitySets(effective=mask, permitted=mask, bounding=mask)),
        syscalls=Known(default_filter("docker", mask, "6.12.0", "29.4.3")),
    )


def named(calls: tuple[CallThere, ...], there: bool | None = False) -> set[str]:
    return {call.name for call in calls if call.there is there}


@pytest.mark.parametrize(
    ("release", "span", "there"),
    [
        ("5.1", Span(since="5.1", source="s"), True),
        ("5.0.21", Span(since="5.1", source="s"), False),
        ("4.18.20", Span(since="5.1", source="s"), False),
        (RED_HAT, Span(since="5.1", source="s"), None),
        (RED_HAT, Span(since="4.18", source="s"), True),
        ("5.4.0-150-generic", Span(since="5.4", source="s"), True),
        ("5.4.0-150-generic", Span(since="5.5", source="s"), False),
        ("5.4.17-2136.300.7.el8uek.x86_64", Span(since="5.5", source="s"), None),
        ("5.3.18-150300.59.93-default", Span(since="5.5", source="s"), None),
        ("5.5.1", Span(since="2.0", until="5.5", source="s"), False),
        ("5.4.1", Span(since="2.0", until="5.5", source="s"), True),
        ("6.1.1", Span(since="", source="s"), False),
        ("6.1.1", Span(since="2.6", source="s", not_on=("x86_64",)), False),
        ("6.1.1", Span(since="2.6", source="s", not_on=("i386",)), True),
        ("not a release", Span(since="2.6", source="s"), None),
    ],
)
def test_the_release_tells_what_is_there(release: str, span: Span, there: bool | None) -> None:
    kernel = KernelState(node="n", release=Known(release))
    assert has("it", span, kernel, "6.1").there is there


def test_an_unknown_release_tells_nothing() -> None:
    kernel = KernelState(node="n", release=Unknown("nobody looked"))
    assert has("it", Span(since="2.6", source="s"), kernel, "6.1").there is None


def test_options_say_no_only_where_their_sources_were_read() -> None:
    span = HISTORY.calls["io_uring_setup"]
    assert has("io_uring_setup", span, state("6.1.1", NET="y"), "6.1").there is False
    assert has("io_uring_setup", span, state("5.15.1", NET="y"), "6.1").there is None
    assert has("io_uring_setup", span, state("5.15.1", IO_URING="y"), "6.1").there is True


def test_on_4_18_there_is_no_io_uring_and_no_clone3() -> None:
    found = meaning(confinement(), state("4.18.20"))
    assert {"io_uring_setup", "clone3", "fsopen", "openat2", "pidfd_open"} <= named(found.lost)
    assert dict(found.doors)["io_uring"] == NOT_THERE
    assert dict(found.doors)["BPF"] == "open"
    assert dict(found.doors)["mounts"] == "open"


def test_on_2_6_32_a_crypto_socket_is_not_there() -> None:
    assert dict(meaning(confinement(), state("2.6.32")).doors)["crypto sockets (AF_ALG)"] == NOT_THERE


def test_a_filter_that_says_eperm_for_a_call_the_kernel_lacks_keeps_programs_from_falling_back() -> None:
    found = meaning(docker(), state("4.18.20"))
    assert {"io_uring_setup", "fsopen", "mount_setattr"} <= named(found.refused)
    assert {call.answer for call in found.refused} == {"EPERM"}
    # Docker's profile answers clone3 with ENOSYS (moby/moby#42681), so that glibc falls back to clone.
    assert "clone3" not in named(found.refused)


@pytest.mark.parametrize(
    ("release", "lacking"),
    [
        ("4.18.20", {"CAP_BPF", "CAP_PERFMON", "CAP_CHECKPOINT_RESTORE"}),
        ("5.8.1", {"CAP_CHECKPOINT_RESTORE"}),
        ("5.9", set()),
        ("3.4", {"CAP_BPF", "CAP_PERFMON", "CAP_CHECKPOINT_RESTORE", "CAP_AUDIT_READ"}),
    ],
)
def test_capabilities_are_as_old_as_they_are(release: str, lacking: set[str]) -> None:
    asked = ("BPF", "PERFMON", "CHECKPOINT_RESTORE", "AUDIT_READ", "NET_ADMIN")
    assert {item.name for item in meaning(confinement(*asked), state(release)).capabilities} == lacking


def test_what_cap_bpf_gives_took_cap_sys_admin_before() -> None:
    (alone,) = meaning(confinement("BPF"), state("5.4.1")).capabilities
    assert (alone.instead, alone.held) == (("CAP_SYS_ADMIN",), False)
    assert "cannot do so there" in alone.because
    (held,) = meaning(confinement("BPF", "SYS_ADMIN"), state("5.4.1")).capabilities
    assert held.held


def test_of_a_red_hat_kernel_what_is_newer_is_not_told() -> None:
    found = meaning(confinement("BPF"), state(RED_HAT))
    assert [item.there for item in found.capabilities] == [None]
    assert "io_uring_setup" in named(found.lost, None)
    assert dict(found.doors)["io_uring"] == "open, not known for this kernel"


def test_without_a_filter_nothing_is_said_of_calls() -> None:
    found = meaning(confinement("BPF", filter_=None), state("4.18.20"))
    assert (found.passing, found.calls, found.lost, found.doors) == (None, None, (), ())
    assert found.capabilities


def test_features_are_those_that_differ_from_the_kernel_seen() -> None:
    older = {item.name: item for item in meaning(confinement(), state("5.10.1"), state("6.12.1")).features}
    assert older["overlay mounts in user namespaces"].there is False
    assert "user namespaces for everybody" not in older
    newer = {item.name: item for item in meaning(confinement(), state("6.12.1"), state("5.10.1")).features}
    assert newer.keys() == older.keys()
    assert newer["overlay mounts in user namespaces"].there is True
    assert not meaning(confinement(), state("6.12.1"), state("6.12.9")).features


def test_calls_gained_and_lost_mirror_each_other() -> None:
    old, new = state("4.18.20"), state("6.12.1")
    assert named(meaning(docker(), old, new).lost) == set(meaning(docker(), new, old).gained)


def test_every_call_counted_is_one_of_the_kernels() -> None:
    found = meaning(confinement(), state("6.12.1"))
    assert found.passing == found.calls
    assert found.calls is not None
    assert found.calls > 330


def test_workloads_of_one_meaning_stand_together_and_guests_are_left_out() -> None:
    def workload(name: str, what: Confinement) -> Workload:
        return Workload(identity=WorkloadId(name=name), confinement=what, container_id=name * 64)

    kata = Confinement(kernel=Known(Kernel.GUEST))
    facts: Facts = hypothetical(
        "6.12.1",
        node="n",
        config={},
        sysctls={},
        workloads=(workload("a", docker()), workload("b", docker()), workload("c", confinement()), workload("d", kata)),
    )
    groups = meanings(assemble([relations(facts)]), of_release("4.18.20"))
    assert [[str(name) for name in group.workloads] for group in groups] == [["container/a", "container/b"], ["container/c"]]
