"""Which engine's version stops what by default, computed from its profile: the regression of Copy Fail and its kin."""

import pytest

from ringfence.graph.default_profiles import stopped_by_defaults
from ringfence.knowledge.default_containers import default_container, default_containers
from ringfence.knowledge.stack_cves import stack_cve, stack_cves
from ringfence.model.default_container import VersionSpan, joined
from ringfence.model.knowledge import Known
from ringfence.model.stack_cve import StackCve
from ringfence.model.syscall_filter import Passage, passage


def known(name: str) -> StackCve:
    cve = stack_cve(name)
    assert cve is not None
    return cve


def stops(name: str, engine: str, version: str) -> bool | None:
    (verdict,) = stopped_by_defaults(known(name), [default_container(engine, version)])
    assert bool(verdict.control) == (verdict.stops is True)
    return verdict.stops


def passes_natively(engine: str, version: str, family: int) -> bool:
    rules = default_container(engine, version).confinement.syscalls
    assert isinstance(rules, Known)
    return passage(rules.value, "socket", {0: family}) is Passage.ALLOWED


@pytest.mark.parametrize(
    ("engine", "version", "lets_through"),
    [
        ("docker", "29.4.1", True),
        ("docker", "29.4.2", False),
        ("docker", "29.4.3", False),
        ("containerd", "1.7.31", True),
        ("containerd", "1.7.32", False),
        ("containerd", "2.0.8", True),
        ("containerd", "2.0.9", False),
        ("containerd", "2.0.13", False),
        ("containerd", "2.1.9", True),
        ("containerd", "2.2.3", True),
        ("containerd", "2.2.4", False),
        ("containerd", "2.3.0", True),
        ("containerd", "2.3.1", False),
        ("podman", "4.3.1", True),
        ("cri-o", "1.27.0", True),
    ],
)
def test_the_native_call_for_af_alg_was_closed_in_some_releases(engine: str, version: str, *, lets_through: bool) -> None:
    assert passes_natively(engine, version, 38) is lets_through


def test_only_the_release_that_closed_socketcall_too_stops_copy_fail_on_a_kernel_with_32_bit_calls() -> None:
    """Docker 29.4.3 and containerd let socketcall through again, whose arguments no filter sees."""
    assert stops("CVE-2026-31431", "docker", "29.4.2") is True
    for engine, version in (("docker", "29.4.1"), ("docker", "29.4.3"), ("containerd", "2.2.4"), ("podman", "4.3.1")):
        assert stops("CVE-2026-31431", engine, version) is False, engine


def test_a_user_namespace_is_cut_by_docker_and_left_by_podman() -> None:
    assert stops("CVE-2024-1086", "docker", "29.4.1") is True
    assert stops("CVE-2024-1086", "podman", "4.3.1") is False
    assert stops("CVE-2020-14386", "docker", "29.4.1") is False, "Docker grants CAP_NET_RAW"


def test_what_only_the_attacker_decides_is_no_matter_of_defaults() -> None:
    assert stopped_by_defaults(known("CVE-2024-21626"), default_containers()) == ()


def test_every_kernel_cve_is_decided_for_every_engine() -> None:
    """A default profile is wholly known, so nothing of a container's own may be left open."""
    for cve in stack_cves():
        if cve.component == "linux":
            for verdict in stopped_by_defaults(cve, default_containers()):
                assert verdict.stops is not None, (cve.id, verdict)


def test_spans_that_touch_are_one() -> None:
    spans = [VersionSpan(since="2.0.0", before="2.1"), VersionSpan(before="2.0"), VersionSpan(since="2.2")]
    assert joined(spans) == (VersionSpan(before="2.1"), VersionSpan(since="2.2"))
    assert [str(span) for span in (*joined(spans), VersionSpan())] == ["before 2.1", "from 2.2", "all versions"]


def test_the_defaults_of_every_engine_cover_every_version_once() -> None:
    for engine in {container.engine for container in default_containers()}:
        spans = [span for container in default_containers() if container.engine == engine for span in container.spans]
        assert joined(spans) == (VersionSpan(),), engine
