"""Every secret of the repository is handed to another workflow.

`secrets: inherit` gives a called workflow all secrets there are, those included that are added later. What it calls in
turn, and a fault in any of it, reach them all.
"""

from ringfence.formats.pipeline import PipelineJob
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="every-secret-passed-on",
    severity="medium",
    kind="misconfiguration",
    remedy="Name the secrets that the called workflow needs, one by one.",
    references=("https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows",),
    aliases=("zizmor secrets-inherit",),
)


def check(subject: PipelineJob) -> Outcome:
    """Whether a called workflow inherits all secrets."""
    if not subject.calls:
        return NotApplicable(why="it calls no workflow")
    if not subject.all_secrets:
        return Holds()
    own = Severity.LOW if subject.calls.startswith("./") else None
    return Broken(because=f"job {subject.name} gives every secret to {subject.calls[:120]}", at=subject.at, severity=own)
