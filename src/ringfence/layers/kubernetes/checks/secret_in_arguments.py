"""A credential is written in a container's variables or command line.

Whoever may read the manifest, its repository, the pod object or the process list has the credential; it stays in the history
of all of them when it is changed. A Secret object keeps it out of the manifest and lets access to it be granted apart.

Names that tell of a path, an address or a setting (`TOKEN_FILE`, `PASSWORD_POLICY`) are not meant, nor values that refer to
something else (`$(DB_PASSWORD)`).
"""

from ringfence.formats.kubernetes_container import Container
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="secret-in-arguments",
    severity="high",
    kind="secret",
    remedy="Change the credential, put it into a Secret, and mount that or refer to it with `valueFrom.secretKeyRef`.",
    references=("https://kubernetes.io/docs/concepts/configuration/secret/",),
    confidence="medium",
)


def check(subject: Container) -> Outcome:
    """The literal credentials of the container."""
    if subject.credentials:
        said = tuple(
            " ".join(part for part in (found.credential.kind, found.credential.name, found.credential.shown) if part)
            for found in subject.credentials
        )
        return Broken(because=f"it is given a {said[0]}", at=subject.credentials[0].at, evidence=said)
    if subject.unreadable_values:
        return Undecided(why=f"the value of {', '.join(subject.unreadable_values)} is a template that was not rendered")
    return Holds()
