"""Can a process in this container make a user namespace, and does it hold a capability over which one.

Rules: user_namespaces(7), unshare(2), clone(2), capabilities(7); since Linux 3.8 making one needs no capability.
`kernel.unprivileged_userns_clone` is a patch of Debian and Ubuntu; `kernel.apparmor_restrict_unprivileged_userns` is
security/apparmor/lsm.c, apparmor_userns_create().
"""

from ringfence.errors import Malformed
from ringfence.graph.answers import all_of, any_of, met, stopped, unknown
from ringfence.graph.subject import Subject
from ringfence.model.confinement import HOST_IDS, Confinement, Sharing
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import CLONE_FLAGS, Namespace, capability
from ringfence.model.report import ConditionResult
from ringfence.model.stack_cve import CapabilityScope, HasCapability
from ringfence.model.syscall_filter import Passage, SyscallFilter, passage
from ringfence.versions.kernel import key

FREE_SINCE = "3.8"
"""From this version on making a user namespace needs no capability (user_namespaces(7))."""


def in_initial_namespace(confinement: Confinement) -> bool | None:
    """Whether the container's processes are in the initial user namespace; None where neither map nor namespace is known."""
    shared = confinement.namespaces.value.get(Namespace.USER) if isinstance(confinement.namespaces, Known) else None
    match confinement.uid_map:
        case Known(ranges):
            return ranges == HOST_IDS and shared is not Sharing.OWN
        case Unknown():
            return {Sharing.HOST: True, Sharing.OWN: False}.get(shared) if shared else None


def holds(confinement: Confinement, names: tuple[str, ...]) -> ConditionResult:
    """Whether the container's first process has the capabilities over its own user namespace."""
    condition = " and ".join(names)
    match confinement.capabilities:
        case Unknown(reason):
            return unknown(condition, f"the capabilities are not known: {reason}")
        case Known(sets):
            return all_of(
                condition, (_one(confinement, name, sets.effective | sets.permitted, sets.bounding) for name in names)
            )


def _one(confinement: Confinement, name: str, held: int, bounding: int) -> ConditionResult:
    bit = 1 << capability(name)
    if held & bit:
        return met(name, f"{name} is held")
    if not bounding & bit:
        return stopped(name, f"{name} is not held and not in the bounding set", f"{name} dropped")
    match confinement.no_new_privileges:
        case Known(True):
            return stopped(name, f"{name} is only in the bounding set, and no_new_privileges is set", "no_new_privileges")
        case _:
            return unknown(name, f"{name} is only in the bounding set: a setuid file or one with capabilities may give it")


def over_initial(confinement: Confinement, names: tuple[str, ...]) -> ConditionResult:
    """Whether the capabilities are held over the initial user namespace, that is over the host."""
    condition = f"{' and '.join(names)} over the host's user namespace"
    own = holds(confinement, names)
    match in_initial_namespace(confinement):
        case True:
            place = met(condition, "the container is in the host's user namespace")
        case False:
            place = stopped(condition, "the container has a user namespace of its own", "user namespace of its own")
        case None:
            place = unknown(condition, "it is not known whether the container has a user namespace of its own")
    return all_of(condition, (own, place))


def has_capability(wanted: HasCapability, subject: Subject) -> ConditionResult:
    """The precondition `HasCapability`."""
    if wanted.scope is CapabilityScope.INITIAL:
        return over_initial(subject.confinement, wanted.names)
    condition = f"{' and '.join(wanted.names)} over some user namespace"
    fresh = can_make(subject, wanted.fresh_flags)
    through = ConditionResult(
        condition=condition,
        met=fresh.met,
        because=f"through a user namespace of one's own: {fresh.because}",
        control=fresh.control,
    )
    return any_of(condition, (holds(subject.confinement, wanted.names), through))


def can_make(subject: Subject, with_flags: tuple[str, ...]) -> ConditionResult:
    """Whether a user namespace can be made from inside, together with the other namespaces of `with_flags`."""
    extra = f" (with {', '.join(with_flags)})" if with_flags else ""
    return all_of(
        f"a user namespace can be made{extra}",
        (
            _built_in(subject),
            _privilege(subject),
            _limit(subject),
            _debian_switch(subject),
            _apparmor_switch(subject),
            _filter(subject, with_flags),
        ),
    )


def _built_in(subject: Subject) -> ConditionResult:
    condition = "CONFIG_USER_NS"
    if subject.kernel is None:
        return unknown(condition, "the host's kernel was not collected")
    match subject.kernel.config:
        case Known(options):
            if options.get(condition) == "y":
                return met(condition, "the kernel has CONFIG_USER_NS")
            return stopped(condition, "the kernel was built without CONFIG_USER_NS", "kernel without CONFIG_USER_NS")
        case Unknown(reason):
            # /proc/sys/user exists only where user namespaces are built in (kernel/ucount.c).
            match subject.sysctl("user.max_user_namespaces"):
                case Known(value) if value:
                    return met(condition, "the kernel has user.max_user_namespaces, so it has CONFIG_USER_NS")
                case _:
                    return unknown(condition, f"whether the kernel has CONFIG_USER_NS is not known: {reason}")


