"""Start-up: CPU time of the quick commands as a ratio to a bare interpreter, interleaved in one run.

Budgets: `--version` 2.5 times, `--help` and `checks` 4 times `python -c pass`.
"""

import os
import resource
import subprocess
import sys
from statistics import median

ROUNDS = 15
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "ringfence --version": ["-m", "ringfence", "--version"],
    "ringfence --help": ["-m", "ringfence", "--help"],
    "ringfence checks": ["-m", "ringfence", "checks"],
}
BUDGET = {"ringfence --version": 2.5, "ringfence --help": 4.0, "ringfence checks": 4.0}


def cpu_seconds(words: list[str]) -> float:
    """User and system time of one run of this interpreter."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Measures and prints a table."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, words in COMMANDS.items():
            times[name].append(cpu_seconds(words))
    floor = median(times["python -c pass"])
    for name, seen in times.items():
        budget = f"budget {BUDGET[name]}x" if name in BUDGET else ""
        print(f"{name:<22}{median(seen) * 1000:7.1f} ms CPU {median(seen) / floor:6.2f}x  {budget}")


if __name__ == "__main__":
    main()
