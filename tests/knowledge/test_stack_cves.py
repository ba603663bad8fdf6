"""The shipped CVEs are of their form: a typo in a data file must not become a wrong verdict."""

import re
from collections import Counter
from collections.abc import Iterator

import msgspec
import pytest

from ringfence.engine.impacts import orders
from ringfence.errors import Malformed
from ringfence.graph.affected import _dotted
from ringfence.graph.orders import VersionKey, at_least
from ringfence.io import packaged
from ringfence.knowledge import kernel_files
from ringfence.knowledge import stack_cves as module
from ringfence.knowledge.stack_cves import FOLDER, stack_cve, stack_cves
from ringfence.knowledge.system_calls import known_names
from ringfence.layers.kernel.collect.proc.settings import SYSCTLS
from ringfence.model.linux import CLONE_FLAGS, NETLINK_PROTOCOLS, SOCKET_FAMILIES, Namespace, capability
from ringfence.model.stack_cve import (
    AttackerActs,
    CanCall,
    CanMakeUserNamespace,
    CanOpenSocket,
    CapabilityScope,
    CgroupVersion,
    HasCapability,
    HasDevice,
    HasMount,
    KernelModule,
    KernelOfDistribution,
    KernelOption,
    MachineIs,
    NeedsFact,
    NoLsmDenial,
    PathUnmasked,
    Precondition,
    RunsInMachine,
    RunsInSentry,
    SharesHostKernel,
    SharesNamespace,
    StackCve,
    Sysctl,
)
from ringfence.report.terminal.impacts import GAINS

COMPONENTS = {
    *("linux", "runc", "crun", "containerd", "cri-o", "podman", "docker", "buildah", "buildkit", "kubernetes"),
    *("kata-containers", "gvisor"),
}
"""Those of `Component.name` that have entries."""

TELLS = {"ranges", "stable", "backports", "ways", "exploited"}
"""The fields of an entry that a source may be named for."""

KNOWN_FILES = kernel_files.load()
MODULES = {(rule.module, option) for rules in KNOWN_FILES._rules.values() for rule in rules for option in rule.options}
"""The modules of the kernel, each with an option it is built by."""

OPTIONS = {option for _, option in MODULES} | {
    "CONFIG_AF_UNIX_OOB",  # net/unix/Kconfig: decides over a part of a file
    "CONFIG_IP_MULTICAST",  # net/ipv4/Kconfig: likewise
}
GONE = {("cls_tcindex", "CONFIG_NET_CLS_TCINDEX")}
"""Removed before the versions in the table (Linux 6.3, commit 8c710f75256b)."""

CALLS = known_names()

FILES = [name for name in packaged.names(FOLDER) if name.endswith(".json")]
ALL = stack_cves()

KERNEL_VERSION = re.compile(r"\d+\.\d+(\.\d+)?(-rc\d+)?")
SEMVER = re.compile(r"\d+\.\d+\.\d+(-[0-9a-z]+([.-][0-9a-z]+)*)?")
BRANCH = re.compile(r"\d+\.\d+")
SENTENCE = re.compile(r"[A-Za-z].*[^.\s]")


def entries() -> list[object]:
    return [pytest.param(cve, id=cve.id) for cve in ALL]


def conditions(cve: StackCve) -> Iterator[Precondition]:
    for way in cve.ways:
        yield from way.preconditions


def test_there_is_one_file_a_cve_and_nothing_twice() -> None:
    assert [f"{cve.id}.json" for cve in ALL] == FILES
    names = [name for cve in ALL for name in (cve.id, *cve.aliases)]
    assert len(names) == len(set(names))
    titles = [cve.title for cve in ALL]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("name", FILES)
def test_a_file_holds_its_value_and_nothing_else(name: str) -> None:
    """A field that the type does not have, or one spelled wrongly, would be passed over in silence."""
    written = packaged.read(f"{FOLDER}/{name}")
    value = msgspec.json.decode(written, type=StackCve, strict=True)
    assert msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n" == written


@pytest.mark.parametrize("cve", entries())
def test_an_entry_is_well_formed(cve: StackCve) -> None:
    assert re.fullmatch(r"CVE-\d{4}-\d{4,}", cve.id)
    assert cve.component in COMPONENTS
    assert cve.gain in GAINS, "people are told what it means"
    assert SENTENCE.fullmatch(cve.title), "a title has no full stop"
    assert cve.remedy.endswith(".")
    assert cve.sources
    assert cve.ranges or cve.versions_note
    assert all(re.fullmatch(r"https://\S+", link) for link in (*cve.links, *(item.source for item in cve.backports)))
    assert len(set(cve.links)) == len(cve.links)
    told = {field for source in cve.sources for field in source.tells}
    assert told <= TELLS
    assert "ways" in told, "somebody must have said how it is reached"
    assert ("ranges" in told) == bool(cve.ranges)
    assert ("exploited" in told) == bool(cve.exploited)
    assert all(re.fullmatch(r"(GHSA(-[0-9a-z]{4}){3})|(GO-\d{4}-\d{4,})", alias) for alias in cve.aliases)
    assert re.fullmatch(r"(\d{4}-\d\d-\d\d)?", cve.exploited)
    assert not cve.versions_note.endswith("."), "it is read inside a sentence"


ORDERS = orders()


def order(cve: StackCve) -> VersionKey:
    return ORDERS.kernel if cve.component == "linux" else lambda version: ORDERS.semver(_dotted(version))


