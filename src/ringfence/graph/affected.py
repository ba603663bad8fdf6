"""Is this instance of a component one that a CVE affects? From versions, stable branches and distributions' own fixes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ringfence.errors import Malformed
from ringfence.graph.orders import Comparable, Orders, VersionKey, at_least
from ringfence.model.component import Component
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.package import Package
from ringfence.model.stack_cve import AffectedRange, KernelOfDistribution, StackCve

BACKPORTING = frozenset(
    {
        *("debian", "ubuntu", "rhel", "red hat", "centos", "rocky", "rocky linux", "almalinux", "ol", "amzn", "sles"),
        *("opensuse-leap", "mariner", "azurelinux", "photon"),
        *("amazon linux", "oracle linux", "azure linux", "photon os", "suse", "opensuse", "openeuler"),
    }
)
"""Distributions that mend an old version and keep its number, by ID of os-release or by OSV's ecosystem."""

CHECKED = frozenset({"debian:12"})
"""Distributions whose fixes the knowledge base has: no `Backport` there means none was published when it was written."""

_RELEASE = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
_ABI_NAME = re.compile(r"\d+\.\d+\.0-\d+")
"""`6.1.0-28-amd64`, `5.15.0-91-generic`, `5.14.0-427.el9`: the number after the dash counts the distribution's builds."""

_LETTERS_THEN_DIGITS = re.compile(r"([A-Za-z])(\d)")


@dataclass(frozen=True, slots=True)
class Affected:
    """An answer: `value` is None where it cannot be told. `because` is one sentence.

    `control` is what stops an instance that has the fault (a module that is barred); then `value` is False.
    """

    value: bool | None
    because: str
    control: str = ""


def affected(cve: StackCve, component: Component, distribution: str, orders: Orders) -> Affected:
    """Whether `component` is affected by `cve`. `distribution` (`debian:12`) is the host's, where it is known."""
    own = _distribution_of(component.package, distribution)
    if elsewhere := _of_other_vendors(cve, own):
        return Affected(False, elsewhere)
    mended = _mended_by_distribution(cve, component.package, own, orders)
    if mended:
        return Affected(False, mended)
    if isinstance(component.version, Unknown):
        return Affected(None, f"the version of {component.name} is not known: {component.version.reason}")
    version = _upstream(component.package, component.version.value)
    try:
        answer = _kernel(cve, component, version, orders) if cve.component == "linux" else _semver(cve, version, orders)
    except Malformed as error:
        return Affected(None, f"{component.name} {version} cannot be compared: {error.wrong}")
    return _doubted(answer, component, own)


def newest_fix(component: Component, cves: Iterable[StackCve], orders: Orders) -> Maybe[str]:
    """The first version of a component that has every fix known here."""
    mine = [cve for cve in cves if cve.component == component.name]
    key = orders.kernel if component.name == "linux" else orders.semver
    versions = [item.fixed for cve in mine for item in cve.ranges if item.fixed]
    versions += [version for cve in mine for version in cve.stable.values()]
    if not versions:
        return Unknown(f"no fixed version of {component.name} is known here")
    best = versions[0]
    for version in versions[1:]:
        if not at_least(key, best, version):
            best = version
    return Known(best)


def _doubted(answer: Affected, component: Component, distribution: str) -> Affected:
    """An upstream range says little of a package whose distribution mends without changing upstream's number."""
    family = distribution.partition(":")[0]
    if answer.value is not True or component.package is None or family not in BACKPORTING:
        return answer
    if distribution in CHECKED:
        return Affected(
            True, f"{answer.because}; no fix of {distribution} before or in {component.package.version} is known"
        )
    return Affected(
        None, f"{answer.because}, but {distribution} may have mended {component.package.version}: ask its advisories"
    )


def _of_other_vendors(cve: StackCve, distribution: str) -> str:
    """Why a fault that only some vendors' kernels have is not in this one; empty where it may be."""
    family = distribution.partition(":")[0]
    vendors = [
        {name for item in way.preconditions if isinstance(item, KernelOfDistribution) for name in item.names}
        for way in cve.ways
    ]
    if not family or not vendors or not all(vendors) or any(family in names for names in vendors):
        return ""
    return f"only kernels of {', '.join(sorted(set.union(*vendors)))} have the fault, and this one is on {distribution}"


def _distribution_of(package: Package | None, host: str) -> str:
    return package.ecosystem.lower() if package and package.ecosystem else host


def _mended_by_distribution(cve: StackCve, package: Package | None, distribution: str, orders: Orders) -> str:
    if package is None:
        return ""
    key = orders.distribution(distribution)
    for backport in cve.backports:
        if key is None or backport.distribution != distribution or backport.package != package.advisory_name:
            continue
        try:
            if at_least(key, package.advisory_version, backport.fixed):
                return f"{package.advisory_name} {package.advisory_version} has {distribution}'s fix of {backport.fixed}"
        except Malformed:
            continue
    return ""


