"""CVEs by the kernel's own numbering authority against each host's kernel: thousands of records, folded into a few findings.

A distribution's kernel is judged by its distribution's advisories where the store has them: it mends old versions without
changing upstream's number. Everything else goes by the record's version ranges, and by whether the code is there at all.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ringfence.advisories.kernel_cves import bearing
from ringfence.advisories.match import match
from ringfence.advisories.store import Store, default_path, open_store
from ringfence.engine.judging import identity
from ringfence.engine.vulnerabilities import Assessed, schemes
from ringfence.errors import Unavailable
from ringfence.graph.affected import BACKPORTING, Affected
from ringfence.graph.assemble import Graph
from ringfence.graph.judge import LIVE_PATCHED
from ringfence.graph.kernel_code import Code, Presence, code
from ringfence.graph.kernel_verdicts import kernel_verdict
from ringfence.knowledge import kernel_files
from ringfence.model.component import Component, KernelState
from ringfence.model.finding import Finding, FindingKind, Problem, Severity, Shown, Storey, Verdict, VerdictStatus
from ringfence.model.kernel_cve import KernelCve
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location
from ringfence.model.node import EdgeKind, NodeKind

FEED = "kernel-cna"
KERNEL = "linux"


@dataclass(frozen=True, slots=True)
class Host:
    """A kernel that is judged: its node ids in the graph, what it is, and which CVEs its distribution says it has."""

    key: str
    component: Component
    kernel: KernelState
    published: Maybe[frozenset[str]]


class Judged(NamedTuple):
    """One record against one kernel."""

    cve: KernelCve
    where: Code
    verdict: Verdict
    fixed: str
    affected: Maybe[bool]


class Fold(NamedTuple):
    """A class of verdicts that shares a finding."""

    rule: str
    severity: Severity
    said: str


FOLDS = {
    "running": Fold("kernel-cves-in-running-code", Severity.MEDIUM, "in code that is built in or loaded"),
    "loadable": Fold("kernel-cves-in-loadable-modules", Severity.LOW, "in modules that are not loaded but can be"),
    "undecided": Fold("kernel-cves-undecided", Severity.UNKNOWN, "that these facts cannot decide"),
    "barred": Fold("kernel-cves-in-barred-modules", Severity.LOW, "in modules that may not be loaded"),
}
"""One line each in a report. Nobody rates kernel CVEs one by one, so the place of the code is what sets them apart."""


def assess(graph: Graph, db: str, known: frozenset[str], *, told_of_store: bool = False) -> Assessed:
    """The findings on every kernel in the graph. `known` are CVEs judged by their preconditions elsewhere.

    With `told_of_store`, a store that is not there was reported already and is not again.
    """
    if not any(True for _ in _kernels(graph)):
        return Assessed((), ())
    path = db or default_path(os.environ)
    try:
        with open_store(path) as store:
            records = tuple(item for item in store.kernel_cves() if item.id not in known and not item.rejected)
            hosts = tuple(hosts_of(graph, store))
    except Unavailable as fault:
        return Assessed((), () if told_of_store else (_not_looked_up(fault.where or path),))
    if not records:
        return Assessed((), (_not_looked_up(path),))
    return Assessed(tuple(item for host in hosts for item in _findings(host, judge(host, records))), ())


def told(graph: Graph, record: KernelCve, db: str) -> Mapping[str, Affected]:
    """What a record is to each kernel of the graph, by node id. Raises `Unavailable` without a store."""
    with open_store(db or default_path(os.environ)) as store:
        hosts = tuple(hosts_of(graph, store))
    return {host.key: _affected(next(judge(host, (record,)))) for host in hosts}


def record_of(name: str, db: str) -> KernelCve | None:
    """The kernel's record of a CVE; None if there is none, or no store."""
    try:
        with open_store(db or default_path(os.environ)) as store:
            return store.kernel_cve(name)
    except Unavailable:
        return None


def hosts_of(graph: Graph, store: Store) -> Iterator[Host]:
    """Every kernel in the graph with what its distribution has published about it."""
    for key, component, kernel in _kernels(graph):
        yield Host(key, component, kernel, _published(component, store))


def judge(host: Host, records: Iterable[KernelCve]) -> Iterator[Judged]:
    """Every record against one kernel."""
    table = kernel_files.load()
    version = host.component.version
    for record in records:
        affected, because, fixed = _version(host, record)
        where = code(record.files, version.value if isinstance(version, Known) else "", host.kernel, table.rules)
        yield Judged(record, where, kernel_verdict(affected, because, where), fixed, affected)


def _kernels(graph: Graph) -> Iterator[tuple[str, Component, KernelState]]:
    for node in graph.kind(NodeKind.HOST):
        for key in graph.targets(node.id, EdgeKind.HAS):
            found = graph.nodes.get(key)
            own = found.component if found else None
            if node.kernel and own and own.name == KERNEL and not own.guest:
                yield key, own, node.kernel


