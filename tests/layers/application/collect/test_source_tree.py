"""Source trees made here: each folder's lock files, what is passed over, and what is said to be missing."""

import json
import os
from pathlib import Path

import pytest

from ringfence.engine import storeys
from ringfence.errors import UnreadableInput
from ringfence.io.world import Target, World
from ringfence.layers.application.collect import source_tree
from ringfence.layers.application.facts import Facts
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known, Unknown

POETRY = '[[package]]\nname = "flask"\nversion = "2.0.1"\nfiles = []\n'
UV = 'version = 1\n[[package]]\nname = "flask"\nversion = "2.0.1"\nsource = { registry = "https://pypi.org/simple" }\n'
NPM = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}})
GO = "module m\ngo 1.20\nrequire golang.org/x/net v0.10.0\n"


def put(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def collect(path: Path | str) -> tuple[list[Facts], list[Problem]]:
    problems: list[Problem] = []
    world = World(node="n", today="2026-01-01", readers=storeys.readers(), report=problems.append)
    return list(source_tree.collect(Target("tree", str(path)), world)), problems


def purls(found: list[Facts]) -> list[str]:
    return [package.purl for facts in found for package in facts.packages]


def test_every_kind_of_lock_file(tmp_path: Path) -> None:
    put(tmp_path, "requirements.txt", "flask==2.0.1\nrequests>=2\n")
    put(tmp_path, "a/poetry.lock", POETRY)
    put(tmp_path, "b/uv.lock", UV)
    put(tmp_path, "c/package-lock.json", NPM)
    put(tmp_path, "d/go.mod", GO)
    found, problems = collect(tmp_path)
    assert problems == []
    assert [facts.folder for facts in found] == ["", "a", "b", "c", "d"]
    assert purls(found) == [
        "pkg:pypi/flask@2.0.1",
        "pkg:pypi/flask@2.0.1",
        "pkg:pypi/flask@2.0.1",
        "pkg:npm/a@1.0.0",
        "pkg:golang/golang.org/x/net@v0.10.0",
        "pkg:golang/stdlib@1.20.0",
    ]


def test_what_was_installed_or_built_is_not_read(tmp_path: Path) -> None:
    put(tmp_path, "requirements.txt", "flask==2.0.1\n")
    for folder in source_tree.SKIPPED:
        put(tmp_path, f"{folder}/package-lock.json", NPM)
    found, problems = collect(tmp_path)
    assert (purls(found), problems) == (["pkg:pypi/flask@2.0.1"], [])


def test_links_are_not_followed_and_pipes_not_opened(tmp_path: Path) -> None:
    put(tmp_path, "outside/requirements.txt", "no==1\n")
    put(tmp_path, "in/requirements.txt", "flask==2.0.1\n")
    (tmp_path / "in/more").symlink_to("../outside")
    (tmp_path / "in/round").symlink_to(".")
    (tmp_path / "in/dev-requirements.txt").symlink_to("dev-requirements.txt")
    os.mkfifo(tmp_path / "in/poetry.lock")
    found, _ = collect(tmp_path / "in")
    assert purls(found) == ["pkg:pypi/flask@2.0.1"]


def test_includes_are_followed_inside_the_tree_only(tmp_path: Path) -> None:
    put(tmp_path, "app/requirements.txt", "-r deps/base.in\n-r ../outside.txt\n-r ../../gone.txt\n-r requirements.txt\n")
    put(tmp_path, "app/deps/base.in", "flask==2.0.1\n-r more.in\n")
    put(tmp_path, "app/deps/more.in", "urllib3==2.2.1\n-r base.in\n")
    put(tmp_path, "outside.txt", "no==1\n")
    found, problems = collect(tmp_path / "app")
    assert sorted(purls(found)) == ["pkg:pypi/flask@2.0.1", "pkg:pypi/urllib3@2.2.1"]
    assert sorted(item.why.split(",")[0] for item in problems) == ["includes ../../gone.txt", "includes ../outside.txt"]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    put(tmp_path, "poetry.lock", "[[")
    put(tmp_path, "yarn.lock", "x")
    put(tmp_path, "requirements.txt", "flask==2.0.1\n===\n")
    put(tmp_path, "pyproject.toml", "[project")
    found, problems = collect(tmp_path)
    assert purls(found) == ["pkg:pypi/flask@2.0.1"]
    assert sorted(item.where.rpartition("/")[2] for item in problems) == [
        "poetry.lock",
        "pyproject.toml",
        "requirements.txt:2",
        "yarn.lock",
    ]
    (declaration,) = found[0].declarations
    assert isinstance(declaration.declares, Unknown)


def test_declarations_know_the_locks_beside_and_above_them(tmp_path: Path) -> None:
    put(tmp_path, "uv.lock", UV)
    put(tmp_path, "member/pyproject.toml", '[project]\nname = "m"\ndependencies = ["flask"]\n')
    put(tmp_path, "web/package.json", '{"dependencies": {"a": "1"}}')
    found, problems = collect(tmp_path)
    declared = {item.path: (item.declares, item.locks) for facts in found for item in facts.declarations}
    assert declared == {
        "member/pyproject.toml": (Known(1), ("uv.lock",)),
        "web/package.json": (Known(1), ()),
    }
    assert problems == []


def test_one_named_lock_file(tmp_path: Path) -> None:
    put(tmp_path, "poetry.lock", POETRY)
    found, _ = collect(tmp_path / "poetry.lock")
    assert purls(found) == ["pkg:pypi/flask@2.0.1"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [("poetry.lock", "[[", "poetry.lock"), ("go.mod", "require a", "line 1"), ("notes.md", "x", "no lock file")],
)
def test_a_named_file_must_be_a_lock_file(tmp_path: Path, name: str, text: str, said: str) -> None:
    put(tmp_path, name, text)
    with pytest.raises(UnreadableInput, match=said):
        collect(tmp_path / name)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="is not there"):
        collect(tmp_path / "gone")
