"""What a run under a profile tells about the profile: what it refused, and what to add. Pure."""

from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, known_or
from ringfence.model.recording import Phase, Recording
from ringfence.model.syscall_filter import Passage, SyscallFilter, passage
from ringfence.record.profiles.seccomp_check import ENOSYS, FALLS_BACK


class Denial(Fact):
    """Something refused, and what would let it pass. `harmless` if its caller is known to go on without it."""

    what: str
    phase: Phase
    add: str
    harmless: bool = False


class Trial(Fact):
    """One start under a profile: `started` if the container came up, the status of the test and of the container."""

    started: bool
    test_status: int | None
    container_status: int | None
    denials: tuple[Denial, ...]

    @property
    def passed(self) -> bool:
        """Whether it started, the test succeeded (or, without one, the container), and nothing that matters was refused."""
        status = self.container_status if self.test_status is None else self.test_status
        return self.started and status == 0 and all(denial.harmless for denial in self.denials)


def denials(recording: Recording, filter_: SyscallFilter, asked_before: frozenset[str] = frozenset()) -> tuple[Denial, ...]:
    """What was refused in a run under `filter_`.

    A call answered EPERM or ENOSYS that the filter does not allow was refused by it. A capability that was asked for and not
    had is told unless it was gone without before (`asked_before`).
    """
    found = []
    for refusal in known_or(recording.refusals, ()):
        answer = passage(filter_, refusal.name)
        if answer is Passage.DENIED:
            soft = refusal.name in FALLS_BACK and filter_.default_errno == ENOSYS
            add = f"allow {refusal.name}"
            found.append(Denial(what=f"system call {refusal.name}", phase=refusal.phase, add=add, harmless=soft))
        elif answer is Passage.DEPENDS and refusal.name not in recording.called(refusal.phase):
            # The kernel counts a call as made only after the filter has let it pass: every one of these was refused.
            add = f"allow {refusal.name} with the arguments it was made with"
            found.append(Denial(what=f"system call {refusal.name}", phase=refusal.phase, add=add))
    if isinstance(recording.capabilities, Known):
        lacking = {
            (use.name, use.phase)
            for use in recording.capabilities.value
            if not use.had and use.phase is not Phase.RUNTIME and use.name not in asked_before
        }
        # The workload may well go on without: the test decides.
        found += [
            Denial(what=f"capability {name}", phase=phase, add=f"add {name}", harmless=True)
            for name, phase in sorted(lacking)
        ]
    return tuple(found)
