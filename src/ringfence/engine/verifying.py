"""Trying a profile out: the real container under it, the user's own test, and what was refused."""

from ringfence.engine import profiles
from ringfence.engine.recording import bench, exerciser
from ringfence.model.knowledge import known_or
from ringfence.model.recording import Phase, Recording
from ringfence.record.containers import Image
from ringfence.record.recorder import record_image
from ringfence.record.verifying import Trial, denials


def verify(image: Image, profile: tuple[str, bytes], test: str, before: Recording | None = None) -> tuple[Trial, Recording]:
    """One start of `image` under the profile (its path and bytes), with the test in the shell here while it is up.

    Without a test the container's own exit status counts. `before` is the recording that the profile was made of: a
    capability that was gone without there is no news.
    """
    path, data = profile
    _, filter_ = profiles.read(data, path)
    statuses: list[int] = []

    def exercise(name: str) -> int:
        statuses.append(exerciser(test)(name))
        return statuses[-1]

    seen = record_image(bench(), image, exercise if test else None, profile=data)
    uses = known_or(before.capabilities, ()) if before else ()
    asked = frozenset(use.name for use in uses if not use.had)
    trial = Trial(
        started=bool(statuses) or not test,
        test_status=statuses[-1] if statuses else None,
        container_status=seen.runs[0].exit_status,
        denials=denials(seen, filter_, asked),
    )
    return trial, seen


def lacking(trial: Trial) -> tuple[str, ...]:
    """One line for each thing refused: what, when, and what to add."""
    return tuple(
        f"{'note' if item.harmless else 'refused'}: {item.what} ({_when(item.phase)}): {item.add}" for item in trial.denials
    )


def _when(phase: Phase) -> str:
    return "the runtime, before the program starts" if phase is Phase.RUNTIME else phase.value
