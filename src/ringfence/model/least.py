"""What a workload needs and no more, as whoever hardens a file is told."""

from ringfence.model.fact import Fact


class Least(Fact):
    """What is needed. `capabilities` are without `CAP_`; `calls` are names of system calls, those of the runtime left out.

    `writable` are the directories that are written, beside `temporary`: those of /tmp, /var/tmp and /run that are, which
    some engines make writable anyway. None for what is not known: then nothing is taken away there.
    """

    capabilities: tuple[str, ...] | None = None
    seccomp: str = ""
    """Path of a profile, or empty to leave the engine's default."""
    writable: tuple[str, ...] | None = None
    temporary: tuple[str, ...] = ()
    calls: tuple[str, ...] | None = None
