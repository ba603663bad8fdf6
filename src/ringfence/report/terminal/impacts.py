"""The answer to one CVE: which components are affected, which workloads reach it, what stops the others, what falls."""

from collections.abc import Iterable
from typing import NamedTuple

from ringfence.model.default_container import VersionSpan, joined
from ringfence.model.finding import Severity, VerdictStatus
from ringfence.model.report import BlastRadius, ConditionResult, Impact, WayResult, WorkloadVerdict
from ringfence.report.style import Style
from ringfence.report.terminal.canvas import BLANK, Line, Span, fitted, heading, marks, padded, paragraph
from ringfence.report.terminal.words import columns, count, cut, listed, shorten, wrap

FEW = 8
"""Workloads up to which every precondition is shown without `--details`."""
FEW_RESTS = 4
"""Controls and missing facts named without `--details`."""
GAINS = {
    "node": "code on the host",
    "host-file-read": "the host's files, read",
    "host-file-write": "the host's files, written",
    "host-file-create": "files and folders made on the host, empty",
    "confinement": "a control of the container off",
    "secret-read": "secrets of others, read",
    "integrity": "what is built is another's",
    "denial": "the node stopped or starved",
}
"""What `StackCve.gain` means, for people."""
CONFIDENCES = {
    "high": "a source states what an attacker needs",
    "medium": "what an attacker needs follows from the code that the sources name",
    "low": "what an attacker needs is known in part",
}
"""What `StackCve.confidence` means, for people."""
_ORDER = list(VerdictStatus)
_INDENT = 14


class _Group(NamedTuple):
    """Workloads with equal verdicts for equal reasons."""

    first: WorkloadVerdict
    others: tuple[WorkloadVerdict, ...]


def sections(report_impacts: tuple[Impact, ...], style: Style) -> list[Line]:
    """A section for each CVE asked about."""
    return [line for impact in report_impacts for line in _section(impact, style)]


