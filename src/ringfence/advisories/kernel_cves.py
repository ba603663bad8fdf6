"""Whether a kernel version is one that a kernel CVE affects, by the record's own version ranges. Pure.

Source: CVE record format, "versions" (an entry that covers the version decides, else the default status), in the way the
kernel's numbering authority writes it: `6.1.105` unaffected up to `6.1.*` is the rest of a stable branch.
"""

import re

from ringfence.errors import Malformed
from ringfence.model.fact import Fact
from ringfence.model.kernel_cve import KernelCve, KernelSpan
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.versions import kernel

_FIRST_COMMIT = "1da177e4c3f41524e886b7f1b8a0c1fc7321cac2"
"""Linux 2.6.12-rc2, where git's history begins: "as far back as anyone can say"."""


_Key = tuple[tuple[int, ...], int]


class Bearing(Fact):
    """What a record is to one version. `fixed` is the first version of its branch with the fix, else mainline's; or empty.

    `affected` is Unknown where the record gives no versions, or the version has no order.
    """

    cve: KernelCve
    affected: Maybe[bool]
    because: str
    fixed: str = ""


def bearing(cve: KernelCve, version: str) -> Bearing:
    """How `cve` bears on upstream's `version` (`6.1.119`, `6.13-rc5`). Total: never raises.

    A distribution's kernel has fixes its number does not tell of: ask the distribution's own advisories for those.
    """
    if cve.rejected:
        return Bearing(cve=cve, affected=Known(False), because=f"{cve.id} was rejected")
    if not cve.spans:
        why = "its record gives commits only, no versions" if cve.commits else "its record gives no versions"
        return Bearing(cve=cve, affected=Unknown(why), because=why)
    try:
        here = kernel.key(version)
        covering = [item for item in cve.spans if _covers(item, version, here)]
        kernel.branch(version)
    except Malformed as cause:
        return Bearing(cve=cve, affected=Unknown(cause.wrong), because=cause.wrong)
    affected = _decided(cve, covering)
    fixed = _fixed(cve, version)
    if not affected and _carried_back(cve, version):
        # 6.1.20 is below the mainline release 6.5 that brought the fault, but 6.1.78 mended it: it was backported, too.
        why = f"the fault reached the {kernel.branch(version)} branch at a version not told, and was mended in {fixed}"
        return Bearing(cve=cve, affected=Unknown(why), because=why, fixed=fixed)
    return Bearing(cve=cve, affected=Known(affected), because=_because(cve, version, affected, fixed), fixed=fixed)


def _decided(cve: KernelCve, covering: list[KernelSpan]) -> bool:
    # Where entries contradict each other, a named fix of a branch says more than a range that forgot it.
    if any(not item.affected for item in covering):
        return False
    return bool(covering) or cve.default_affected


def _carried_back(cve: KernelCve, version: str) -> bool:
    """Whether a version comes before its own branch's fix, and only "before mainline had it" calls it unaffected."""
    own = cve.stable.get(kernel.branch(version), "")
    here = kernel.key(version)
    clean = [item for item in cve.spans if not item.affected and _covers(item, version, here)]
    # Records of the later form (unaffected by default) tell a range of affected versions for each branch.
    return cve.default_affected and bool(own) and _is_before(version, own) and all(item.before for item in clean)


def _covers(span: KernelSpan, version: str, here: _Key) -> bool:
    if here < kernel.key(span.first):
        return False
    if span.through:
        return span.through == "*" or _in_branch(version, span.through)
    if span.before:
        return here < kernel.key(span.before)
    return here == kernel.key(span.first)


def _in_branch(version: str, through: str) -> bool:
    """Whether a version is of the branch of `6.1.*`; a plain bound is compared in full."""
    if not through.endswith(".*"):
        return not kernel.key(through) < kernel.key(version)
    numbers = re.match(r"v?([0-9.]+)", version)
    return numbers is not None and f"{numbers[1]}.".startswith(through[:-1])


def _fixed(cve: KernelCve, version: str) -> str:
    """The fix nearest to a version: of its own branch, of an affected range it lies in, or mainline's."""
    own = cve.stable.get(kernel.branch(version), "")
    if own:
        return own
    here = kernel.key(version)
    ends = [item.before for item in cve.spans if item.affected and item.before and _covers(item, version, here)]
    return ends[0] if ends else cve.mainline_fix


def _because(cve: KernelCve, version: str, affected: bool, fixed: str) -> str:
    since = introduced(cve)
    came = f" from {since} on" if since else ""
    if affected:
        mend = f"; {fixed} has the fix" if fixed else "; no fixed version is published"
        return f"Linux {version} is among the versions affected{came}{mend}"
    if fixed and not _is_before(version, fixed):
        return f"Linux {version} has the fix, which came in {fixed}"
    return f"Linux {version} is not among the versions affected{came}"


def _is_before(version: str, other: str) -> bool:
    try:
        return kernel.key(version) < kernel.key(other)
    except Malformed:
        return True


def introduced(cve: KernelCve) -> str:
    """The first released version with the fault; empty where the record tells none (it is as old as git's history)."""
    starts = [item.first for item in cve.spans if item.affected and item.first not in ("", "0")]
    if not starts or any(item.introduced.startswith(_FIRST_COMMIT[:12]) for item in cve.commits):
        return ""
    try:
        return min(starts, key=kernel.key)
    except Malformed:
        return ""
