"""Programs of this host, asked a question: bounded in time and output, never a program of a target."""

import os
import subprocess
from collections.abc import Mapping, Sequence

from ringfence.errors import LimitExceeded, Unavailable

TIMEOUT_SECONDS = 10.0
"""How long a program of the host may take to answer."""
MAX_OUTPUT_BYTES = 64 * 1024 * 1024
"""Most that is taken of a program's answer."""


_PLAIN = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C",
    "HOME": "/root",
}


def ask(
    command: Sequence[str],
    timeout: float = TIMEOUT_SECONDS,
    *,
    given: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """Standard output of `command`, run without a shell, with `given` as its input and a plain environment.

    A program that the user chose and that needs more (credentials of a service) is given the user's `environment`.

    Raises `Unavailable` if it is not there, fails or takes longer than `timeout` seconds, `LimitExceeded` if it says too
    much.
    """
    name = command[0]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program of this host, no shell
            list(command),
            input=given,
            capture_output=True,
            timeout=timeout,
            check=False,
            env=_PLAIN if environment is None else environment,
        )
    except subprocess.TimeoutExpired as cause:
        raise Unavailable(f"gave no answer within {timeout:.0f} s", where=name) from cause
    except OSError as cause:
        raise Unavailable(cause.strerror or str(cause), where=name) from cause
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Unavailable(f"failed with status {done.returncode}: {said[-1] if said else 'no message'}", where=name)
    if len(done.stdout) > MAX_OUTPUT_BYTES:
        raise LimitExceeded("bytes of a program's answer", MAX_OUTPUT_BYTES, where=name)
    return done.stdout


def run(command: Sequence[str], timeout: float, environment: Mapping[str, str]) -> int:
    """Exit status of a command the user wrote, run with our streams and environment and a few variables more.

    Raises `Unavailable` if it is not there or takes longer than `timeout` seconds.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command
            list(command), stdin=subprocess.DEVNULL, timeout=timeout, check=False, env={**os.environ, **environment}
        )
    except subprocess.TimeoutExpired as cause:
        raise Unavailable(f"did not end within {timeout:.0f} s", where=command[-1]) from cause
    except OSError as cause:
        raise Unavailable(cause.strerror or str(cause), where=command[0]) from cause
    return done.returncode