@pytest.mark.parametrize("cve", entries())
def test_its_versions_are_well_formed(cve: StackCve) -> None:
    form = KERNEL_VERSION if cve.component == "linux" else SEMVER
    for item in cve.ranges:
        assert all(form.fullmatch(version) for version in (item.introduced, item.fixed) if version)
        if item.introduced and item.fixed:
            assert not at_least(order(cve), item.introduced, item.fixed), "a range ends after it begins"
        assert item.fixed or cve.versions_note, "no fix in any version needs a word"
    for branch, fixed in cve.stable.items():
        assert cve.component == "linux"
        assert BRANCH.fullmatch(branch)
        assert fixed.startswith(f"{branch}.")
        assert KERNEL_VERSION.fullmatch(fixed)
    fixes = sorted(cve.stable.values(), key=ORDERS.kernel)
    assert list(cve.stable.values()) == fixes, "branches stand in their order"
    for backport in cve.backports:
        assert re.fullmatch(r"[a-z]+:[0-9.]+", backport.distribution)
        assert re.fullmatch(r"\d[0-9A-Za-z.+~:-]*", backport.fixed)


@pytest.mark.parametrize("cve", entries())
def test_its_ways_can_be_evaluated(cve: StackCve) -> None:
    assert cve.ways
    assert len({way.name for way in cve.ways}) == len(cve.ways)
    for way in cve.ways:
        assert SENTENCE.fullmatch(way.name)
        assert way.preconditions
        if cve.component == "linux":
            assert SharesHostKernel() in way.preconditions or any(
                isinstance(item, KernelOfDistribution) for item in way.preconditions
            )
        if cve.component == "kata-containers":
            assert RunsInMachine() in way.preconditions
        if cve.component == "gvisor":
            assert RunsInSentry() in way.preconditions
    for condition in conditions(cve):
        check(condition)


def check(condition: Precondition) -> None:
    """Every name in a condition is one that Linux has; every value is of its form."""
    match condition:
        case HasCapability(names=names, fresh_flags=flags):
            assert names
            assert all(capability(name).name == name for name in names)
            assert set(flags) <= set(CLONE_FLAGS) - {"CLONE_NEWUSER"}
        case CanCall(all_of=all_of, any_of=any_of, arguments=arguments):
            assert all_of or any_of
            assert set(all_of) | set(any_of) <= CALLS
            assert all(re.fullmatch(r"[0-5]", index) for index in arguments)
            assert "socket" not in (*all_of, *any_of), "a socket is asked for by its family"
        case CanOpenSocket(family=family, protocol=protocol):
            assert family in SOCKET_FAMILIES
            assert (protocol in NETLINK_PROTOCOLS) if family == "AF_NETLINK" else not protocol
        case CanMakeUserNamespace(with_flags=flags):
            assert set(flags) <= set(CLONE_FLAGS) - {"CLONE_NEWUSER"}
        case KernelOption(option=option):
            assert option in OPTIONS
        case KernelModule(module=module, option=option):
            assert (module, option) in MODULES | GONE
        case KernelOfDistribution(names=names) | MachineIs(names=names):
            assert names
        case Sysctl(name=name, open_values=values):
            assert name in SYSCTLS, "what nobody collects is never known"
            assert values
        case _:
            check_the_container(condition)


def check_the_container(condition: Precondition) -> None:
    match condition:
        case SharesNamespace(kind=kind):
            assert Namespace(kind)
        case CgroupVersion(version=version):
            assert version in {"v1", "v2"}
        case NoLsmDenial(operation=operation):
            assert operation
        case HasMount(sources=paths) | HasDevice(paths=paths):
            assert paths
            assert all(path.startswith("/") for path in paths)
        case PathUnmasked(path=path):
            assert path.startswith(("/proc/", "/sys/"))
        case AttackerActs(what=what) | NeedsFact(what=what):
            assert SENTENCE.fullmatch(what)
        case _:
            pass


def test_there_are_many_of_every_kind() -> None:
    """What was promised: at least 120, kernels and runtimes and Kubernetes."""
    kinds = Counter("runtime" if cve.component not in ("linux", "kubernetes") else cve.component for cve in ALL)
    assert kinds["linux"] >= 100
    assert kinds["runtime"] >= 80
    assert kinds["kubernetes"] >= 20


def test_nothing_is_left_that_no_collector_can_tell() -> None:
    assert not [cve.id for cve in ALL for condition in conditions(cve) if isinstance(condition, NeedsFact)]


def test_the_model_cve_is_as_its_commit_says() -> None:
    cve = stack_cve("cve-2018-18955")
    assert cve is not None
    assert [(item.introduced, item.fixed) for item in cve.ranges] == [("4.15-rc1", "4.20-rc2")]
    assert cve.stable == {"4.18": "4.18.19", "4.19": "4.19.2"}
    assert CanMakeUserNamespace() in cve.ways[0].preconditions


def test_the_release_agent_stays_open_to_cap_sys_admin_over_the_host() -> None:
    cve = stack_cve("CVE-2022-0492")
    assert cve is not None
    lasting = [way for way in cve.ways if not way.closed_by_fix]
    held = HasCapability(names=("CAP_SYS_ADMIN",), scope=CapabilityScope.INITIAL)
    assert lasting
    assert all(held in way.preconditions for way in lasting)


def test_a_cve_is_found_by_an_alias_too() -> None:
    assert stack_cve(" ghsa-xr7r-f8xq-vfvv ") == stack_cve("CVE-2024-21626") is not None
    assert stack_cve("CVE-0000-0000") is None


def test_a_broken_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "read", lambda _path: b'{"id": 1}')
    with pytest.raises(Malformed, match=r"CVE-x\.json"):
        module._read("CVE-x.json")
