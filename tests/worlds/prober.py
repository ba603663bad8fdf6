"""Containers in which a static C program (`tests/live/programs/primitives.c`) tries primitives and says what came of it."""

import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "live" / "programs" / "primitives.c"
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000")
MISSING = [name for name in ("podman", "runc", "gcc") if shutil.which(name) is None]
MISSING += [] if os.geteuid() == 0 else ["root"]
"""What this machine lacks for it; `tests/install-packages.sh` installs the programs."""

FILTERED = (1, 38)
"""EPERM and ENOSYS: what filters answer."""

Told = Mapping[str, int]
"""What the prober said: an errno for a call (0: it went through), 0 or 1 for the rest."""


def run(*words: str) -> str:
    """What a program writes; it must end well."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    assert not done.returncode, f"{' '.join(words)}: {done.stderr.strip()}"
    return done.stdout.strip()


def build(folder: Path) -> Path:
    """The prober, static, so that it runs in an empty image."""
    made = folder / "primitives"
    run("gcc", "-O1", "-static", "-o", str(made), str(SOURCE))
    return made


@contextmanager
def image(prober: Path, name: str) -> Iterator[str]:
    """An image with nothing but the prober, while the block runs."""
    archive = prober.parent / "root.tar"
    with tarfile.open(archive, "w") as tar:
        for folder in ("proc", "sys", "dev", "mnt", "tmp"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(entry)
        tar.add(prober, "primitives")
    run("podman", "import", "-q", str(archive), name)
    try:
        yield name
    finally:
        run("podman", "rmi", "-f", name)


@contextmanager
def started(of: str, wanted: Mapping[str, tuple[str, ...]], prefix: str, *common: str) -> Iterator[dict[str, str]]:
    """Containers by name with their ids, each with its own options and the `common` ones, while the block runs."""
    found: dict[str, str] = {}
    every = (*LIMITS, "--env=RINGFENCE_INSIDE_A_CONTAINER=1", *common)
    try:
        for name, options in wanted.items():
            words = ("podman", "--runtime", "runc", "run", "-d", "--name", prefix + name, *every, *options)
            found[name] = run(*words, of, "/primitives")
        yield found
    finally:
        names = [prefix + name for name in wanted]
        subprocess.run(["podman", "rm", "-f", "-t", "0", "--ignore", *names], capture_output=True, timeout=120, check=False)


def answers(container: str) -> Told:
    """What the prober said, once it has said all."""
    found: dict[str, int] = {}
    for _ in range(200):
        found = {
            name: int(value) for name, value in (line.split(" ") for line in run("podman", "logs", container).splitlines())
        }
        if "done" in found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"the prober did not end in {container}: {json.dumps(found)}")
