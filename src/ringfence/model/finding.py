"""What a report says: findings, verdicts, and what was left undecided."""

from enum import StrEnum

from ringfence.model.fact import Fact
from ringfence.model.location import Location
from ringfence.model.workload import WorkloadId


class Severity(StrEnum):
    """How bad, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NEGLIGIBLE = "negligible"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """0 for the worst; `unknown` ranks with medium, for nobody said it is less."""
        return _RANK[self]


_RANK = {
    Severity.CRITICAL: 0,
    Severity.HIGH: 1,
    Severity.MEDIUM: 2,
    Severity.UNKNOWN: 2,
    Severity.LOW: 3,
    Severity.NEGLIGIBLE: 4,
}


class Storey(StrEnum):
    """The five layers of the stack, from the ground up."""

    KERNEL = "kernel"
    IMAGE = "image"
    RUNTIME = "runtime"
    KUBERNETES = "kubernetes"
    APPLICATION = "application"


class FindingKind(StrEnum):
    """What sort of wrong."""

    VULNERABILITY = "vulnerability"
    MISCONFIGURATION = "misconfiguration"
    SECRET = "secret"  # noqa: S105 - the name of a kind, not a secret
    BLOAT = "bloat"
    INTEGRITY = "integrity"
    CODE = "code"
    PRIVACY = "privacy"


class VerdictStatus(StrEnum):
    """What a vulnerability is to one workload, worst first."""

    REACHABLE = "reachable"
    UNDECIDED = "undecided"
    MITIGATED = "mitigated"
    ABSENT = "absent"


class Verdict(Fact):
    """A status with the evaluated reasons, one sentence each."""

    status: VerdictStatus
    because: tuple[str, ...] = ()


class AffectedPackage(Fact):
    """The package a vulnerability was found in. `status` is `affected` or a distribution's own word (`will_not_fix`).

    `upgrade` is the lowest version that mends all of the package's advisories that have a fix, `upgrade_step` how far that
    is (`major`, `minor`, `patch`): told of an application's packages.
    """

    purl: str
    name: str
    version: str
    source_name: str = ""
    source_version: str = ""
    fixed_version: str = ""
    status: str = "affected"
    upgrade: str = ""
    upgrade_step: str = ""


class Suppression(Fact):
    """Why a finding does not count: `by` names the file and line or the VEX document, `until` is a date or empty."""

    by: str
    reason: str
    until: str = ""


class Shown(Fact):
    """What shows a finding: `seen` in sentences, the most telling first.

    `forbidden` is what Kubernetes' API server would say in refusing the object, word for word; empty where it would not.
    """

    seen: tuple[str, ...] = ()
    forbidden: str = ""


class FoundSecret(Fact):
    """Which secret it is, without telling it: the rule that knows it, and the start of its SHA-256."""

    rule: str
    fingerprint: str


class Ssvc(Fact):
    """CISA's decision points: `exploitation` none, poc, active; `automatable` yes, no; `technical_impact` partial, total."""

    exploitation: str = ""
    automatable: str = ""
    technical_impact: str = ""


class Finding(Fact):
    """One thing that is wrong, in one place.

    `id` is stable over runs of the same version on the same target (a hash of rule, layer and place), so that two reports
    can be compared. `evidence` has what was seen, `remedy` what to do.
    """

    id: str
    rule: str
    kind: FindingKind
    layer: Storey
    severity: Severity
    title: str
    description: str = ""
    remedy: str = ""
    target: str = ""
    aliases: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    cvss: str = ""
    epss: float | None = None
    epss_percentile: float | None = None
    kev: bool | None = None
    ssvc: Ssvc | None = None
    published: str = ""
    location: Location = Location()
    workload: WorkloadId | None = None
    package: AffectedPackage | None = None
    verdict: Verdict | None = None
    evidence: Shown = Shown()
    secret: FoundSecret | None = None
    suppressed: Suppression | None = None


class Problem(Fact):
    """Part of the work that could not be done: where, and why. It makes a run `partial` (exit status 3)."""

    where: str
    why: str
    mend: str = ""
