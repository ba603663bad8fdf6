"""A locked package is withdrawn: its publisher calls it deprecated or abandoned.

Nobody mends it any more. What is found in it from now on stays, and a name that its owner has given up is a name somebody
else may get.

It is legitimate for a while where the successor is not ready; then plan the move.
"""

from ringfence.layers.application.facts import Dependency
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="withdrawn-package",
    severity="low",
    kind="integrity",
    remedy="Move to what its publisher names, or to a package that is maintained.",
    references=(
        "https://docs.npmjs.com/deprecating-and-undeprecating-packages-or-package-versions",
        "https://getcomposer.org/doc/04-schema.md#abandoned",
    ),
)


def check(subject: Dependency) -> Outcome:
    """Whether the lock file says so; weighs less where only development needs it."""
    if not subject.withdrawn:
        return Holds()
    return Broken(
        because=f"{subject.name} {subject.specifier}".rstrip() + f" is {subject.withdrawn}",
        at=subject.at,
        severity=Severity.NEGLIGIBLE if subject.dev else None,
    )
