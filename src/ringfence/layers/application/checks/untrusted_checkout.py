"""Code of an outsider is checked out where the repository's secrets are.

`pull_request_target`, `workflow_run` and `issue_comment` run with the secrets and a writing token of the repository
itself. A job so started that checks out the proposed change and then builds or tests it runs whatever the proposal says,
with these.

Legitimate where the code is only read (a diff, a label) and nothing of it is run, configured or installed.
"""

from ringfence.formats.pipeline import PipelineJob
from ringfence.layers.application.evaluate import pipelines
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="untrusted-checkout",
    severity="high",
    kind="misconfiguration",
    remedy="Build and test in a `pull_request` workflow without secrets; let a second one take only its checked results.",
    references=(
        "https://docs.github.com/en/actions/reference/security/secure-use",
        "https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/",
    ),
    aliases=("zizmor dangerous-triggers", "OWASP CICD-SEC-4"),
)


def check(subject: PipelineJob) -> Outcome:
    """Whether a job started by outsiders with secrets checks out their code."""
    steps = ((at, what, step) for at, step in enumerate(subject.steps) if (what := pipelines.fetches_head(step)))
    at, what, step = next(steps, (0, "", None))
    if step is None:
        return NotApplicable(why="no code of a proposed change is checked out")
    if isinstance(subject.triggers, Unknown):
        return Undecided(why=f"{what} is checked out: {subject.triggers.reason}")
    events = pipelines.events(subject.triggers, pipelines.TRUSTED_EVENTS)
    if not events:
        return Holds()
    if pipelines.for_forks_never(subject):
        return Undecided(why=f"job {subject.name} checks out {what}, and its condition decides for whom: read it")
    used = any(later.commands or later.action for later in subject.steps[at + 1 :])
    because = f"job {subject.name}, started by {', '.join(events)}, checks out {what}"
    return Broken(because=because, at=step.at, severity=None if used else Severity.MEDIUM)
