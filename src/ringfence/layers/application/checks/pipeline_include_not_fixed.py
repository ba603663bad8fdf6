"""A pipeline takes in a file whose content others may change.

What `include` brings in runs as if it were written here, with the project's variables and job token. A remote address, a
branch or `~latest` means something else tomorrow.

Legitimate for templates of one's own group that are changed under the same rules as the project.
"""

from ringfence.formats.pipeline import PipelineInclude
from ringfence.formats.url import is_commit
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="pipeline-include-not-fixed",
    severity="medium",
    kind="integrity",
    remedy="Name a whole commit (`ref:`, `component: ...@<commit>`), or give the remote file its `integrity:` digest.",
    references=("https://docs.gitlab.com/ci/yaml/#include", "https://docs.gitlab.com/ci/components/"),
)


def check(subject: PipelineInclude) -> Outcome:
    """Whether what is taken in is fixed by a digest or a commit."""
    if subject.kind not in ("remote", "project", "component"):
        return NotApplicable(why="it comes from the project itself or from GitLab")
    if subject.digest or is_commit(subject.reference):
        return Holds()
    if "$" in subject.reference or (subject.kind == "remote" and "$" in subject.address):
        where = f"{subject.at.path}:{subject.at.line}"
        return Undecided(why=f"{where}: a variable decides which version of {subject.address[:120]} is taken in")
    if subject.kind == "remote":
        return Broken(because=f"{subject.address[:200]} may answer something else, and no digest fixes it", at=subject.at)
    named = subject.reference or "its default branch"
    because = f"{subject.kind} {subject.address[:200]} is taken in at {named}, which can be moved"
    return Broken(because=because, at=subject.at, severity=Severity.LOW)
