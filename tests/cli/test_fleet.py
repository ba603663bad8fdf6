"""`ringfence fleet` keeps stacks, and `impact` and `paths` answer from it as from the stacks themselves."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cli.test_main import ringfence
from fleet.saved import container, kernel, planned, runtime, saved
from graph.test_impact import ADMIN, DEFAULT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nodes and a cluster's manifests, saved and taken."""
    folder = tmp_path_factory.mktemp("fleet")
    for node in ("a", "b"):
        workloads = (container(node, "web", DEFAULT.confinement), container(node, "agent", ADMIN.confinement))
        (folder / f"{node}.json").write_bytes(saved(node, kernel(node, "5.10.90"), runtime(node, "1.1.5", *workloads)))
    (folder / "cluster.json").write_bytes(saved("ci", planned(ADMIN.confinement)))
    done = ringfence("fleet", "take", "a.json", "b.json", "cluster.json", "--state", "fleet.db", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "a: 2 new, 0 changed, 0 gone, 0 as before"
    return folder


def told(folder: Path, *words: str) -> dict[str, Any]:
    done = ringfence(*words, "--format", "json", "--quiet", cwd=folder)
    assert done.returncode in (0, 3), done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return {key: value for key, value in report.items() if key not in ("made_at", "target", "workloads", "status")}


STACKS = ("--stack", "a.json", "--stack", "b.json", "--stack", "cluster.json")


@pytest.mark.parametrize(
    "words",
    [
        ("impact", "CVE-2022-0492"),
        ("impact", "CVE-2022-0185", "--what-if", "seccomp-default"),
        ("impact", "CVE-2022-0185", "--target-kernel", "6.18.44"),
        ("paths",),
        ("paths", "--from", "accounts", "--to", "secrets"),
    ],
)
def test_the_answer_is_that_of_the_stacks_themselves(words: tuple[str, ...], folder: Path) -> None:
    expected = told(folder, *words, *STACKS)
    assert told(folder, *words, "--state", "fleet.db") == expected
    assert told(folder, *words, "--state", "fleet.db") == expected


def test_what_was_judged_once_is_known_the_next_time(folder: Path, tmp_path: Path) -> None:
    ringfence("fleet", "take", str(folder / "a.json"), "--state", "fleet.db", cwd=tmp_path)
    words = ("impact", "CVE-2024-21626", "--state", "fleet.db")
    assert "0 known from earlier runs" in ringfence(*words, cwd=tmp_path).stderr
    assert "ringfence: 0 judgements made" in ringfence(*words, cwd=tmp_path).stderr


def test_stacks_are_listed_and_forgotten(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "fleet.db", tmp_path / "fleet.db")
    listed = json.loads(ringfence("fleet", "status", "--state", "fleet.db", "--format", "json", cwd=tmp_path).stdout)
    assert [item["name"] for item in listed] == ["a", "b", "ci"]
    done = ringfence("fleet", "forget", "a", "nobody", "--state", "fleet.db", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (3, "ringfence: nobody: no stack of this name is kept\n")
    assert "a " not in ringfence("fleet", "status", "--state", "fleet.db", cwd=tmp_path).stdout
    assert len(told(tmp_path, "impact", "CVE-2022-0492", "--state", "fleet.db")["impacts"][0]["components"]) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("impact", "CVE-2022-0492", "--state", "none.db"), "none.db: No such file or directory"),
        (("impact", "CVE-2022-0492", "--state", "x.db", "--stack", "y.json"), "--stack and --state do not go together"),
        (("paths", "--state", "x.db", "."), "--state and a path do not go together"),
        (("fleet", "take", "none.json", "--state", "x.db"), "none.json: No such file or directory"),
    ],
)
def test_a_wrong_question_is_one_line_and_status_2(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = ringfence(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ringfence: {said}")
