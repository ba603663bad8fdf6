"""What is drawn of a report: its attack paths, or what a CVE is to whom."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ringfence.model.attack import AttackPath
from ringfence.model.finding import VerdictStatus
from ringfence.model.report import Impact, Report
from ringfence.report.terminal.words import count, plain

MOST_BOXES = 28
"""Boxes in one drawing: what fits a screen and can still be read."""
JOINTS = frozenset({"in-scope", "be-in-group", "read-everything", "administer"})
"""Steps that are no act of an attacker: the boxes that they join are drawn as one arrow."""
MOST_NAMED = 3
"""Names of workloads in a box that stands for many."""


@dataclass(frozen=True, slots=True)
class Box:
    """`kind` is `start`, `goal`, `step`, `cve`, `component`, `more`, or a verdict."""

    label: str
    kind: str = "step"


@dataclass(frozen=True, slots=True)
class Arrow:
    """From the box of one number to that of another; `doubtful` where a fact is missing."""

    source: int
    target: int
    label: str = ""
    doubtful: bool = False


@dataclass(slots=True)
class Drawing:
    """Boxes by number, and arrows between them."""

    title: str
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)

    def box(self, label: str, kind: str = "step") -> int:
        """The number of a box: of the one that is there already, if it has this label."""
        shown = plain(label)
        for number, item in enumerate(self.boxes):
            if item.label == shown:
                if kind != "step" and item.kind == "step":
                    self.boxes[number] = Box(shown, kind)
                return number
        self.boxes.append(Box(shown, kind))
        return len(self.boxes) - 1

    def arrow(self, arrow: Arrow) -> None:
        """An arrow, unless it is there."""
        if arrow not in self.arrows:
            self.arrows.append(arrow)


def drawing(report: Report) -> Drawing:
    """The drawing of a report."""
    made = Drawing(plain(f"{report.made_by}: {report.target.kind} {report.target.ref}"))
    left = 0
    for path in report.paths:
        if len(made.boxes) + len(path.steps) > MOST_BOXES and made.boxes:
            left += 1 + path.alike
            continue
        _path(made, path)
    for impact in report.impacts:
        _impact(made, impact)
    if left:
        made.box(f"{count(left, 'path')} more", "more")
    return made


def _path(made: Drawing, path: AttackPath) -> None:
    here = made.box(path.steps[0].source if path.steps else path.start, "start")
    label, doubtful = "", False
    for number, step in enumerate(path.steps):
        last = number == len(path.steps) - 1
        label = label or ("" if step.technique in JOINTS else step.title)
        doubtful = doubtful or bool(step.missing)
        if step.technique in JOINTS and not last:
            continue
        there = made.box(step.target, "goal" if last else "step")
        made.arrow(Arrow(here, there, plain(label), doubtful))
        here, label, doubtful = there, "", False
    if path.alike:
        made.arrow(Arrow(here, made.box(f"{count(path.alike, 'path')} more like the one to {path.goal}", "more")))


def _impact(made: Drawing, impact: Impact) -> None:
    cve = made.box(f"{impact.cve}: {impact.title}", "cve")
    components: dict[tuple[str, bool | None], list[str]] = {}
    for item in impact.components:
        components.setdefault((item.component, item.affected), []).append(item.node)
    numbers = {}
    for (name, affected), nodes in list(components.items())[:MOST_BOXES]:
        where = nodes[0] if len(nodes) == 1 else count(len(nodes), "node")
        number = numbers[name] = made.box(f"{name} on {where}" if where else name, "component")
        made.arrow(Arrow(cve, number, _AFFECTED[affected], affected is None))
    for status, component, label in _verdicts(impact):
        if len(made.boxes) < MOST_BOXES:
            made.arrow(Arrow(numbers.get(component, cve), made.box(label, status.value), status.value))


_AFFECTED = {True: "affects", False: "does not affect", None: "may affect"}


def _verdicts(impact: Impact) -> Iterator[tuple[VerdictStatus, str, str]]:
    """Workloads of one verdict and reason together: the verdict, the component, and the words for the box."""
    groups: dict[tuple[VerdictStatus, str, str], list[str]] = {}
    for item in impact.workloads:
        controls = dict.fromkeys(
            part.control for way in item.ways for part in way.conditions if part.met is False and part.control
        )
        reason = ", ".join(controls) if item.verdict.status is VerdictStatus.MITIGATED else ""
        groups.setdefault((item.verdict.status, item.component, reason), []).append(str(item.workload))
    order = list(VerdictStatus)
    for (status, component, reason), names in sorted(groups.items(), key=lambda group: order.index(group[0][0])):
        told = ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else "")
        yield status, component, f"{told}: {reason}" if reason else told
