"""Profiles for the command line: data put beside the pure functions of `record.profiles`."""

from collections.abc import Iterable

from ringfence.engine.attack_surface import confined, opened_by, surface
from ringfence.errors import UnreadableInput
from ringfence.formats import seccomp_profile
from ringfence.formats.seccomp_profile import SeccompProfile
from ringfence.knowledge.runtime_defaults import default_capabilities, default_filter
from ringfence.knowledge.runtime_needs import runtime_needs
from ringfence.knowledge.system_calls import known_names, system_calls
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known
from ringfence.model.recording import Entry, Phase, Recording
from ringfence.model.syscall_filter import SyscallFilter
from ringfence.record.profiles import capabilities, seccomp, seccomp_check, seccomp_compare, seccomp_lint
from ringfence.record.profiles.seccomp import Arguments, Wanted
from ringfence.record.profiles.seccomp_check import Denied
from ringfence.record.profiles.seccomp_compare import Difference
from ringfence.record.profiles.seccomp_lint import Fault

MACHINE = "x86_64"


class Comparison(Fact):
    """A profile beside an engine's default: how many calls pass, which known kernel CVEs each shuts off."""

    default: str
    allowed: int
    allowed_by_default: int
    closed: tuple[str, ...]
    closed_by_default: tuple[str, ...]
    open: tuple[str, ...]


class Explained(Fact):
    """Why a call is in a profile: the executables that made it and when, the runtime, and what it opens."""

    name: str
    executables: tuple[str, ...]
    phases: tuple[str, ...]
    runtime: bool
    opens: tuple[str, ...]


def seccomp_of(
    recording: Recording, name: str, runtime: tuple[str, str], arguments: str, static: tuple[str, ...] = ()
) -> SyscallFilter:
    """The least filter for a recording and the calls in `static`. `runtime` is name and version (or empty)."""
    needed = runtime_needs(*runtime).calls
    how = Arguments(arguments)
    return seccomp.generate(recording, Wanted(name=name, runtime_calls=needed, arguments=how, static_calls=static))


def read(data: bytes, path: str, capabilities_held: int = 0) -> tuple[SeccompProfile, SyscallFilter]:
    """A profile and the filter it comes to for a container with these capabilities. Errors name the file."""
    try:
        profile = seccomp_profile.parse(data)
    except UnreadableInput as cause:
        cause.where = path
        raise
    return profile, seccomp_profile.resolve(profile, path, capabilities_held)


def merged(filters: Iterable[SyscallFilter], name: str) -> SyscallFilter:
    """What any of the filters allows."""
    return seccomp_compare.merge(filters, name)


def differences(before: SyscallFilter, after: SyscallFilter) -> tuple[Difference, ...]:
    """The calls that two filters answer differently."""
    return seccomp_compare.diff(before, after, system_calls(MACHINE).numbers)


def refused(recording: Recording, filter_: SyscallFilter) -> tuple[Denied, ...]:
    """What a recording has seen and a filter refuses."""
    return seccomp_check.denied(recording, filter_)


def faults(profile: SeccompProfile, filter_: SyscallFilter) -> tuple[Fault, ...]:
    """What is wrong with a profile."""
    return seccomp_lint.lint(profile, filter_, known_names())


def compared(filter_: SyscallFilter, runtime: str, held: int | None = None, *, uid: int = 0) -> Comparison:
    """A profile, with the capabilities `held` (the default ones if None), beside the default of an engine."""
    usual = default_capabilities(runtime)
    default = default_filter(runtime, usual)
    names = system_calls(MACHINE).numbers
    before = surface(confined(default, usual))
    after = surface(confined(filter_, usual if held is None else held, uid=uid, no_new_privileges=uid != 0))
    return Comparison(
        default=default.profile,
        allowed=len(seccomp_check.allowed(filter_, names)),
        allowed_by_default=len(seccomp_check.allowed(default, names)),
        closed=after.closed,
        closed_by_default=before.closed,
        open=after.open,
    )


def explained(recording: Recording, filter_: SyscallFilter, runtime: tuple[str, str]) -> tuple[Explained, ...]:
    """Each call that a profile lets pass: who needs it, and which CVEs would be shut off without it."""
    needed = set(runtime_needs(*runtime).calls)
    found = []
    for name in seccomp_check.allowed(filter_, system_calls(MACHINE).numbers):
        uses = [use for use in recording.calls if use.name == name and use.entry is Entry.NATIVE]
        found.append(
            Explained(
                name=name,
                executables=tuple(sorted({path for use in uses for path in use.executables})),
                phases=tuple(phase.value for phase in Phase if any(use.phase is phase for use in uses)),
                runtime=name in needed,
                opens=opened_by(name),
            )
        )
    return tuple(found)


def default_mask(engine: str) -> int:
    """The capabilities that an engine gives unasked. Raises `Unavailable` for one unknown here."""
    return default_capabilities(engine)


def capability_mask(recording: Recording) -> int | None:
    """The capabilities a recording needs as a mask; None if it did not see capabilities."""
    found = capabilities.granted(capabilities.needs(recording))
    return found.value if isinstance(found, Known) else None
