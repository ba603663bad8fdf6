"""A secret is handed over as an environment variable.

A variable is inherited by every child process, stands in `/proc/PID/environ`, and is what error reports, debug pages and
`env` in a shell print first. A mounted file can be read by one program alone, and follows when the secret is changed.

Many programs take their credentials in no other way. That is why this is rated low; a literal value in the manifest is
another fault.
"""

from ringfence.formats.kubernetes_container import Container
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="secret-as-environment-variable",
    severity="low",
    kind="misconfiguration",
    remedy="Mount the secret as a volume and give the program the file's path.",
    references=("https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod",),
    aliases=("CIS-5.4.1",),
)


def check(subject: Container) -> Outcome:
    """The secrets among the container's variables."""
    if subject.secret_variables:
        names = tuple(dict.fromkeys(reference.name for reference in subject.secret_variables))
        return Broken(
            because=f"its variables hold the secret {', '.join(names[:5])}{' and more' if len(names) > 5 else ''}",
            at=subject.secret_variables[0].at,
            evidence=tuple(f"{reference.name}, {reference.at}" for reference in subject.secret_variables),
        )
    match subject.environment_read:
        case Unknown(reason):
            return Undecided(why=reason)
        case _:
            return Holds()
