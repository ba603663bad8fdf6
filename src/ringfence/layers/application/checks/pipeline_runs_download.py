"""A pipeline fetches a script and runs it without anybody having seen it.

Whoever can change what that address answers runs code with the pipeline's token and secrets, and in what it builds.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.formats.pipeline import PipelineStep
from ringfence.layers.application.evaluate import build_commands
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="pipeline-runs-download",
    severity="medium",
    kind="integrity",
    remedy="Fetch it to a file, check its digest or signature against one written here, then run it; or use a package.",
    references=("https://slsa.dev/spec/v1.0/threats",),
    aliases=("Scorecard downloadThenRun", "OWASP CICD-SEC-3"),
)


def check(subject: PipelineStep) -> Outcome:
    """Whether an interpreter runs what a fetch answers."""
    if not subject.commands:
        return NotApplicable(why="it runs no shell script")
    fetch = build_commands.run_unseen(BuildStep(commands=subject.commands))
    if fetch is None:
        return Holds()
    named = ", ".join(build_commands.addresses(fetch)) or "an address in a variable"
    return Broken(because=f"what {named} answers is run at once", at=subject.at)
