"""A secret is passed to the build as a variable.

The value of a build argument is kept in the history of the image (`docker history`) where a `RUN` after it used it, and
that of `ENV` in its configuration, for whoever may pull it.

Legitimate where the name only sounds like a secret, and in stages whose layers are thrown away, as long as their cache is
not shared.
"""

from ringfence.formats import credential_text
from ringfence.formats.build_recipe import BuildVariable
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, NotApplicable, Outcome

CHECK = Check(
    slug="credential-asked-as-argument",
    severity="medium",
    kind="misconfiguration",
    remedy="Mount it for the one step that needs it: `RUN --mount=type=secret,id=token,env=TOKEN ...`.",
    references=(
        "https://docs.docker.com/build/building/secrets/",
        "https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/",
    ),
    aliases=("BuildKit SecretsUsedInArgOrEnv", "CIS Docker 4.10"),
    confidence="medium",
)


def check(subject: BuildVariable) -> Outcome:
    """Whether a variable named as a secret takes its value from outside."""
    if not credential_text.names_a_secret(subject.name) or subject.kind == "LABEL":
        return NotApplicable(why="its name is not that of a secret")
    if subject.kind == "ARG" and not subject.has_value:
        return Broken(because=f"the build argument {subject.name} is named as a secret is", at=subject.at)
    if subject.kind == "ENV" and subject.from_variable:
        why = f"ENV {subject.name} keeps the value of another variable in the image"
        return Broken(because=why, at=subject.at, severity=Severity.HIGH if subject.final else None)
    return NotApplicable(why="what is written there itself is looked at as a credential")
