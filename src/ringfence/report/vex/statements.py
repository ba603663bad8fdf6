"""VEX statements out of a report: the status of a vulnerability in a product, and why.

Statuses and justifications are those of CISA, "Minimum Requirements for Vulnerability Exploitability eXchange (VEX)" (2023)
and "VEX Status Justifications" (2022).
"""

from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256

import msgspec

from ringfence.formats import purl
from ringfence.model.fact import Fact
from ringfence.model.finding import Finding, FindingKind, VerdictStatus
from ringfence.model.report import Impact, Report, WorkloadVerdict
from ringfence.report.json import written


class VexStatus(StrEnum):
    """What a vulnerability is to a product."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not_affected"
    UNDER_INVESTIGATION = "under_investigation"


class Justification(StrEnum):
    """Why a product is not affected: of the five that there are, the three that can be shown here."""

    COMPONENT_NOT_PRESENT = "component_not_present"
    CODE_NOT_PRESENT = "vulnerable_code_not_present"
    MITIGATED = "inline_mitigations_already_exist"


class Product(Fact):
    """A deployment, or an image: `id` is an IRI, `name` for people, `component` the purl of what is vulnerable in it."""

    id: str
    name: str
    component: str = ""


class Statement(Fact):
    """A status for some products. `notes` say what it rests on; `action` what to do, where the status is affected."""

    vulnerability: str
    status: VexStatus
    products: tuple[Product, ...]
    justification: Justification | None = None
    notes: str = ""
    action: str = ""
    aliases: tuple[str, ...] = ()


def statements(report: Report) -> tuple[Statement, ...]:
    """Every statement that the report supports, products of equal status and reasons together."""
    worst: dict[tuple[str, Product], Statement] = {}
    for statement, product in (*_of_impacts(report), *_of_findings(report)):
        key = (statement.vulnerability, product)
        # A product has one status for a vulnerability: the worst that was seen of it.
        if key not in worst or _WORST_FIRST.index(statement.status) < _WORST_FIRST.index(worst[key].status):
            worst[key] = statement
    groups: dict[Statement, dict[Product, None]] = {}
    for (_, product), statement in worst.items():
        groups.setdefault(statement, {})[product] = None
    return tuple(msgspec.structs.replace(statement, products=tuple(products)) for statement, products in groups.items())


_WORST_FIRST = (VexStatus.AFFECTED, VexStatus.UNDER_INVESTIGATION, VexStatus.NOT_AFFECTED)


def digest(found: tuple[Statement, ...]) -> str:
    """A digest of what is said: another control, another document."""
    return sha256(written(found).encode()).hexdigest()


def _of_impacts(report: Report) -> Iterator[tuple[Statement, Product]]:
    for impact in report.impacts:
        digests = {rest.control: rest.digest for rest in impact.rests_on if rest.digest}
        for item in impact.workloads:
            if item.workload.name:
                yield _statement(impact, item, digests), _deployment(item)


def _statement(impact: Impact, item: WorkloadVerdict, digests: dict[str, str]) -> Statement:
    match item.verdict.status:
        case VerdictStatus.REACHABLE:
            notes = "; ".join(item.verdict.because)
            return Statement(
                vulnerability=impact.cve, status=VexStatus.AFFECTED, products=(), notes=notes, action=impact.remedy
            )
        case VerdictStatus.UNDECIDED:
            notes = f"Not known: {'; '.join(item.verdict.because)}"
            return Statement(vulnerability=impact.cve, status=VexStatus.UNDER_INVESTIGATION, products=(), notes=notes)
        case VerdictStatus.MITIGATED:
            return Statement(
                vulnerability=impact.cve,
                status=VexStatus.NOT_AFFECTED,
                justification=Justification.MITIGATED,
                products=(),
                notes=_holds_while(item, digests),
            )
        case VerdictStatus.ABSENT:
            # Without any way evaluated the component itself is not there; else its version has not got the fault.
            there = bool(item.ways)
            return Statement(
                vulnerability=impact.cve,
                status=VexStatus.NOT_AFFECTED,
                justification=Justification.CODE_NOT_PRESENT if there else Justification.COMPONENT_NOT_PRESENT,
                products=(),
                notes="; ".join(item.verdict.because),
            )


def _holds_while(item: WorkloadVerdict, digests: dict[str, str]) -> str:
    """The controls that stop it, with the digests of profiles: the statement holds while they are as they were."""
    stopped = (part for way in item.ways for part in way.conditions if part.met is False and part.control)
    controls = dict.fromkeys(control for part in stopped for control in part.control.split(", "))
    told = ", ".join(f"{name} ({digests[name]})" if name in digests else name for name in controls)
    why = "; ".join(item.verdict.because)
    return f"Holds while these are in force: {told}. {why}." if told else why


def _deployment(item: WorkloadVerdict) -> Product:
    name = f"{item.workload} on {item.node}" if item.node else str(item.workload)
    parts = [part for part in (item.workload.cluster, item.node, str(item.workload)) if part]
    component = item.component.split(" ")
    known = len(component) > 1 and component[1] != "of"
    return Product(
        id=f"urn:ringfence:deployment:{':'.join(_iri(part) for part in parts)}",
        name=name,
        component=purl.make("generic", component[0], component[1] if known else "unknown") if item.component else "",
    )


_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/@")


def _iri(text: str) -> str:
    """A part of a URN: every byte that RFC 8141 does not let stand is written as %XX."""
    return "".join(
        char if char in _PLAIN else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
        for char in text
    )


def _of_findings(report: Report) -> Iterator[tuple[Statement, Product]]:
    """Vulnerable packages: affected, as far as anybody has said otherwise. What an exception covers is not said again."""
    asked = {impact.cve for impact in report.impacts}
    for finding in report.findings:
        if finding.kind is not FindingKind.VULNERABILITY or finding.suppressed is not None or finding.rule in asked:
            continue
        if finding.package is not None:
            yield (
                _affected(finding),
                Product(
                    id=f"urn:ringfence:target:{_iri(finding.target)}", name=finding.target, component=finding.package.purl
                ),
            )


def _affected(finding: Finding) -> Statement:
    return Statement(
        vulnerability=finding.rule,
        status=VexStatus.AFFECTED,
        products=(),
        action=finding.remedy or "No fix is known yet.",
        aliases=finding.aliases,
    )
