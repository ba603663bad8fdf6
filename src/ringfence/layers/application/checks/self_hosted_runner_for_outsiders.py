"""Outsiders can start a job on a machine of one's own.

A self-hosted runner is not made anew for every job. Whoever opens a change from a fork runs code on it: it can stay, read
what later jobs bring, and reach the network the machine stands in.

Legitimate in private repositories, and where runners live for one job only and stand apart.
"""

from ringfence.formats.pipeline import GITHUB, PipelineJob
from ringfence.layers.application.evaluate import pipelines
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="self-hosted-runner-for-outsiders",
    severity="high",
    kind="misconfiguration",
    remedy="Run changes of outsiders on hosted runners, or on runners that live for one job and stand apart.",
    references=("https://docs.github.com/en/actions/reference/security/secure-use#hardening-for-self-hosted-runners",),
    aliases=("zizmor self-hosted-runner",),
)


def check(subject: PipelineJob) -> Outcome:
    """Whether an event of outsiders starts a job that names a self-hosted runner."""
    events = pipelines.events(subject.triggers, pipelines.OUTSIDE_EVENTS)
    if subject.system != GITHUB or not events or subject.calls:
        return NotApplicable(why="no event of outsiders starts it, or the file does not say which runner takes it")
    match subject.runners:
        case Unknown(reason):
            return Undecided(why=f"job {subject.name} is started by {', '.join(events)}: {reason}")
        case Known(labels) if "self-hosted" not in labels:
            return Holds()
        case Known():
            if pipelines.for_forks_never(subject):
                return Undecided(why=f"job {subject.name} runs self-hosted, and its condition decides for whom: read it")
            return Broken(because=f"{', '.join(events)} starts job {subject.name} on a self-hosted runner", at=subject.at)
