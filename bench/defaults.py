"""How many kernel CVEs that somebody has shown to be exploitable are cut by what runtimes do by default.

The CVEs are those of Google's kernelCTF whose preconditions are known here: each was a working local root. Every kernel is
taken to be affected and to have what the fault is in, so that only the container's controls are left to decide.
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from ringfence.graph.affected import Affected
from ringfence.graph.subject import Subject
from ringfence.graph.verdicts import cve_results
from ringfence.knowledge.runtime_defaults import default_capabilities, default_filter
from ringfence.knowledge.stack_cves import stack_cves
from ringfence.model.component import KernelState
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, Kernel, Lsm, Sharing
from ringfence.model.finding import VerdictStatus
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import ALL_CAPABILITIES, Namespace
from ringfence.model.stack_cve import (
    AttackerActs,
    CanCall,
    CanMakeUserNamespace,
    CanOpenSocket,
    ContainerRoot,
    HasCapability,
    SharesHostKernel,
    StackCve,
)
from ringfence.model.syscall_filter import UNCONFINED, SyscallFilter

OF_CONTAINERS = (HasCapability, CanCall, CanOpenSocket, CanMakeUserNamespace, ContainerRoot, SharesHostKernel, AttackerActs)
"""The preconditions that the container decides; the others are about the kernel, and taken as met."""
AFFECTED = Affected(True, "taken to be affected")


class Setting(NamedTuple):
    """A row of the table."""

    name: str
    capabilities: int
    syscalls: SyscallFilter
    user_namespaces: str = "96365"
    kernel: Kernel = Kernel.HOST


def settings() -> list[Setting]:
    """What is compared."""
    rows = [Setting("privileged", ALL_CAPABILITIES, UNCONFINED)]
    for engine in ("docker", "containerd", "podman"):
        mask = default_capabilities(engine)
        rows += [
            Setting(f"{engine}: default capabilities, no filter", mask, UNCONFINED),
            Setting(f"{engine}: the same, and max_user_namespaces=0", mask, UNCONFINED, "0"),
            Setting(f"{engine}: default capabilities and filter (oldest shipped)", mask, default_filter(engine, mask)),
            Setting(f"{engine}: the same, newest filter", mask, newest(engine, mask)),
            Setting(f"{engine}: newest filter, and max_user_namespaces=0", mask, newest(engine, mask), "0"),
        ]
    return [*rows, Setting("a kernel of its own (Kata, gVisor)", ALL_CAPABILITIES, UNCONFINED, kernel=Kernel.GUEST)]


def newest(engine: str, mask: int) -> SyscallFilter:
    """The engine's profile at a version later than any."""
    return default_filter(engine, mask, version="999.0.0")


def subject(row: Setting) -> Subject:
    """A container that runs as root with that row's controls, on a kernel that leaves everything else open."""
    spaces = {**dict.fromkeys(Namespace, Sharing.OWN), Namespace.USER: Sharing.HOST}
    sets = CapabilitySets(effective=row.capabilities, permitted=row.capabilities, bounding=row.capabilities)
    confinement = Confinement(
        privileged=Known(row.name == "privileged"),
        uid=Known(0),
        uid_map=Known(HOST_IDS),
        gid_map=Known(HOST_IDS),
        capabilities=Known(sets),
        no_new_privileges=Known(False),
        syscalls=Known(row.syscalls),
        namespaces=Known(spaces),
        lsm=Known(Lsm(module="none")),
        mounts=Known(()),
        kernel=Known(row.kernel),
    )
    sysctls: dict[str, Known[str] | Unknown] = {
        "user.max_user_namespaces": Known(row.user_namespaces),
        "kernel.unprivileged_userns_clone": Known(""),
        "kernel.apparmor_restrict_unprivileged_userns": Known(""),
    }
    kernel = KernelState(node="n", release=Known("6.1.0"), config=Known({"CONFIG_USER_NS": "y"}), sysctls=sysctls)
    return Subject(confinement, kernel)


def of_the_container(cve: StackCve) -> StackCve:
    """The CVE with only the preconditions that the container decides."""
    ways = tuple(
        msgspec.structs.replace(
            way, preconditions=tuple(item for item in way.preconditions if isinstance(item, OF_CONTAINERS))
        )
        for way in cve.ways
    )
    return msgspec.structs.replace(cve, ways=ways)


def shown(cve: StackCve) -> bool:
    """Whether it was submitted to kernelCTF."""
    return cve.component == "linux" and any("kernelctf" in link for link in cve.links)


def main(wanted: Callable[[StackCve], bool] = shown) -> None:
    """The table, in Markdown."""
    cves = [of_the_container(cve) for cve in stack_cves() if wanted(cve)]
    print(f"| controls | cut, of {len(cves)} | open | not decided |\n|---|---|---|---|")
    for row in settings():
        asked = subject(row)
        counts = Counter(cve_results(cve, AFFECTED, asked)[0].status.status for cve in cves)
        cut = counts[VerdictStatus.MITIGATED] + counts[VerdictStatus.ABSENT]
        print(f"| {row.name} | {cut} | {counts[VerdictStatus.REACHABLE]} | {counts[VerdictStatus.UNDECIDED]} |")


if __name__ == "__main__":
    main()
