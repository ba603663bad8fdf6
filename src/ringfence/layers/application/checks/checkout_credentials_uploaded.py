"""The token that a checkout keeps is uploaded with the workspace.

`actions/checkout` before version 6 writes the job's token into `.git/config`, unless told not to. An artifact of the
whole workspace that has hidden files in it takes it along, and while the job runs everybody who may read the artifact may
use the token.
"""

from ringfence.formats.pipeline import PipelineJob, PipelineStep
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="checkout-credentials-uploaded",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `persist-credentials: false` for the checkout, and upload only the folder of results.",
    references=(
        "https://github.com/actions/checkout#usage",
        "https://github.com/actions/upload-artifact#uploading-hidden-files",
    ),
    aliases=("zizmor artipacked",),
)
WORKSPACE = frozenset(
    {".", "./", "*", "**", "./**", "**/*", ".git", ".git/", "${{ github.workspace }}", "${{github.workspace}}"}
)
HIDDEN_LEFT_OUT = 4
"""The major version of `actions/upload-artifact` that leaves hidden files out (since 4.4.0)."""
KEPT_APART = 6
"""The major version of `actions/checkout` that keeps the token outside the workspace."""


def check(subject: PipelineJob) -> Outcome:
    """Whether an upload of the workspace follows a checkout that keeps its token there."""
    kept: PipelineStep | None = None
    for step in subject.steps:
        if step.action == "actions/checkout" and step.given("persist-credentials") != "false" and _major(step) < KEPT_APART:
            kept = step
        if kept is None or step.action != "actions/upload-artifact":
            continue
        paths = {line.strip().rstrip("/") or "." for line in step.given("path").splitlines()}
        if not paths & {item.rstrip("/") for item in WORKSPACE}:
            continue
        hidden = step.given("include-hidden-files") == "true"
        if hidden or ".git" in paths or 0 < _major(step) < HIDDEN_LEFT_OUT:
            return Broken(
                because=f"job {subject.name} uploads its workspace with the token of line {kept.at.line}", at=step.at
            )
        if not _major(step):
            return Undecided(why=f"{step.at.path}:{step.at.line}: which version uploads the workspace is not told")
    return NotApplicable(why="no checkout keeps its token in the workspace") if kept is None else Holds()


def _major(step: PipelineStep) -> int:
    """The major version of an action, 0 if it is not told."""
    number = step.version.partition(".")[0]
    return int(number) if number.isdigit() and len(number) < 4 else 0
