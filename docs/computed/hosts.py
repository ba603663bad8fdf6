"""Hosts and containers that the computed pages ask about; not pages themselves."""

from collections.abc import Mapping

import msgspec

from ringfence.engine.impacts import orders
from ringfence.graph.affected import affected
from ringfence.graph.subject import Subject
from ringfence.graph.verdicts import cve_results, worst
from ringfence.knowledge.stack_cves import stack_cves
from ringfence.model.component import Component, KernelState
from ringfence.model.confinement import Confinement
from ringfence.model.finding import VerdictStatus
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.stack_cve import KernelModule, KernelOption, StackCve, Sysctl

ORDERS = orders()


def open_kernel(
    release: str = "", without: frozenset[str] = frozenset(), set_to: Mapping[str, str] | None = None
) -> KernelState:
    """A Debian host that leaves everything open that some stack CVE asks for: every option built in, every sysctl open.

    `without` are options it is built without, `set_to` sysctls that are set otherwise.
    """
    conditions = [item for cve in stack_cves() for way in cve.ways for item in way.preconditions]
    options = {item.option for item in conditions if isinstance(item, KernelOption | KernelModule)}
    options |= {"CONFIG_USER_NS", "CONFIG_IA32_EMULATION"}
    sysctls = {item.name: item.open_values[0] for item in conditions if isinstance(item, Sysctl)}
    sysctls |= {"user.max_user_namespaces": "65536", "kernel.modules_disabled": "0"}
    sysctls |= {"kernel.unprivileged_userns_clone": "1", "kernel.apparmor_restrict_unprivileged_userns": ""}
    return KernelState(
        node="host",
        release=Known(release) if release else Unknown("any"),
        config=Known(dict.fromkeys(sorted(options - without), "y")),
        sysctls={name: Known(value) for name, value in (sysctls | dict(set_to or {})).items()},
        lsms=Known(()),
        cgroups=Known("v1"),
        modules=Known(()),
        module_files=Known(()),
        barred_modules=Known(()),
        distribution="debian:12",
    )


def verdict(cve: StackCve, confinement: Confinement, kernel: KernelState, component: Component) -> VerdictStatus:
    """What the graph says of one CVE in one container on one kernel."""
    found = affected(cve, component, "", ORDERS)
    return worst(way.status for way in cve_results(cve, found, Subject(confinement, kernel, component))).status


def replaced(confinement: Confinement, **fields: object) -> Confinement:
    """The confinement with other values of some fields."""
    return msgspec.structs.replace(confinement, **fields)
