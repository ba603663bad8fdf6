"""A credential is written in the file itself.

Whoever may read the repository has it, and so has whoever may pull the image: build arguments, `ENV` and the text of
`RUN` are kept in its history, also where a later step takes the value back.

Legitimate for passwords that are not secret, such as that of a database for tests.
"""

from ringfence.formats.build_recipe import WrittenCredential
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, NotApplicable, Outcome

CHECK = Check(
    slug="credential-in-recipe",
    severity="high",
    kind="misconfiguration",
    remedy="Take it out and change it; give it to the step that needs it with `RUN --mount=type=secret,id=...`.",
    references=(
        "https://docs.docker.com/build/building/secrets/",
        "https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/",
    ),
    aliases=("CIS Docker 4.10",),
)


def check(subject: WrittenCredential) -> Outcome:
    """Always a fault: the subject is a credential that was found."""
    found = subject.credential
    if subject.keyword == "LABEL" and found.kind == "literal value":
        return NotApplicable(why="a label is there to be read, and its name alone proves nothing")
    name = f" ({found.name})" if found.name else ""
    shown = f": {found.shown}" if found.shown else ""
    return Broken(because=f"{subject.keyword} spells out a {found.kind}{name}{shown}", at=subject.at)
