"""SSVC and BOD 26-04 for one CVE in this stack. System exposure is taken from the graph; nobody has to guess it.

Sources: CERT/CC, "SSVC: Decision Points" (System Exposure 1.0.1, which mitigations and unreachability lower; Exploitation,
Automatable, Technical Impact, Human Impact); CISA, Binding Operational Directive 26-04.
"""

from collections.abc import Callable, Mapping
from itertools import product

from ringfence.graph.assemble import Graph
from ringfence.model.decision import Decision, DecisionInput, DecisionTable
from ringfence.model.finding import VerdictStatus
from ringfence.model.node import EdgeKind, NodeKind
from ringfence.model.rating import Rating
from ringfence.model.report import Impact
from ringfence.model.stack_cve import StackCve

INTERNET = "internet"
"""The place of an exposure that anybody reaches (`model.node.exposure_id`)."""
TOTAL = frozenset({"node", "host-file-write"})
"""Gains that are total technical impact: the attacker controls what the component runs on."""
_EXPLOITATION = {"none": "none", "poc": "public poc", "public poc": "public poc", "active": "active"}
NOT_RATED = "no feed that rates it was read; run 'ringfence db update'"


def decisions(
    graph: Graph,
    impact: Impact,
    cve: StackCve,
    rating: Rating | None,
    tables: tuple[DecisionTable, ...],
    told: Mapping[str, str],
) -> tuple[Decision, ...]:
    """What each table says of a CVE here, with every input. `told` are the inputs that only the user can tell, by name."""
    exposure = system_exposure(graph, impact)
    known = {
        "exploitation": _exploitation(cve, rating),
        "system exposure": exposure,
        "publicly exposed": _public(exposure),
        "automatable": _rated("automatable", rating.automatable if rating else "", ("no", "yes")),
        "technical impact": _technical(cve, rating),
        "in kev": _in_kev(rating),
        **{table.gives: _given(table, told) for table in tables if table.gives},
    }
    return tuple(_decision(table, [known[name] for name in table.inputs]) for table in tables if not table.gives)


def _given(table: DecisionTable, told: Mapping[str, str]) -> DecisionInput:
    """An input that another table gives: by what the user told of it itself, or of the inputs of that table."""
    if table.gives in told:
        return DecisionInput(name=table.gives, values=(told[table.gives],), because="as told by the user")
    choices = [(told[name],) if name in told else table.values(name) for name in table.inputs]
    by_values = {row[:-1]: row[-1] for row in table.rows}
    met = {by_values[values] for values in product(*choices)}
    said = [f"{name} {told[name]}" for name in table.inputs if name in told]
    missing = [name for name in table.inputs if name not in told]
    because = f"{', '.join(said)}, as told by the user" if said else "what depends on it is not told"
    because += f"; {' and '.join(missing)} is not told (--ssvc)" if said and missing else ""
    because += " (--ssvc)" if not said else ""
    return DecisionInput(name=table.gives, values=tuple(sorted(met, key=table.outcomes.index)), because=because)


def system_exposure(graph: Graph, impact: Impact) -> DecisionInput:
    """From where the CVE can be used: `open` if a workload that reaches it can be reached from the internet.

    A workload from which it cannot be used does not expose it, whoever reaches that.
    """
    using = {
        (str(item.workload), item.node)
        for item in impact.workloads
        if item.verdict.status in (VerdictStatus.REACHABLE, VerdictStatus.UNDECIDED)
    }
    if not using:
        said = "no workload was seen" if not impact.workloads else "no workload here can use it"
        return DecisionInput(name="system exposure", values=("small",), because=said)
    nearest, because, doubtful = "", "", ""
    for edge in (*graph.edges(EdgeKind.EXPOSES), *graph.edges(EdgeKind.MAY_EXPOSE)):
        node = graph.nodes.get(edge.target)
        if node is None or node.what is None or (str(node.what.identity), node.what.node) not in using:
            continue
        place = edge.source.rpartition("/")[2]
        if place == INTERNET and edge.kind is EdgeKind.MAY_EXPOSE:
            doubtful = f"{node.label}: {edge.because}"
        elif place == INTERNET:
            return DecisionInput(name="system exposure", values=("open",), because=f"{node.label}: {edge.because}")
        nearest, because = nearest or "controlled", because or f"{node.label}: {edge.because}"
    if doubtful:
        return DecisionInput(name="system exposure", values=("controlled", "open"), because=doubtful)
    if nearest:
        return DecisionInput(name="system exposure", values=(nearest,), because=because)
    told = any(graph.kind(NodeKind.EXPOSURE))
    if told:
        because = "nothing that was collected exposes a workload that can use it"
        return DecisionInput(name="system exposure", values=("small", "controlled"), because=because)
    because = "what exposes the workloads that can use it was not collected"
    return DecisionInput(name="system exposure", values=("small", "controlled", "open"), because=because)


def _public(exposure: DecisionInput) -> DecisionInput:
    answers = dict.fromkeys("yes" if value == "open" else "no" for value in exposure.values)
    return DecisionInput(name="publicly exposed", values=tuple(sorted(answers)), because=exposure.because)


def _exploitation(cve: StackCve, rating: Rating | None) -> DecisionInput:
    if (rating and rating.kev) or cve.exploited:
        said = f"in KEV since {rating.kev}" if rating and rating.kev else f"reported as used, {cve.exploited}"
        return DecisionInput(name="exploitation", values=("active",), because=said)
    told = _EXPLOITATION.get(rating.exploitation, "") if rating else ""
    return _rated("exploitation", told, ("none", "public poc", "active"))


def _technical(cve: StackCve, rating: Rating | None) -> DecisionInput:
    if rating and rating.technical_impact:
        return _rated("technical impact", rating.technical_impact, ())
    value = "total" if cve.gain in TOTAL else "partial"
    return DecisionInput(name="technical impact", values=(value,), because=f"what is gained is {cve.gain}")


def _in_kev(rating: Rating | None) -> DecisionInput:
    if rating is None:
        return DecisionInput(name="in kev", values=("no", "yes"), because=NOT_RATED)
    said = f"listed on {rating.kev}" if rating.kev else "not listed in what was read"
    return DecisionInput(name="in kev", values=("yes" if rating.kev else "no",), because=said)


def _rated(name: str, value: str, otherwise: tuple[str, ...]) -> DecisionInput:
    if value:
        return DecisionInput(name=name, values=(value,), because="CISA's assessment (Vulnrichment)")
    return DecisionInput(name=name, values=otherwise, because="nobody has assessed it in what was read")


def _decision(table: DecisionTable, inputs: list[DecisionInput]) -> Decision:
    """Every outcome that some choice of the values that are possible leads to."""
    by_values = {row[:-1]: row[-1] for row in table.rows}
    met = {by_values[values] for values in product(*(item.values for item in inputs)) if values in by_values}
    rank: Callable[[str], int] = table.outcomes.index
    return Decision(table=table.slug, title=table.title, outcomes=tuple(sorted(met, key=rank)), inputs=tuple(inputs))
