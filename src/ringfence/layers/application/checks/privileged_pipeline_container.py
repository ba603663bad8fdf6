"""A job has a container with all rights on the runner, or needs a runner that gives them.

`--privileged`, the engine's socket, or Docker in Docker make the code of the job root on the runner: whoever changes the
pipeline or what it builds can leave the container, and read what other jobs bring.

Legitimate on runners that live for one job; building images needs none of it (BuildKit rootless, buildah, kaniko).
"""

from ringfence.formats.pipeline import PipelineImage
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="privileged-pipeline-container",
    severity="medium",
    kind="misconfiguration",
    remedy="Build with a builder that needs no privileges (buildah, rootless BuildKit), on a runner without `privileged`.",
    references=(
        "https://docs.gitlab.com/ci/docker/using_docker_build/",
        "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontaineroptions",
    ),
)
GIVES_ALL = (
    *("--privileged", "docker.sock", "containerd.sock", "--pid=host", "--pid host"),
    *("--cap-add=ALL", "--cap-add ALL", "--cap-add=SYS_ADMIN", "--cap-add SYS_ADMIN"),
)
"""Options with which a container is as good as the runner itself."""


def check(subject: PipelineImage) -> Outcome:
    """Whether its options give all rights, or its image is Docker in Docker."""
    for option in GIVES_ALL:
        if option in subject.options:
            return Broken(because=f"the {subject.role} has {option}", at=subject.at)
    match subject.image:
        case Unknown(reason):
            return Undecided(why=f"{subject.at.path}:{subject.at.line}: {reason}")
        case Known(name) if "dind" in name.partition("@")[0].rpartition("/")[2]:
            return Broken(because=f"the {subject.role} {name} runs only privileged", at=subject.at)
        case Known():
            return Holds()
