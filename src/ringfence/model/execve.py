"""What execve(2) makes of a process's capabilities.

Sources: capabilities(7) "Transformation of capabilities during execve()" and "Capabilities and execution of programs by
root"; security/commoncap.c of Linux 6.12, cap_bprm_creds_from_file(); fs/exec.c, bprm_fill_uid(). Ids are those inside the
process's user namespace, where the rules for root are the same.
"""

from ringfence.model.confinement import CapabilitySets
from ringfence.model.fact import Fact


class Credentials(Fact):
    """What a process carries into execve. `no_root` is the securebit SECBIT_NOROOT: uid 0 is then a user like others."""

    sets: CapabilitySets
    real_uid: int
    effective_uid: int
    no_new_privileges: bool = False
    no_root: bool = False


class Program(Fact):
    """The file that is executed: its capabilities (security.capability), and whom it runs as where it is set-user-ID.

    `has_capabilities` is true for a file with the attribute, even an empty one. `honoured` is False on a mount with
    `nosuid` or one of another user namespace: the kernel then looks at neither.
    """

    has_capabilities: bool = False
    permitted: int = 0
    inheritable: int = 0
    effective: bool = False
    set_uid: int | None = None
    honoured: bool = True


PLAIN = Program()
"""A program without any of that."""


class NotPermitted(Fact):
    """execve fails with EPERM: the file's capabilities count as effective, but the bounding set withholds some."""


def after_execve(before: Credentials, program: Program = PLAIN) -> Credentials | NotPermitted:
    """The credentials once `program` runs, not traced, in the same user namespace. Set-group-ID is not modelled."""
    old = before.sets
    from_file = program.has_capabilities and program.honoured
    set_uid = program.set_uid if program.honoured and not before.no_new_privileges else None
    uid = before.effective_uid if set_uid is None else set_uid
    permitted = (old.bounding & program.permitted | old.inheritable & program.inheritable) if from_file else 0
    if from_file and program.effective and program.permitted & ~permitted:
        return NotPermitted()
    as_root = not before.no_root and 0 in (uid, before.real_uid)
    mixed = from_file and uid == 0 != before.real_uid  # set-user-ID root with capabilities of its own: those count
    in_force = from_file and program.effective
    if as_root and not mixed:
        permitted = old.bounding | old.inheritable
        in_force = in_force or uid == 0
    changes_user = uid != before.real_uid
    if (changes_user or permitted & ~old.permitted) and before.no_new_privileges:
        uid = before.real_uid
        permitted &= old.permitted
    ambient = 0 if from_file or changes_user else old.ambient
    permitted |= ambient
    sets = CapabilitySets(
        effective=permitted if in_force else ambient,
        permitted=permitted,
        inheritable=old.inheritable,
        bounding=old.bounding,
        ambient=ambient,
    )
    return Credentials(
        sets=sets,
        real_uid=before.real_uid,
        effective_uid=uid,
        no_new_privileges=before.no_new_privileges,
        no_root=before.no_root,
    )
