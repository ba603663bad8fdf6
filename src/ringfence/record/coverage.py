"""Whether a recording was long enough to believe: new system calls over time."""

from ringfence.model.recording import Method, Recording, Run

SETTLED_SHARE = 0.5
"""A run is settled if the last half of it brought nothing new."""
LEAST_SECONDS = 10.0
"""A service watched for less has not shown much more than its start."""


def warnings(recording: Recording) -> tuple[str, ...]:
    """What a reader must know before using the recording; empty if there is nothing."""
    found = [warning for run in recording.runs for warning in _of_run(run)]
    if not recording.complete:
        found.insert(0, "the recording is incomplete: a profile made of it may stop the workload")
    if any(use.name.startswith("io_uring") for use in recording.calls):
        found.append("io_uring was used: what is done through it passes by every recorder of system calls")
    return tuple(dict.fromkeys(found))


def last_new(run: Run) -> float:
    """Seconds into the run at which the last new system call was seen."""
    final = run.coverage[-1][1] if run.coverage else 0
    return next((at for at, distinct in run.coverage if distinct == final), 0.0)


def _of_run(run: Run) -> list[str]:
    found = [f"{count:,} {kind} were seen and could not be kept (run {run.id})" for kind, count in sorted(run.lost.items())]
    if run.exit_status is None and run.seconds < LEAST_SECONDS:
        found.append(f"run {run.id} was watched for {run.seconds:.1f} s only: it shows the start, not the service")
    if run.seconds >= LEAST_SECONDS and last_new(run) > run.seconds * SETTLED_SHARE:
        found.append(
            f"run {run.id} still brought new system calls after {last_new(run):.0f} of {run.seconds:.0f} s: record longer"
        )
    if run.method is Method.NOTIFY:
        found.append("recorded without eBPF: capabilities, files and sockets were not seen")
    return found
