"""A credential is written in a pipeline's file.

Whoever may read the repository has it, with all its past: taking it out does not take it back.

A word that only its name makes a password is left out for services: a database for tests lives as long as the job.
"""

from ringfence.formats.pipeline import PipelineCredential
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, NotApplicable, Outcome

CHECK = Check(
    slug="credential-in-pipeline",
    severity="high",
    kind="misconfiguration",
    remedy="Change the credential, keep the new one among the project's secrets, and name it here.",
    references=(
        "https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/use-secrets",
        "https://docs.gitlab.com/ci/variables/#cicd-variable-security",
    ),
    aliases=("zizmor hardcoded-container-credentials", "OWASP CICD-SEC-6"),
)


def check(subject: PipelineCredential) -> Outcome:
    """A fault wherever a credential was found, but for the passwords of services."""
    found = subject.credential
    if found.kind == "literal value" and subject.where in ("service env", "service variables"):
        return NotApplicable(why="the service lives as long as the job, and only the name says that this is a password")
    name = f" ({found.name})" if found.name else ""
    shown = f": {found.shown}" if found.shown else ""
    # A name proves less than a shape: test setups have passwords that are none.
    severity = Severity.LOW if found.kind == "literal value" else None
    return Broken(because=f"{subject.where} spells out a {found.kind}{name}{shown}", at=subject.at, severity=severity)
