"""The fleet's file is used by several processes at once, and any of them may die at any point."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fleet.saved import container, kernel, runtime, saved
from fleet.test_store import answered, from_scratch
from graph.test_impact import ADMIN, DEFAULT
from ringfence.engine import collecting
from ringfence.fleet.answering import OF_PATHS, opened

WRITER = """
import sys
from ringfence.fleet import store
path, *files = sys.argv[1:]
print("ready", flush=True)
for file in files:
    with open(file, "rb") as stack:
        data = stack.read()
    store.take(path, data, file, "2026-11-24T12:00:00Z")
    print(file, flush=True)
"""
KILLS = 8


def writer(path: Path, files: list[Path]) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", WRITER, str(path), *map(str, files)]
    started = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Stacks of six nodes, each in two versions, in the order in which they are taken over and over."""
    made = []
    for version, confinement in enumerate((DEFAULT.confinement, ADMIN.confinement)):
        for number in range(6):
            node = f"n{number}"
            workloads = [container(node, f"c{index}", confinement) for index in range(20)]
            file = tmp_path / f"{node}-{version}.json"
            file.write_bytes(saved(node, kernel(node, f"5.10.{90 + version}"), runtime(node, "1.1.5", *workloads)))
            made.append(file)
    return made


def demand_whole(path: Path, files: list[Path]) -> int:
    """Every node in the file is of one of its two versions, whole; how many there are."""
    with opened(str(path)) as fleet:
        graph = fleet.graph(OF_PATHS, whole=True)
        stacks, answer = fleet.stacks(), answered(graph, "CVE-2022-0185")
        assert fleet.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    left = {}
    for stack in stacks:
        host = graph.nodes[f"host:{stack.node}"]
        for file in files:
            data = file.read_bytes()
            _, gathered = collecting.thaw(data, "test")
            if file.name.startswith(f"{stack.node}-") and host.kernel == gathered[0].facts.kernel:  # type: ignore[attr-defined]  # the kernel storey's
                left["", stack.node] = data
    scratch = from_scratch(left)
    assert len(left) == len(stacks)
    assert graph.nodes == scratch.nodes
    assert answer == answered(scratch, "CVE-2022-0185")
    return len(stacks)


def test_a_kill_at_any_point_leaves_whole_stacks(tmp_path: Path, files: list[Path]) -> None:
    path = tmp_path / "fleet.db"
    dice = random.Random(7)
    seen = 0
    for _ in range(KILLS):
        with writer(path, files * 50) as running:
            for _ in range(dice.randint(0, 8)):
                running.stdout.readline()  # type: ignore[union-attr]  # it is a pipe
            time.sleep(dice.uniform(0.0, 0.02))
            os.kill(running.pid, signal.SIGKILL)
            assert running.wait() == -signal.SIGKILL
        if path.exists():
            now = demand_whole(path, files)
            assert now >= seen
            seen = now
    with writer(path, files) as running:
        assert running.wait() == 0
    assert demand_whole(path, files) == 6


def test_two_writers_at_once_lose_nothing(tmp_path: Path, files: list[Path]) -> None:
    path = tmp_path / "fleet.db"
    with writer(path, files[:6:2] * 3) as one, writer(path, files[1:6:2] * 3) as other:
        while one.poll() is None or other.poll() is None:
            if path.exists() and path.stat().st_size:
                demand_whole(path, files)
                time.sleep(0.05)
        assert (one.wait(), other.wait()) == (0, 0)
    assert demand_whole(path, files) == 6
