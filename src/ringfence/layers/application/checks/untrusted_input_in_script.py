"""A text that outsiders write becomes part of a script.

`${{ }}` is replaced before the shell starts: a title, a branch name or a message with `"; command` in it is then a
command, run with the job's token and secrets. Quotes in the script do not help. In GitLab the same happens where `eval`
or `sh -c` reads a variable that the author of a change sets.

Where only `pull_request` starts it, a fork's run has no secrets, and the finding counts for less.
"""

from ringfence.formats.pipeline import PipelineStep
from ringfence.layers.application.evaluate import pipelines
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="untrusted-input-in-script",
    severity="high",
    kind="misconfiguration",
    remedy='Give the text to the step in `env:` and use the variable in quotes (`"$TITLE"`); pass it to no `eval`.',
    references=(
        "https://docs.github.com/en/actions/concepts/security/script-injections",
        "https://docs.gitlab.com/ci/variables/predefined_variables/",
    ),
    aliases=("zizmor template-injection", "OWASP CICD-SEC-4"),
)


def check(subject: PipelineStep) -> Outcome:
    """Whether a script has an expression whose text an outsider writes."""
    if found := pipelines.evaluated(subject):
        return Broken(because=f"{found}, which the author of a change sets, is read as a script", at=subject.at)
    if not subject.expressions:
        return NotApplicable(why="no expression is written into a script")
    weak = isinstance(subject.triggers, Known) and not pipelines.events(subject.triggers, pipelines.TRUSTED_EVENTS)
    for item in subject.expressions:
        if text := pipelines.outside_text(subject, item.text):
            why = f"{text}, which an outsider may write, becomes part of a script"
            return Broken(because=why, at=item.at, severity=Severity.MEDIUM if weak else None)
    for item in subject.expressions:
        if text := pipelines.asked_of_callers(subject, item.text):
            where = f"{item.at.path}:{item.at.line}"
            return Undecided(why=f"{where}: {text} becomes part of a script, and callers decide what it is")
    return Holds()
