"""A secret is given to the build of an image as an argument.

Build arguments are kept in the image's history and in the build's provenance: whoever may pull the image reads them.
"""

from ringfence.formats.credential_text import names_a_secret
from ringfence.formats.pipeline import PipelineStep
from ringfence.layers.application.evaluate import pipelines
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="secret-as-build-argument",
    severity="high",
    kind="misconfiguration",
    remedy="Give it as a secret (`--secret id=token,env=TOKEN`, `secrets:` of the action), and mount it in its step.",
    references=(
        "https://docs.docker.com/build/building/secrets/",
        "https://docs.docker.com/build/ci/github-actions/secrets/",
    ),
)


def check(subject: PipelineStep) -> Outcome:
    """Whether an argument of a build is a secret, or is called like one and set from a variable."""
    arguments = [item.strip() for item in pipelines.build_arguments(subject) if item.strip()]
    if not arguments:
        return NotApplicable(why="it gives no arguments to a build")
    for item in arguments:
        name, _, value = item.partition("=")
        if found := pipelines.secrets_in(subject, value):
            return Broken(because=f"the build argument {name[:80]} is {', '.join(found)}", at=subject.at)
        if names_a_secret(name) and (not value or "$" in value):
            because = f"the build argument {name[:80]} is called like a secret and set from outside the file"
            return Broken(because=because, at=subject.at, severity=Severity.MEDIUM)
    return Holds()
