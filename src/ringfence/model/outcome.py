"""What a check answers about one subject. There is no fifth answer, and no exception in place of one."""

from ringfence.model.fact import Fact
from ringfence.model.finding import FoundSecret, Severity
from ringfence.model.location import Location


class Holds(Fact, tag="holds"):
    """The subject is as it should be."""


class Broken(Fact, tag="broken"):
    """The fault is there: `because` says what was seen, in one sentence; `evidence` has more lines for those who ask.

    `severity` overrides the check's own where the subject makes it better or worse. `forbidden` is the API server's own text
    for refusing the subject, where it would. `secret` is the secret that was found, if the fault is one.
    """

    because: str
    at: Location = Location()
    evidence: tuple[str, ...] = ()
    forbidden: str = ""
    severity: Severity | None = None
    secret: FoundSecret | None = None


class NotApplicable(Fact, tag="not-applicable"):
    """The question makes no sense for this subject."""

    why: str


class Undecided(Fact, tag="undecided"):
    """A fact is missing; it reaches the report."""

    why: str


Outcome = Holds | Broken | NotApplicable | Undecided