def _privilege(subject: Subject) -> ConditionResult:
    condition = "no capability is asked for"
    release = subject.kernel.release if subject.kernel else Unknown("the host's kernel was not collected")
    try:
        old = isinstance(release, Known) and key(release.value) < key(FREE_SINCE)
    except Malformed:
        old = False
    if not old:
        return met(condition, f"since Linux {FREE_SINCE} making one needs no capability")
    rights = over_initial(subject.confinement, ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID"))
    because = f"before Linux {FREE_SINCE} making one took CAP_SYS_ADMIN, CAP_SETUID and CAP_SETGID: {rights.because}"
    return ConditionResult(condition=condition, met=rights.met, because=because, control=rights.control)


def _limit(subject: Subject) -> ConditionResult:
    name = "user.max_user_namespaces"
    match subject.sysctl(name):
        case Unknown(reason):
            return unknown(name, f"{name} is not known: {reason}")
        case Known("0"):
            return stopped(name, f"{name} is 0", f"sysctl {name}=0")
        case Known(value):
            return met(name, f"{name} is {value}" if value else f"this kernel has no {name}")


def _debian_switch(subject: Subject) -> ConditionResult:
    name = "kernel.unprivileged_userns_clone"
    match subject.sysctl(name):
        case Unknown(reason):
            return unknown(name, f"{name} is not known: {reason}")
        case Known("0"):
            rights = over_initial(subject.confinement, ("CAP_SYS_ADMIN",))
            because = f"{name} is 0, which only CAP_SYS_ADMIN passes: {rights.because}"
            return ConditionResult(condition=name, met=rights.met, because=because, control=f"sysctl {name}=0")
        case Known(value):
            return met(name, f"{name} is {value}" if value else f"this kernel has no {name}")


def _apparmor_switch(subject: Subject) -> ConditionResult:
    name = "kernel.apparmor_restrict_unprivileged_userns"
    match subject.sysctl(name):
        case Unknown(reason):
            return unknown(name, f"{name} is not known: {reason}")
        case Known("1"):
            control = f"sysctl {name}=1"
            match subject.confinement.lsm:
                case Known(lsm) if lsm.module == "apparmor" and lsm.enforcing:
                    return stopped(name, f"{name} is 1 and the profile {lsm.label} has no rule for it", control)
                case _:
                    rights = holds(subject.confinement, ("CAP_SYS_ADMIN",))
                    because = f"{name} is 1, which only CAP_SYS_ADMIN passes: {rights.because}"
                    return ConditionResult(condition=name, met=rights.met, because=because, control=control)
        case Known(value):
            return met(name, f"{name} is {value}" if value else f"this kernel has no {name}")


def _filter(subject: Subject, with_flags: tuple[str, ...]) -> ConditionResult:
    condition = "the filter lets a user namespace be made"
    match subject.confinement.syscalls:
        case Unknown(reason):
            return unknown(condition, f"the system call filter is not known: {reason}")
        case Known(rules):
            flags = [CLONE_FLAGS["CLONE_NEWUSER"], *(CLONE_FLAGS[flag] for flag in with_flags)]
            answers = {flag: _flag_passes(rules, flag) for flag in flags}
            worst = max(answers.values(), key=lambda item: _PASSAGE_ORDER[item[0]])
            return _answer(condition, rules, worst)


_PASSAGE_ORDER = {Passage.ALLOWED: 0, Passage.DEPENDS: 1, Passage.DENIED: 2}


def _flag_passes(rules: SyscallFilter, flag: int) -> tuple[Passage, str]:
    """The best of the three calls that take the flag. They may be made one after the other, so each flag is asked alone.

    clone3 has its flags in memory, where seccomp cannot look: it passes or not as a whole.
    """
    tries = (
        (passage(rules, "unshare", {0: flag}), "unshare"),
        (passage(rules, "clone", {0: flag}), "clone"),
        (passage(rules, "clone3"), "clone3"),
    )
    return min(tries, key=lambda item: _PASSAGE_ORDER[item[0]])


def _answer(condition: str, rules: SyscallFilter, found: tuple[Passage, str]) -> ConditionResult:
    answer, call = found
    match answer:
        case Passage.ALLOWED:
            return met(condition, f"the seccomp filter {rules.profile} lets {call} through")
        case Passage.DENIED:
            because = f"the seccomp filter {rules.profile} denies unshare, clone and clone3 with these flags"
            return stopped(condition, because, f"seccomp filter {rules.profile}")
        case Passage.DEPENDS:
            return unknown(condition, f"what the seccomp filter {rules.profile} answers depends on arguments of {call}")
