"""A program started and held before its first instruction, until whoever watches it is ready."""

import os
import select
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringfence.errors import Unavailable

NOT_STARTED = 127
"""Exit status of a program that could not be executed, as shells say it."""


@dataclass(slots=True)
class Held:
    """A child of ours. `status` is its exit status once it has ended (negative: the signal that ended it)."""

    pid: int
    status: int | None = None
    _gate: int = -1
    _handle: int = -1

    def release(self) -> None:
        """Lets it begin."""
        os.write(self._gate, b"x")
        os.close(self._gate)
        self._gate = -1

    def wait(self, seconds: float) -> bool:
        """Waits this long at most; whether it has ended."""
        if self.status is None and select.select([self._handle], [], [], max(0.0, seconds))[0]:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            os.close(self._handle)
        return self.status is not None

    def end(self, patience: float = 10.0) -> None:
        """Asks it to end, and after `patience` seconds makes it."""
        for kind in (signal.SIGTERM, signal.SIGKILL):
            if self.wait(0):
                return
            signal.pidfd_send_signal(self._handle, kind)
            self.wait(patience)


def start(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Held:
    """Starts `command`, held, with our own streams. Raises `Unavailable` if there is no such program."""
    if shutil.which(command[0]) is None:
        raise Unavailable("there is no such program", where=command[0], mend="check its name and PATH")
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.close(writing)
            # End of file: whoever held us is gone, so nothing is started.
            if os.read(reading, 1):
                os.execvpe(command[0], list(command), {**os.environ, **(environment or {})})  # noqa: S606 - the user's command
        finally:
            os._exit(NOT_STARTED)
    os.close(reading)
    return Held(pid=pid, _gate=writing, _handle=os.pidfd_open(pid))