def _upstream(package: Package | None, version: str) -> str:
    """Upstream's version: of a Debian kernel the package knows the patch level that uname hides."""
    if package is not None and package.advisory_name.startswith("linux") and _ABI_NAME.match(version):
        candidate = package.advisory_version.partition(":")[2] or package.advisory_version
        return candidate.rpartition("-")[0] or candidate
    return version


def _kernel(cve: StackCve, component: Component, version: str, orders: Orders) -> Affected:
    found = _RELEASE.match(version)
    if found is None:
        raise Malformed("kernel release", f"{version!r} does not start with two numbers")
    if _hidden_patch_level(component.package, version):
        return _by_branch_alone(cve, f"{found[1]}.{found[2]}", version, orders)
    # A vendor's suffix (`-fc-v669`, `+deb13`) says nothing of upstream's order; a release candidate's does.
    candidate = re.search(r"-rc\d+", version)
    plain = found[0] + (candidate[0] if candidate else "")
    branch = f"{found[1]}.{found[2]}"
    hit = _range_of(cve, plain, orders.kernel)
    mended = cve.stable.get(branch, "")
    if mended and at_least(orders.kernel, plain, mended):
        return Affected(False, f"Linux {version} has the fix, which came to the {branch} branch in {mended}")
    if hit is None:
        if mended and not any(item.introduced.startswith(f"{branch}.") for item in cve.ranges):
            return Affected(None, f"the fault reached the {branch} branch at a version not known and was mended in {mended}")
        return _outside(cve, f"Linux {version}", plain, orders.kernel)
    if not mended and cve.versions_note and (found[3] or "0") != "0":
        return Affected(None, f"Linux {version} is {_said(hit)}, but {cve.versions_note}")
    suffix = f" and the {branch} branch has the fix from {mended} on" if mended else ""
    return Affected(True, f"Linux {version} is {_said(hit)}{suffix}")


def _hidden_patch_level(package: Package | None, version: str) -> bool:
    return package is None and _ABI_NAME.match(version) is not None


def _by_branch_alone(cve: StackCve, branch: str, version: str, orders: Orders) -> Affected:
    """A build number in place of the patch level: only a branch wholly outside the ranges is certain."""
    newest = f"{branch}.{_NEWEST_PATCH_LEVEL}"
    if _range_of(cve, branch, orders.kernel) is None and _range_of(cve, newest, orders.kernel) is None:
        return _outside(cve, f"Linux {version}", branch, orders.kernel)
    return Affected(None, f"{version} names a distribution's build, not the patch level of {branch} that it has")


_NEWEST_PATCH_LEVEL = 9999
"""Later than any patch level: 4.9, the longest branch so far, ended at 337."""


def _semver(cve: StackCve, version: str, orders: Orders) -> Affected:
    def order(text: str) -> Comparable:
        return orders.semver(_dotted(text))

    hit = _range_of(cve, version, order)
    if hit is None:
        return _outside(cve, f"{cve.component} {version}", version, order)
    if cve.versions_note and not hit.fixed:
        return Affected(None, f"{cve.component} {version} is {_said(hit)}, but {cve.versions_note}")
    return Affected(True, f"{cve.component} {version} is {_said(hit)}")


def _dotted(version: str) -> str:
    """`1.0.0-rc10` as `1.0.0-rc.10`: runc numbered its candidates without a dot, and SemVer would put rc10 before rc9."""
    core, dash, rest = version.removeprefix("v").replace("~", "-", 1).partition("-")
    return core + dash + _LETTERS_THEN_DIGITS.sub(r"\1.\2", rest) if rest.startswith("rc") else core + dash + rest


def _range_of(cve: StackCve, version: str, key: VersionKey) -> AffectedRange | None:
    for item in cve.ranges:
        after = not item.introduced or at_least(key, version, item.introduced)
        if after and not (item.fixed and at_least(key, version, item.fixed)):
            return item
    return None


def _outside(cve: StackCve, what: str, version: str, key: VersionKey) -> Affected:
    """No range has it. Where the ranges are incomplete that is sure only past the newest fix, which all later ones have."""
    past = bool(cve.ranges) and all(item.fixed and at_least(key, version, item.fixed) for item in cve.ranges)
    if cve.versions_note and not past:
        return Affected(None, f"{what} is in no affected range, but {cve.versions_note}")
    return Affected(False, f"{what} is in no affected range ({'; '.join(_said(item) for item in cve.ranges)})")


def _said(item: AffectedRange) -> str:
    since = f"from {item.introduced}" if item.introduced else "from the beginning"
    return f"{since} to before {item.fixed}" if item.fixed else f"{since} on"
