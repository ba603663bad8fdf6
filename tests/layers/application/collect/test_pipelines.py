"""Pipelines of a tree: which files are some, what is said of those that cannot be read, and that none is judged twice."""

import json
from pathlib import Path

import pytest

from ringfence.cli.main import main
from ringfence.errors import UnreadableInput
from ringfence.io.world import Target, World
from ringfence.layers.application.collect import pipelines
from ringfence.layers.application.facts import Facts
from ringfence.model.finding import Problem

BAD = """on: issues
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: echo "${{ github.event.issue.title }}"
"""


def gathered(path: Path) -> tuple[list[Facts], list[Problem]]:
    problems: list[Problem] = []
    world = World(node="n", today="2026-11-24", report=problems.append)
    return list(pipelines.collect(Target("tree", str(path)), world)), problems


def written(root: Path, name: str, text: str) -> Path:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    return root / name


def test_a_tree(tmp_path: Path) -> None:
    written(tmp_path, ".github/workflows/a.yml", BAD)
    written(tmp_path, ".gitlab-ci.yml", "a: {script: [make]}\n")
    written(tmp_path, "tool/action.yml", "runs: {using: node20}\n")
    written(tmp_path, "node_modules/x/action.yml", "runs: {using: node20}\n")
    written(tmp_path, ".github/workflows/broken.yml", "jobs: [a]\n")
    facts, problems = gathered(tmp_path)
    found = [one.path for item in facts for one in item.pipelines]
    assert found == [".github/workflows/a.yml", ".gitlab-ci.yml", "tool/action.yml"]
    assert [(item.where.rpartition("/")[2], item.why) for item in problems] == [
        ("broken.yml", "not a valid pipeline: line 1: jobs is not a mapping")
    ]


def test_a_single_file(tmp_path: Path) -> None:
    (facts,), _ = gathered(written(tmp_path, ".github/workflows/a.yml", BAD))
    assert facts.pipelines[0].jobs[0].steps[1].expressions[0].at.line == 7
    with pytest.raises(UnreadableInput, match="not a mapping"):
        gathered(written(tmp_path, ".gitlab-ci.yml", "- a\n"))


def rules(path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    main(["app", str(path), "--format", "json"])
    return sorted(finding["rule"] for finding in json.loads(capsys.readouterr().out)["findings"])


def test_each_fault_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, ".github/workflows/a.yml", BAD)
    said = ["dependency-from-mutable-source", "untrusted-input-in-script", "workflow-rights-open"]
    assert rules(tmp_path, capsys) == said
    assert rules(path, capsys) == said


def test_gitlab_alone_is_no_lock_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, ".gitlab-ci.yml", "a: {script: ['eval \"$CI_COMMIT_TITLE\"']}\n")
    assert rules(path, capsys) == ["untrusted-input-in-script"]
