"""The report: what every output format renders. Its JSON form is `ringfence/report/v1`, a public contract."""

from enum import StrEnum

from ringfence.model.attack import AttackAnswer, AttackPath
from ringfence.model.decision import Decision
from ringfence.model.default_container import DefaultVerdict
from ringfence.model.fact import Fact
from ringfence.model.finding import Finding, Problem, Verdict, VerdictStatus
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.on_kernel import WorkloadsOnKernel
from ringfence.model.package import Package
from ringfence.model.workload import Workload, WorkloadId

SCHEMA = "ringfence/report/v1"


class RunStatus(StrEnum):
    """Whether all the work was done."""

    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"


class Status(Fact):
    """How the run went. A problem makes it partial."""

    result: RunStatus
    problems: tuple[Problem, ...] = ()


class Target(Fact):
    """What was looked at: `kind` is `host`, `image`, `manifests`, `tree` or `stack`; `base` names an image's base."""

    kind: str
    ref: str
    digest: str = ""
    base: str = ""


class UndecidedCheck(Fact):
    """A check that lacked a fact, and the subjects it could not judge for that reason."""

    rule: str
    why: str
    subjects: tuple[str, ...]


class Fix(Fact):
    """A change worth making: what to do, which findings go away, how much work it is and how much risk goes with it.

    `cost` is in steps of work (1: one line in one file), `risk_removed` in the risk points of `graph.remedies`.
    """

    change: str
    removes: tuple[str, ...]
    cost: int
    risk_removed: float


class ConditionResult(Fact):
    """A precondition with its value: `met` is None where a fact is missing. `control` names what stops it if not met."""

    condition: str
    met: bool | None
    because: str
    control: str = ""


class WayResult(Fact):
    """One way in, evaluated."""

    name: str
    status: Verdict
    conditions: tuple[ConditionResult, ...]


class WorkloadVerdict(Fact):
    """What a CVE is to one workload on one host. `assumed_host` marks a manifest judged as if it ran there."""

    workload: WorkloadId
    node: str
    verdict: Verdict
    ways: tuple[WayResult, ...]
    component: str = ""
    assumed_host: bool = False
    running: bool = False


class ComponentVerdict(Fact):
    """Whether a component instance is one the CVE affects: `affected` is None where that cannot be told."""

    node: str
    component: str
    affected: bool | None
    because: str


class BlastRadius(Fact):
    """What falls if the CVE is used wherever it is reachable. All are counts."""

    workloads_seen: int = 0
    reachable: int = 0
    mitigated: int = 0
    absent: int = 0
    undecided: int = 0
    nodes_lost: int = 0
    workloads_lost: int = 0
    namespaces_lost: int = 0
    secrets_lost: int = 0
    engines_sharing: int = 0


class Rest(Fact):
    """What verdicts rest on: a control, or a version without the fault, and what those workloads would be without it.

    `digest` tells a system call profile by what it does. The verdicts hold while it is applied as it was seen.
    """

    control: str
    verdict: VerdictStatus
    workloads: int
    without: VerdictStatus
    digest: str = ""


class MissingFact(Fact):
    """A fact that undecided workloads lack: how many, and for how many it is the only one."""

    fact: str
    workloads: int
    alone: int


class EngineShare(Fact):
    """An engine that starts containers with the component: on how many nodes, how many workloads, how many reachable."""

    engine: str
    nodes: int
    workloads: int
    reachable: int


class Impact(Fact):
    """The answer to `ringfence impact CVE`. `supposed` are the changes of `--what-if`, `before` the radius without them.

    `by_default` says which engines' defaults stop it, by version. `confidence` is how sure the ways in are (`high`,
    `medium`, `low`), `doubt` what is known to be missing of the versions.
    """

    cve: str
    title: str
    gain: str
    severity: str
    components: tuple[ComponentVerdict, ...]
    workloads: tuple[WorkloadVerdict, ...]
    radius: BlastRadius
    remedy: str
    sources: tuple[str, ...] = ()
    would_flip: tuple[str, ...] = ()
    rests_on: tuple[Rest, ...] = ()
    missing: tuple[MissingFact, ...] = ()
    shared: tuple[EngineShare, ...] = ()
    decisions: tuple[Decision, ...] = ()
    supposed: tuple[str, ...] = ()
    before: BlastRadius | None = None
    by_default: tuple[DefaultVerdict, ...] = ()
    confidence: str = ""
    doubt: str = ""


class ComponentUse(Fact):
    """A component of a host in numbers: the engines that start it, the workloads that stand on it, of how many there."""

    node: str
    name: str
    version: Known[str] | Unknown
    package_version: str = ""
    path: str = ""
    engines: tuple[str, ...] = ()
    workloads: int = 0
    workloads_seen: int = 0


class Report(Fact):
    """Everything a run found. `schema` is `SCHEMA`.

    `risk` is the risk of all findings together, in the same points as a fix's `risk_removed` (0: nobody counted).
    `hidden` counts the findings that the user asked not to see (`--severity`).
    """

    schema: str
    made_by: str
    made_at: str
    target: Target
    status: Status
    findings: tuple[Finding, ...] = ()
    packages: tuple[Package, ...] = ()
    workloads: tuple[Workload, ...] = ()
    undecided: tuple[UndecidedCheck, ...] = ()
    fixes: tuple[Fix, ...] = ()
    impacts: tuple[Impact, ...] = ()
    components: tuple[ComponentUse, ...] = ()
    paths: tuple[AttackPath, ...] = ()
    attack: AttackAnswer | None = None
    on_kernel: tuple[WorkloadsOnKernel, ...] = ()
    risk: float = 0.0
    hidden: int = 0
