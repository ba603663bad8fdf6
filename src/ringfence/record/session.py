"""One run of the recorder: from the first instruction of a workload to its end, sampled on the way for coverage."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ringfence import __version__
from ringfence.io import clock
from ringfence.model.recording import Method, Recording, Run
from ringfence.record.probes import Recorder
from ringfence.record.readout import Names, Raw, Readout
from ringfence.record.tables import Table

FIRST_SAMPLE, SAMPLE_GROWTH, SLOWEST_SAMPLE = 0.1, 1.3, 10.0
"""Seconds between two looks at the marks: close together first, when much is new."""
LAST_WORDS = 2.0
"""Seconds that what a workload left behind may take to end after it."""
BLIND_SPOTS = (
    "what is done through io_uring",
    "a second name of a file (hard link) already seen under another",
    "addresses and changed paths of 32-bit programs",
    "the directory that a relative path of a changing call is relative to",
)
"""What the eBPF method cannot see."""


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a run before it begins."""

    subject: str
    kernel: str
    machine: str
    engine: str = ""
    runtime: str = ""
    image: str = ""


@dataclass(slots=True)
class Watching:
    """A recorder at work: `sample` now and then, `finish` at the end."""

    recorder: Recorder
    names: Names
    about: About
    blind: tuple[str, ...] = ()
    started: str = field(default_factory=clock.now)
    coverage: list[tuple[float, int]] = field(default_factory=list)
    _begun: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Seconds since the workload began."""
        return time.monotonic() - self._begun

    def begin(self) -> None:
        """The workload begins now."""
        self._begun = time.monotonic()

    def until(self, ended: Callable[[float], bool], limit: float = float("inf")) -> bool:
        """Samples until `ended` (which waits as long as it is told) says so, or `limit` seconds have passed."""
        pause = FIRST_SAMPLE
        while not ended(min(pause, max(0.0, limit - self.seconds))):
            if self.seconds >= limit:
                return False
            self.sample()
            pause = min(pause * SAMPLE_GROWTH, SLOWEST_SAMPLE)
        return True

    def sample(self) -> None:
        """Notes how many different calls were seen by now."""
        seen = Readout(marks(self.recorder), self.names).distinct()
        if not self.coverage or self.coverage[-1][1] != seen:
            self.coverage.append((round(self.seconds, 2), seen))

    def finish(self, exit_status: int | None) -> Recording:
        """Everything seen, once the last of the workload's processes is gone or `LAST_WORDS` are over."""
        seconds = self.seconds
        for _ in range(int(LAST_WORDS / 0.02)):
            if not self.recorder.running():
                break
            time.sleep(0.02)
        self.sample()
        readout = Readout(read(self.recorder), self.names)
        about = self.about
        run = Run(
            id=secrets.token_hex(6),
            subject=about.subject,
            method=Method.EBPF,
            started=self.started,
            seconds=round(seconds, 3),
            kernel=about.kernel,
            machine=about.machine,
            ringfence=__version__,
            engine=about.engine,
            runtime=about.runtime,
            image=about.image,
            exit_status=exit_status,
            coverage=tuple(self.coverage),
            lost=readout.lost(),
            blind_spots=(*BLIND_SPOTS, *self.recorder.blind, *self.blind),
        )
        return readout.recording(run)


def marks(recorder: Recorder) -> Raw:
    """Only the marks: enough to count calls."""
    empty: dict[bytes, bytes] = {}
    return Raw(
        rows=recorder.rows(),
        executables=empty,
        counters=recorder.counters(),
        arguments=empty,
        capabilities=empty,
        files=empty,
        paths=empty,
        sockets=empty,
    )


def read(recorder: Recorder) -> Raw:
    """All maps."""
    return Raw(
        rows=recorder.rows(),
        executables=recorder.set_of(Table.EXECUTABLES),
        counters=recorder.counters(),
        arguments=recorder.set_of(Table.ARGUMENTS),
        capabilities=recorder.set_of(Table.CAPABILITIES),
        files=recorder.set_of(Table.FILES),
        paths=recorder.set_of(Table.PATHS),
        sockets=recorder.set_of(Table.SOCKETS),
        missing=recorder.missing,
    )
