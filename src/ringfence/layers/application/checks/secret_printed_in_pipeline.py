"""A step prints a secret.

The log of a pipeline is read by many more than its secrets are meant for, and is kept. Masking only hides the exact text: a
secret that is encoded, cut, or has several lines shows.
"""

from ringfence.formats.pipeline import PipelineStep
from ringfence.layers.application.evaluate import pipelines
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="secret-printed-in-pipeline",
    severity="medium",
    kind="misconfiguration",
    remedy='Do not print it; hand it to the program that needs it on its input (`printf %s "$TOKEN" | program`).',
    references=("https://docs.github.com/en/actions/reference/security/secure-use", "https://docs.gitlab.com/ci/variables/"),
    aliases=("OWASP CICD-SEC-6",),
)


def check(subject: PipelineStep) -> Outcome:
    """Whether a secret is given to `echo` or `printf` whose output is the log."""
    if not subject.commands:
        return NotApplicable(why="it runs no shell script")
    found = pipelines.printed(subject)
    return Broken(because=f"the log gets {', '.join(found)}", at=subject.at) if found else Holds()
