"""A fleet's file: taking the stacks of all nodes, one changed node, a new CVE and the attack graph, each by a new process.

Budget: 1,000 nodes with 25,000 pods: a new CVE in under 1 s, the whole attack graph in under 30 s and 2 GB. With an advisory
store (--db FILE) the 360,000 scores of EPSS and the CVE records are there too. Every figure is CPU seconds of one process
that starts, opens the file, answers and ends; wall clock depends on what else runs here.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import msgspec
from made.clusters import Size, facts_by_node

from ringfence.engine.collecting import freeze
from ringfence.engine.impacts import orders
from ringfence.engine.storeys import Gathered, StoreyFacts
from ringfence.fleet import store
from ringfence.fleet.answering import OF_IMPACT, opened
from ringfence.graph.impact import impact
from ringfence.knowledge.stack_cves import stack_cve
from ringfence.model.finding import Storey
from ringfence.model.linux import Namespace

SIZES = (Size(1_000, 50), Size(10_000, 500), Size(25_000, 1_000))
AT = "2026-11-24T12:00:00Z"
CVES = ("CVE-2024-21626", "CVE-2022-0185", "CVE-2022-0492")


def stacks(size: Size) -> Iterator[tuple[str, bytes]]:
    """The saved stack of each node: its kernel, runtimes and containers; and one of the cluster's own objects."""
    for node, facts in facts_by_node(size):
        gathered = tuple(Gathered(Storey(storey), "bench", node, cast("StoreyFacts", item)) for storey, item in facts)
        yield node, msgspec.json.encode(freeze(gathered, (), node=node, at=AT))


def run(*words: str) -> tuple[float, float, str]:
    """A new process of ours: CPU seconds, peak in MB, what it said on standard error."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = "import resource, sys; from ringfence.cli.main import main; s = main(sys.argv[1:]);"
    program += "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(s)"
    done = subprocess.run(
        [sys.executable, "-c", program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    *said, peak = done.stderr.splitlines()
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, int(peak) / 1024, said[-1].removeprefix("ringfence: ") if said else ""


def inside(path: str) -> Iterator[tuple[str, float]]:
    """The parts of an answer in this process: opening and reading, then a CVE judged for the first time and again."""
    mark = time.process_time()
    with opened(path) as fleet:
        graph = fleet.graph(OF_IMPACT)
        yield "open and read what a CVE asks for", time.process_time() - mark
        for name in ("CVE-2025-31133", "CVE-2025-31133"):
            cve = stack_cve(name)
            mark = time.process_time()
            if cve is not None:
                impact(graph, cve, orders())
            yield f"a CVE judged, {name}", time.process_time() - mark


def main() -> None:
    """Each size, or with --sizes N the first N."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, default=len(SIZES))
    parser.add_argument("--db", default="", help="an advisory store")
    options = parser.parse_args()
    db = ("--db", options.db) if options.db else ("--db", "/nonexistent")
    for size in SIZES[: options.sizes]:
        with tempfile.TemporaryDirectory() as folder:
            measure(size, Path(folder), db)


def measure(size: Size, folder: Path, db: tuple[str, ...]) -> None:
    """One size."""
    path = str(folder / "fleet.db")
    print(f"\n{size.workloads:,} pods on {size.nodes:,} nodes")
    mark, written, changed = time.process_time(), 0, b""
    for _, data in stacks(size):
        made = time.process_time()
        written += len(data)
        changed = changed or data
        mark += time.process_time() - made
        store.take(path, data, "bench", AT)
    spent = time.process_time() - mark
    print(f"  {f'take {written / 1e6:,.0f} MB of stacks':<44}{spent:>8.2f} s  {os.path.getsize(path) / 1e6:.0f} MB kept")
    for name, seconds in inside(path):
        print(f"  {'in one process: ' + name:<44}{seconds:>8.2f} s")
    for name in CVES:
        spent, peak, said = run("impact", name, "--state", path, *db)
        print(f"  {'impact ' + name:<44}{spent:>8.2f} s  {peak:>5.0f} MB  {said}", flush=True)
    for word in ("paths, first", "paths, again"):
        spent, peak, said = run("paths", "--state", path, "--from", "containers", *db)
        print(f"  {word:<44}{spent:>8.2f} s  {peak:>5.0f} MB  {said}", flush=True)
    other = json.loads(changed)
    for section in other["sections"]:
        for workload in section["facts"].get("workloads", ()):
            workload["confinement"]["namespaces"]["value"][Namespace.PID.value] = "host"
    mark = time.process_time()
    store.take(path, json.dumps(other).encode(), "bench", AT)
    print(f"  {'take one changed node':<44}{time.process_time() - mark:>8.2f} s")
    for words in (("impact", CVES[0]), ("paths", "--from", "containers")):
        spent, peak, said = run(*words, "--state", path, *db)
        print(f"  {'after it: ' + words[0]:<44}{spent:>8.2f} s  {peak:>5.0f} MB  {said}", flush=True)


if __name__ == "__main__":
    main()