def _section(impact: Impact, style: Style) -> list[Line]:
    gain = GAINS.get(impact.gain, impact.gain)
    known = impact.severity in set(Severity)
    lines = heading(impact.cve, style, (Span(impact.severity, Severity(impact.severity) if known else "strong"),))
    lines += paragraph(f"{impact.title}. Gain: {gain}." if gain else f"{impact.title}.", style, 0, look="strong")
    lines += _confidence(impact, style)
    lines += _components(impact, style)
    groups = _grouped(impact.workloads)
    each = style.details or len(impact.workloads) <= FEW
    if not groups:
        lines += [BLANK, (Span("No workload was seen.", "quiet"),)]
    width = max((columns(str(group.first.workload)) for group in groups), default=0)
    for group in groups:
        lines += [BLANK] if each or group is groups[0] else []
        lines += _verdict(group, min(width, style.columns // (2 if each else 3)), each, style)
    lines += [BLANK, *paragraph(_radius(impact.radius), style, _INDENT, "in all")]
    lines += _supposed(impact, style)
    lines += _shared(impact, style)
    lines += _conditional(impact, style)
    for index, said in enumerate(_by_default(impact)):
        lines += paragraph(said, style, _INDENT, "" if index else "defaults")
    lines += _decisions(impact, style)
    lines += paragraph(impact.remedy, style, _INDENT, "remedy", "good")
    if style.details:
        lines += [
            (*padded("" if index else "  see", _INDENT, "quiet"), Span(source, "link"))
            for index, source in enumerate(impact.sources)
        ]
    return lines


def _confidence(impact: Impact, style: Style) -> list[Line]:
    """How sure the preconditions are, and what is known to be missing of the versions."""
    words = CONFIDENCES.get(impact.confidence, "")
    told = [words] if words else []
    told += [f"of the versions: {impact.doubt}"] if impact.doubt else []
    return paragraph(f"Confidence {impact.confidence}: {'; '.join(told)}.", style, 0, look="quiet") if told else []


def _by_default(impact: Impact) -> list[str]:
    """Which engines' defaults stop it and which do not, each in one sentence."""
    named: dict[bool | None, dict[str, list[VersionSpan]]] = {}
    for item in impact.by_default:
        named.setdefault(item.stops, {}).setdefault(item.engine, []).extend(item.spans)
    words = {True: "Stopped by the defaults of", False: "Let through by those of", None: "Undecided for those of"}
    return [
        f"{said} {', '.join(_versions(engine, spans) for engine, spans in named[stops].items())}."
        for stops, said in words.items()
        if stops in named
    ]


def _versions(engine: str, spans: list[VersionSpan]) -> str:
    every = joined(spans)
    return engine if every == (VersionSpan(),) else f"{engine} ({'; '.join(map(str, every))})"


def _components(impact: Impact, style: Style) -> list[Line]:
    """Each component with a word and the reason, the affected ones first."""
    lines: list[Line] = [BLANK] if impact.components else []
    words = {True: ("affected", "bad"), False: ("not affected", "good"), None: ("not told", VerdictStatus.UNDECIDED)}
    order = [True, None, False]
    for item in sorted(impact.components, key=lambda component: order.index(component.affected)):
        word, look = words[item.affected]
        name = f"{item.component} on {item.node}" if item.node else item.component
        said = (Span("  "), *padded(word, 12, look), Span("  "), Span(name))
        lines += _with_reason(said, item.because, 16, style)
    return lines


def _with_reason(said: Line, because: str, indent: int, style: Style) -> list[Line]:
    """The reason behind what was said if there is room, else wrapped below it."""
    room = style.columns - sum(columns(span.text) for span in said) - 2
    if columns(because) <= room:
        return [(*said, Span(f"  {because}", "quiet"))]
    cut_to = fitted(said, style.columns, marks(style).more)
    return [cut_to, *((Span(" " * indent), Span(line, "quiet")) for line in wrap(because, style.columns - indent))]


def _grouped(verdicts: Iterable[WorkloadVerdict]) -> list[_Group]:
    """Equal verdicts together, the worst first; what runs before what is only written down."""
    groups: dict[object, list[WorkloadVerdict]] = {}
    ordered = sorted(
        verdicts,
        key=lambda item: (_ORDER.index(item.verdict.status), not item.running, item.node, str(item.workload)),
    )
    for item in ordered:
        key = (item.verdict, item.ways, item.component, item.running, item.assumed_host)
        groups.setdefault(key, []).append(item)
    return [_Group(group[0], tuple(group[1:])) for group in groups.values()]


def _verdict(group: _Group, width: int, each: bool, style: Style) -> list[Line]:
    first = group.first
    sign = marks(style)
    status = first.verdict.status
    place = f"on {first.node}" if first.node else ""
    place = f"{place}, as if it ran there" if first.assumed_host else place
    start = (
        Span(sign.bar, status),
        Span(" "),
        *padded(status, 10, status),
        Span("  "),
        *padded(shorten(str(first.workload), width, sign.more), width, "strong"),
    )
    taken = 14 + width
    reason = _reason(first)
    if each:
        lines: list[Line] = [(*start, Span(f"  {cut(place, style.columns - taken - 2, sign.more)}", "quiet"))]
        lines += paragraph(reason, style, 14)
        lines += [line for way in first.ways for line in _way(way, style)]
    else:
        lines = [(*start, Span("  "), Span(cut(reason, style.columns - taken - 2, sign.more)))]
    return lines + _others(group, style)


def _reason(item: WorkloadVerdict) -> str:
    """The control that stops it, the missing fact, or the way in: what one looks for first."""
    conditions = [condition for way in item.ways for condition in way.conditions]
    because = "; ".join(item.verdict.because)
    match item.verdict.status:
        case VerdictStatus.MITIGATED:
            stopped = (c.control for c in conditions if c.met is False and c.control)
            controls = dict.fromkeys(name for control in stopped for name in control.split(", "))
            return f"stopped by {', '.join(controls)}" if controls else because
        case VerdictStatus.UNDECIDED:
            missing = dict.fromkeys(c.because for c in conditions if c.met is None)
            return f"missing: {'; '.join(missing)}" if missing else because
        case VerdictStatus.REACHABLE | VerdictStatus.ABSENT:
            return because


def _way(way: WayResult, style: Style) -> list[Line]:
    """A way in, precondition by precondition, in two wrapped columns."""
    lines: list[Line] = [(Span(" " * 4), *padded("way", 10, "quiet"), Span(way.name))] if way.name else []
    if columns(way.name) > style.columns - 14:
        lines = paragraph(way.name, style, 14, "way")
    widest = max((columns(condition.condition) for condition in way.conditions), default=0)
    left = min(widest, (style.columns - 16) * 2 // 5)
    for condition in way.conditions:
        lines += _condition(condition, left, style)
    return lines


def _condition(condition: ConditionResult, left: int, style: Style) -> list[Line]:
    words = {
        True: ("met", Severity.HIGH),
        False: ("not met", VerdictStatus.MITIGATED),
        None: ("unknown", VerdictStatus.UNDECIDED),
    }
    word, look = words[condition.met]
    because = condition.because
    if condition.control and condition.control not in because:
        because = f"{because} ({condition.control})" if because else condition.control
    names = wrap(condition.condition, left) if left else []
    reasons = wrap(because, style.columns - 16 - left)
    lines: list[Line] = []
    for index in range(max(len(names), len(reasons), 1)):
        name = names[index] if index < len(names) else ""
        reason = reasons[index] if index < len(reasons) else ""
        start = (Span(" " * 4), *padded(word if index == 0 else "", 10, look))
        lines.append((*start, *padded(name, left), Span("  "), Span(reason, "quiet")))
    return lines


def _others(group: _Group, style: Style) -> list[Line]:
    """The workloads that share the verdict; a host is named only where it is another than the first one's."""
    others = group.others
    if not others:
        return []
    lead = f"{count(len(others), 'more', 'more')}: same verdict for the same reasons"
    names = [
        f"{other.workload} on {other.node}" if other.node != group.first.node else str(other.workload) for other in others
    ]
    if style.details:
        return paragraph(f"{lead}: {', '.join(names)}", style, 14, look="quiet")
    room = style.columns - 14
    line = f"{lead}: "
    if columns(line) + 12 > room:
        return [(Span(" " * 14), Span(cut(lead, room, marks(style).more), "quiet"))]
    return [(Span(" " * 14), Span(line + listed(names, room - columns(line), marks(style).more), "quiet"))]


def _radius(radius: BlastRadius) -> str:
    """The blast radius in one sentence."""
    told = [
        f"{radius.reachable:,} of {count(radius.workloads_seen, 'workload')} reachable",
        f"{radius.mitigated:,} mitigated",
        f"{radius.absent:,} absent",
        f"{radius.undecided:,} undecided",
    ]
    lost = [
        count(number, noun)
        for number, noun in (
            (radius.nodes_lost, "node"),
            (radius.workloads_lost, "workload"),
            (radius.namespaces_lost, "namespace"),
            (radius.secrets_lost, "secret"),
        )
        if number
    ]
    falls = f"; if used there, {_and(lost)} would fall" if lost else ""
    shared = f"; {count(radius.engines_sharing, 'engine')} would start it" if radius.engines_sharing > 1 else ""
    return f"{', '.join(told)}{falls}{shared}."


def _supposed(impact: Impact, style: Style) -> list[Line]:
    """What was supposed, and the radius without it."""
    if impact.before is None:
        return []
    lines = [
        line
        for index, change in enumerate(impact.supposed)
        for line in paragraph(change, style, _INDENT, "" if index else "what if")
    ]
    return [*lines, *paragraph(_radius(impact.before), style, _INDENT, "without")]


def _shared(impact: Impact, style: Style) -> list[Line]:
    """What each engine that calls the component starts with it."""
    lines: list[Line] = []
    for index, item in enumerate(impact.shared):
        numbers = f"{count(item.nodes, 'node')} for {count(item.workloads, 'workload')}, {item.reachable:,} reachable"
        lines += paragraph(f"{item.engine} calls it on {numbers}", style, _INDENT, "" if index else "under")
    return lines


def _conditional(impact: Impact, style: Style) -> list[Line]:
    """What the verdicts rest on, what would change them, and which facts would settle those that are missing."""
    lines: list[Line] = []
    shown = impact.rests_on if style.details else impact.rests_on[:FEW_RESTS]
    for index, rest in enumerate(shown):
        digest = f" ({rest.digest})" if rest.digest else ""
        without = f"; without it {rest.without.value}" if rest.without is not rest.verdict else "; others stop it too"
        text = f"{rest.control}{digest}: {rest.verdict.value} for {count(rest.workloads, 'workload')}{without}"
        lines += paragraph(text, style, _INDENT, "" if index else "rests on")
    for index, flip in enumerate(impact.would_flip if style.details or not impact.rests_on else ()):
        lines += paragraph(flip, style, _INDENT, "" if index else "flips if")
    for index, fact in enumerate(impact.missing if style.details else impact.missing[:FEW_RESTS]):
        alone = f", {fact.alone:,} of them by itself" if fact.alone else ""
        text = f"{fact.fact} ({count(fact.workloads, 'workload')} undecided for it{alone})"
        lines += paragraph(text, style, _INDENT, "" if index else "to settle")
    return lines


def _decisions(impact: Impact, style: Style) -> list[Line]:
    """What the tables say, and with details every input; an input that is not known makes it a range."""
    lines: list[Line] = []
    for index, decision in enumerate(impact.decisions):
        outcomes = decision.outcomes
        said = outcomes[0] if len(outcomes) == 1 else f"{outcomes[0]} to {outcomes[-1]}" if outcomes else "no row fits"
        open_ = [item.name for item in decision.inputs if len(item.values) > 1]
        why = f", for want of {', '.join(open_)}" if open_ and len(outcomes) > 1 else ""
        lines += paragraph(f"{decision.title}: {said}{why}", style, _INDENT, "" if index else "decide")
        for item in decision.inputs if style.details else ():
            lines += paragraph(f"{item.name}: {' or '.join(item.values)} ({item.because})", style, _INDENT + 2, look="quiet")
    return lines


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
