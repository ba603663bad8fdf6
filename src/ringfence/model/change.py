"""A change that somebody can make to the stack: what a remedy proposes, and what `--what-if` supposes."""

from enum import StrEnum

from ringfence.model.fact import Fact


class ChangeKind(StrEnum):
    """What is changed. The word is what `--what-if` takes and what the effort of a change is configured by."""

    DROP_PRIVILEGED = "drop-privileged"
    DROP_CAPABILITY = "drop-capability"
    SECCOMP_DEFAULT = "seccomp-default"
    SECCOMP_PROFILE = "seccomp-profile"
    SECCOMP_OFF = "seccomp-off"
    OWN_NAMESPACE = "own-namespace"
    REMOVE_MOUNT = "remove-mount"
    READ_ONLY_MOUNT = "read-only-mount"
    ORDINARY_USER = "ordinary-user"
    USER_NAMESPACE = "user-namespace"
    SEPARATE_KERNEL = "separate-kernel"
    LSM_OFF = "lsm-off"
    NO_NEW_PRIVILEGES = "no-new-privileges"
    ADD_CAPABILITY = "add-capability"
    MAKE_PRIVILEGED = "make-privileged"
    NEW_PRIVILEGES = "new-privileges"
    SHARE_NAMESPACE = "share-namespace"
    ADD_MOUNT = "add-mount"
    ADD_DEVICE = "add-device"
    ROOT_USER = "root-user"
    NO_USER_NAMESPACE = "no-user-namespace"
    HOST_KERNEL = "host-kernel"
    UNMASK = "unmask"
    NO_TOKEN = "no-token"  # noqa: S105 - the name of a change, not a token
    NARROW_ROLE = "narrow-role"
    UNBIND = "unbind"
    POD_SECURITY = "pod-security"
    UPDATE = "update"
    SYSCTL = "sysctl"
    UPGRADE_PACKAGE = "upgrade-package"
    ADMIT_SIGNED = "admit-signed"
    ISOLATE = "isolate"
    LEAVE_GROUP = "leave-group"
    CLOSE_API = "close-api"


EVERYWHERE = "*"
"""The target of a change that is made to every host it fits."""


class Change(Fact):
    """One change. `target` is what is changed, `detail` the rest of what must be told.

    For the kinds that change a container, `target` is its name (`namespace/kind/name/container`), and every container of
    that name is changed. `update` and `sysctl` name a host or `EVERYWHERE`, and a component by its label (`runc 1.1.5`) or
    as `COMPONENT=VERSION`, or `NAME=VALUE`; `narrow-role` a role and the place of a rule in it, `unbind` a binding,
    `pod-security` a namespace, `upgrade-package` an image and a package, `admit-signed` a registry.
    """

    kind: ChangeKind
    target: str = ""
    detail: str = ""
