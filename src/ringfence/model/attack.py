"""The answer to `ringfence paths`: ways of attack step by step, and the changes that cut them."""

from ringfence.model.fact import Fact


class PathStep(Fact):
    """One step of a path: from holding one thing to holding the next.

    `technique` is a slug or a CVE, `attack` has ids of MITRE ATT&CK. `because` are the facts that allow the step, `missing`
    those that could still forbid it, `cuts` the changes that each take it away.
    """

    source: str
    target: str
    technique: str
    title: str
    attack: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    cuts: tuple[str, ...] = ()


class AttackPath(Fact):
    """A way from a start to a goal. `certain` says that no step lacks a fact.

    `likelihood` (0 to 1) and `effort` (hours of the attacker) are products and sums of estimates that only order paths.
    `alike` counts the other paths, from other starts or to other goals, by the same kinds of steps.
    """

    start: str
    goal: str
    steps: tuple[PathStep, ...]
    likelihood: float
    effort: float
    certain: bool
    alike: int = 0


class PlannedChange(Fact):
    """A change of the plan with what is still open once it and all before it are made.

    `effort` is in hours, `starts_open` and `goals_open` are counts.
    """

    change: str
    kind: str
    target: str
    detail: str
    effort: float
    starts_open: int
    goals_open: int


class OtherOrder(Fact):
    """What somebody gets for the same effort who orders by `by` (`cvss`, `epss`) and patches from the top."""

    by: str
    changes: int
    effort: float
    starts_open: int
    goals_open: int


class AttackAnswer(Fact):
    """Everything about the attack paths of a stack.

    `starts` and `goals` are what was asked about, `starts_open` the starts from which some goal is reached and `goals_open`
    the goals that are reached. `plan` cuts all that changes are known for: together `effort` hours, no set can do it in less
    than `bound`, and `exact` says that this one is as cheap as any. `uncut` counts starts that lead to a goal whatever is
    changed.
    """

    starts: int
    goals: int
    starts_open: int
    goals_open: int
    certain: int
    plan: tuple[PlannedChange, ...] = ()
    effort: float = 0.0
    bound: float = 0.0
    exact: bool = True
    uncut: int = 0
    compared: tuple[OtherOrder, ...] = ()
    vertices: int = 0
    steps: int = 0
