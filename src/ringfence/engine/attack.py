"""Attack paths of everything gathered: what is known of techniques, holes that advisories tell of, and the report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ringfence import __version__
from ringfence.engine import impacts, vulnerabilities
from ringfence.engine.rating import rated
from ringfence.engine.storeys import Gathered
from ringfence.engine.supposing import defaults
from ringfence.errors import WrongUsage
from ringfence.graph.assemble import Graph
from ringfence.graph.attack.answer import SHOWN, By, Patch, answer, paths
from ringfence.graph.attack.arsenal import Arsenal
from ringfence.graph.attack.derive import derive
from ringfence.graph.attack.entrances import Entrance, Hole, entrances
from ringfence.graph.attack.goals import Goal, goals
from ringfence.graph.attack.network import Network, network
from ringfence.graph.attack.steps import AttackGraph
from ringfence.graph.efforts import effort_of
from ringfence.graph.impact import components
from ringfence.graph.judge import Judge
from ringfence.knowledge import escapes, powers, stack_cves
from ringfence.model.attack import AttackAnswer, AttackPath
from ringfence.model.change import EVERYWHERE, Change, ChangeKind
from ringfence.model.finding import Finding, FindingKind, Problem, Severity, Storey
from ringfence.model.node import NodeKind
from ringfence.model.report import SCHEMA, Report, RunStatus, Status, Target

CVSS = {Severity.CRITICAL: 9.5, Severity.HIGH: 8.0, Severity.MEDIUM: 5.5, Severity.LOW: 2.5}
"""The middle of each severity's range (FIRST, CVSS v3.1 section 5), where no score is told."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about paths: kinds or names of starts and goals, the order, and hours by kind of change."""

    begin: tuple[str, ...] = (Entrance.EXPOSED, Entrance.CONTAINERS)
    end: tuple[str, ...] = (Goal.NODE_ROOT, Goal.CLUSTER_ADMIN)
    by: By = By.SHORTEST
    hours: Mapping[str, float] = field(default_factory=dict)


def arsenal() -> Arsenal:
    """Everything known of techniques."""
    return Arsenal(
        cves=stack_cves.stack_cves(),
        escapes=escapes.escapes(),
        powers=powers.powers(),
        orders=impacts.orders(),
        defaults=defaults(),
    )


@dataclass(frozen=True, slots=True)
class Attacks:
    """The attack graph of a stack, the part of it that leads to a goal, and the goals asked about."""

    whole: AttackGraph
    net: Network
    ends: tuple[str, ...]


def attacks(graph: Graph, findings: Iterable[Finding], asked: Asked) -> Attacks:
    """Everything that leads from the starts to the goals that are asked about."""
    whole = derive(graph, arsenal(), asked.begin, holes(graph, findings))
    ends = goals(graph, asked.end)
    return Attacks(whole, network(whole, ends), ends)


def told(
    graph: Graph, findings: tuple[Finding, ...], asked: Asked, most: int = SHOWN
) -> tuple[tuple[AttackPath, ...], AttackAnswer]:
    """The paths worth showing, and the answer about all of them."""
    found = attacks(graph, findings, asked)
    answered = answer(found.whole, found.net, len(found.ends), effort_of(asked.hours), patches(graph, findings))
    return paths(found.whole, found.net, asked.by, most), answered


def assess(
    gathered: tuple[Gathered, ...], problems: tuple[Problem, ...], target: Target, settings: tuple[str, str], asked: Asked
) -> Report:
    """The report on attack paths. `settings` are the time (RFC 3339) and the advisory store (empty: the default one).

    Raises `WrongUsage` for a start or goal that names nothing here.
    """
    return assess_of(impacts.graph_of(gathered), gathered, problems, target, settings, asked)


def assess_of(
    graph: Graph,
    gathered: tuple[Gathered, ...],
    problems: tuple[Problem, ...],
    target: Target,
    settings: tuple[str, str],
    asked: Asked,
) -> Report:
    """The report on attack paths in a graph that is there already; `gathered` need only have the images' packages.

    Raises `WrongUsage` for a start or goal that names nothing here.
    """
    at, db = settings
    _refuse_nothing(graph, asked)
    matched = vulnerabilities.assess(gathered, db)
    shown, answered = told(graph, rated(matched.findings, db), asked)
    unknown = problems + matched.problems
    return Report(
        schema=SCHEMA,
        made_by=f"ringfence {__version__}",
        made_at=at,
        target=target,
        status=Status(result=RunStatus.PARTIAL if unknown else RunStatus.SUCCEEDED, problems=unknown),
        paths=shown,
        attack=answered,
    )


def _refuse_nothing(graph: Graph, asked: Asked) -> None:
    """A name that fits nothing is a mistake, not a stack without paths; a kind that there is none of is an answer."""
    kinds = {kind.value for kind in Entrance} | {kind.value for kind in Goal}
    wrong = [name for name in asked.begin if name not in kinds and not any(entrances(graph, (name,)))]
    wrong += [name for name in asked.end if name not in kinds and not goals(graph, (name,))]
    if wrong:
        mend = "name one as the report does, or give a kind of it"
        raise WrongUsage(f"there is no {', '.join(wrong)} here", mend=mend)


def holes(graph: Graph, findings: Iterable[Finding]) -> tuple[Hole, ...]:
    """The vulnerable packages of images, by the image's node id."""
    images = {node.label: node.id for node in graph.kind(NodeKind.IMAGE)}
    return tuple(
        Hole(
            image=images[finding.target],
            cve=finding.rule,
            package=finding.package.name,
            epss=finding.epss,
            exploited=bool(finding.kev),
            fixed=finding.package.fixed_version,
        )
        for finding in findings
        if finding.package is not None and finding.layer is Storey.IMAGE and finding.target in images
    )


def patches(graph: Graph, findings: Iterable[Finding]) -> tuple[Patch, ...]:
    """Every update that a score speaks for: packages of images, and components of hosts with a hole that fits them."""
    images = {node.label: node.id for node in graph.kind(NodeKind.IMAGE)}
    best: dict[Change, tuple[float, float]] = {}
    for finding in findings:
        if finding.kind is FindingKind.VULNERABILITY and finding.package is not None and finding.target in images:
            change = Change(kind=ChangeKind.UPGRADE_PACKAGE, target=images[finding.target], detail=finding.package.name)
            cvss, epss = best.get(change, (0.0, 0.0))
            best[change] = (max(cvss, CVSS.get(finding.severity, 5.0)), max(epss, finding.epss or 0.0))
    known = impacts.orders()
    for cve in stack_cves.stack_cves():
        for component in components(Judge(graph, cve, known)):
            if component.affected is not False:
                change = Change(kind=ChangeKind.UPDATE, target=EVERYWHERE, detail=component.component)
                cvss, epss = best.get(change, (0.0, 0.0))
                best[change] = (max(cvss, CVSS.get(cve.severity, 5.0)), epss)
    return tuple(Patch(change, *scores) for change, scores in best.items())
