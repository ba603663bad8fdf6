"""How much work a change is, in hours of somebody who knows the stack: what makes one cut dearer than another.

Estimates of ours, to be set by whoever knows better (`[effort]` in `ringfence.toml`). A change that needs a restart of one
workload is an hour; one that may break the application is several; one that touches every node a day.
"""

from collections.abc import Mapping

from ringfence.graph.attack.cuts import Effort
from ringfence.model.change import Change, ChangeKind

HOURS = {
    ChangeKind.DROP_PRIVILEGED: 4.0,
    ChangeKind.DROP_CAPABILITY: 1.0,
    ChangeKind.SECCOMP_DEFAULT: 1.0,
    ChangeKind.SECCOMP_PROFILE: 3.0,
    ChangeKind.OWN_NAMESPACE: 2.0,
    ChangeKind.REMOVE_MOUNT: 3.0,
    ChangeKind.READ_ONLY_MOUNT: 1.0,
    ChangeKind.ORDINARY_USER: 3.0,
    ChangeKind.USER_NAMESPACE: 4.0,
    ChangeKind.SEPARATE_KERNEL: 16.0,
    ChangeKind.NO_TOKEN: 1.0,
    ChangeKind.NARROW_ROLE: 2.0,
    ChangeKind.UNBIND: 2.0,
    ChangeKind.POD_SECURITY: 4.0,
    ChangeKind.UPDATE: 8.0,
    ChangeKind.SYSCTL: 2.0,
    ChangeKind.UPGRADE_PACKAGE: 2.0,
    ChangeKind.ADMIT_SIGNED: 16.0,
    ChangeKind.ISOLATE: 2.0,
    ChangeKind.LEAVE_GROUP: 1.0,
    ChangeKind.CLOSE_API: 2.0,
}
LEAST = 0.1
"""No change is for nothing."""


def effort_of(configured: Mapping[str, float] | None = None) -> Effort:
    """The hours that a change takes, those of its kind as configured."""
    hours = {kind: max(LEAST, (configured or {}).get(kind.value, HOURS.get(kind, 1.0))) for kind in ChangeKind}

    def effort(change: Change) -> float:
        return hours[change.kind]

    return effort
