"""A pipeline publishes an image that nothing signs.

Without a signature or a signed attestation nobody can tell at admission that the image comes from this pipeline: whoever
may write to the registry may put another in its place.
"""

from ringfence.formats.pipeline import Pipeline
from ringfence.layers.application.evaluate import pipelines
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="image-published-unsigned",
    severity="low",
    kind="integrity",
    remedy="Sign the digest that was pushed (`ringfence sign`), or attest it (`actions/attest-build-provenance`).",
    references=(
        "https://slsa.dev/spec/v1.0/levels",
        "https://docs.github.com/en/actions/how-tos/secure-your-work/use-artifact-attestations/use-artifact-attestations",
    ),
)


def check(subject: Pipeline) -> Outcome:
    """Whether some step of the file signs or attests, where one publishes."""
    steps = [step for job in subject.jobs for step in job.steps]
    sends = next(((what, step) for step in steps if (what := pipelines.publishes(step))), None)
    if sends is None:
        return NotApplicable(why="no step publishes an image")
    if any(pipelines.signs(step) for step in steps) or any("slsa-github-generator" in job.calls for job in subject.jobs):
        return Holds()
    elsewhere = [job.calls for job in subject.jobs if job.calls] + [item.address for item in subject.includes]
    elsewhere += [step.action for step in steps if step.action.startswith("./")]
    if elsewhere:
        return Undecided(
            why=f"{subject.path}: an image is published, and {elsewhere[0][:120]} may sign it, which is not read"
        )
    return Broken(because=f"{sends[0]} publishes an image, and no step of the file signs or attests it", at=sends[1].at)