def _published(component: Component, store: Store) -> Maybe[frozenset[str]]:
    """The CVEs that the distribution's advisories name for this very package."""
    package = component.package
    if package is None:
        return Unknown("no package of a distribution owns this kernel")
    found = match((package,), store, schemes())
    if found.not_assessed or found.unmatched:
        why = found.not_assessed[0].why if found.not_assessed else found.unmatched[0].why
        return Unknown(f"{package.ecosystem}: {why}")
    if package.ecosystem not in store.ecosystems():
        return Unknown(f"the store has no advisories of {package.ecosystem}")
    return Known(frozenset(name for hit in found.matches for name in (hit.advisory.id, *hit.advisory.aliases)))


def _version(host: Host, record: KernelCve) -> tuple[Maybe[bool], str, str]:
    """Whether the version is affected, why, and which one of its branch has the fix; a live patch leaves that open."""
    affected, because, fixed = _by_number(host, record)
    if affected != Known(True) or not host.kernel.livepatches:
        return affected, because, fixed
    why = f"{because}, but {LIVE_PATCHED.format(', '.join(host.kernel.livepatches))}"
    return Unknown(why), why, fixed


def _by_number(host: Host, record: KernelCve) -> tuple[Maybe[bool], str, str]:
    package = host.component.package
    match host.published, host.component.version:
        case Known(names), _ if package is not None:
            hit = record.id in names
            said = "name it" if hit else "do not name it"
            return Known(hit), f"{package.ecosystem}'s advisories {said} for {package.version}", ""
        case _, Unknown(reason) as unknown:
            return unknown, f"the version is not known: {reason}", ""
        case Unknown(reason), Known(version):
            found = bearing(record, version)
            mends = package is not None and package.ecosystem.partition(":")[0].lower() in BACKPORTING
            if found.affected == Known(True) and mends:
                why = f"{found.because}, but its distribution may have mended it ({reason})"
                return Unknown(why), why, found.fixed
            return found.affected, found.because, found.fixed
    raise AssertionError("a known set of advisories comes with its package")


def _affected(item: Judged) -> Affected:
    because = item.verdict.because[0]
    match item.verdict.status, item.affected:
        case VerdictStatus.ABSENT, _:
            return Affected(False, because)
        case VerdictStatus.MITIGATED, _:
            return Affected(False, because, control="a module that may not be loaded")
        case _, Known(True):
            return Affected(True, "; ".join(item.verdict.because))
        case _:
            return Affected(None, "; ".join(item.verdict.because))


def _class(item: Judged) -> str:
    match item.verdict.status:
        case VerdictStatus.ABSENT:
            return ""
        case VerdictStatus.MITIGATED:
            return "barred"
        case _ if item.affected != Known(True) or item.where.presence is Presence.UNDECIDED:
            return "undecided"
        case _:
            return "loadable" if item.where.presence is Presence.LOADABLE else "running"


def _findings(host: Host, judged: Iterable[Judged]) -> Iterator[Finding]:
    classes: dict[str, list[Judged]] = {}
    for item in judged:
        classes.setdefault(_class(item), []).append(item)
    absent = classes.pop("", [])
    unbuilt = sum(item.where.presence is Presence.ABSENT for item in absent if item.affected != Known(False))
    total = len(absent) + sum(map(len, classes.values()))
    ruled_out = (
        f"{total:,} records: {len(absent) - unbuilt:,} not in this version, {unbuilt:,} in code that is not in this kernel"
    )
    for name, fold in FOLDS.items():
        if name in classes:
            yield _finding(host, fold, classes[name], ruled_out)


def _finding(host: Host, fold: Fold, items: list[Judged], ruled_out: str) -> Finding:
    status = VerdictStatus.MITIGATED if fold.rule.endswith("barred-modules") else VerdictStatus.UNDECIDED
    said = f"{len(items):,} CVEs {fold.said}"
    return Finding(
        id=identity(fold.rule, host.component.node, host.component.name),
        rule=fold.rule,
        kind=FindingKind.VULNERABILITY,
        layer=Storey.KERNEL,
        severity=fold.severity,
        title=f"CVEs of this kernel {fold.said}",
        description=f"{said}, of {ruled_out}. What an attacker needs for each is not known.",
        remedy=_remedy(items),
        target=host.component.node,
        references=("https://docs.kernel.org/process/cve.html",),
        location=Location(field=host.component.label),
        verdict=Verdict(status=status, because=(said, f"of {ruled_out}")),
        evidence=Shown(seen=(said, f"of {ruled_out}", *_by_folder(items))),
    )


def _by_folder(items: list[Judged]) -> Iterator[str]:
    """`net/netfilter: 12 (CVE-...)`, the folder with most first."""
    folders: dict[str, list[str]] = {}
    for item in items:
        first = next((path for path in item.cve.files if path.endswith(".c")), item.cve.files[0] if item.cve.files else "")
        folders.setdefault("/".join(first.split("/")[:-1][:2]) or "no file named", []).append(item.cve.id)
    for folder, names in sorted(folders.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        yield f"{folder}: {len(names):,} ({', '.join(names)})"


def _remedy(items: list[Judged]) -> str:
    mended = sum(bool(item.fixed) for item in items)
    return f"Update the kernel and reboot: a published version has the fix of {mended:,} of {len(items):,}."


def _not_looked_up(path: str) -> Problem:
    why = "there are no kernel CVE records, so of this kernel only the CVEs with known preconditions were judged"
    return Problem(where=path, why=why, mend=f"run 'ringfence db update --feed {FEED}'")
