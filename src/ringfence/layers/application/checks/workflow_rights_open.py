"""The token of a workflow has all rights, or whatever rights a setting gives it.

Every step, and every action it takes from others, may use the token: to push code, change releases and packages, or
approve a change. Without `permissions` a setting of the repository or organisation decides, which nobody sees in the
file, and which in older ones is to write everything.

Legitimate where the organisation's setting is known to be read only; the file then still does not say so to its forks.
"""

from ringfence.formats.pipeline import GITHUB, Pipeline
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="workflow-rights-open",
    severity="medium",
    kind="misconfiguration",
    remedy="Write `permissions: {contents: read}` at the top, and give a job the single right more that it uses.",
    references=("https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions",),
    aliases=("zizmor excessive-permissions", "Scorecard Token-Permissions"),
)


def check(subject: Pipeline) -> Outcome:
    """Whether the file says what the token may do, and that it is not everything."""
    if subject.system != GITHUB or subject.composite:
        return NotApplicable(why="it has no token of its own")
    for job in subject.jobs:
        if job.permissions == Known("write-all"):
            return Broken(because=f"the token may write everything in job {job.name} (write-all)", at=job.at)
    for job in subject.jobs:
        if job.permissions == Known(""):
            why = f"no `permissions` for job {job.name}: a setting outside the file decides what its token may do"
            return Broken(because=why, at=job.at, severity=Severity.LOW)
    for job in subject.jobs:
        if isinstance(job.permissions, Unknown):
            return Undecided(why=f"{subject.path}: the rights of job {job.name} are not written: {job.permissions.reason}")
    return Holds()
