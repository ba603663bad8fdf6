"""Recipes of a tree: which files are some, what their context would ship, and what is said of those that cannot be read."""

from pathlib import Path

import pytest

from ringfence.errors import UnreadableInput
from ringfence.io.world import Target, World
from ringfence.layers.application.collect import build_recipes
from ringfence.layers.application.facts import Facts
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known


def gathered(path: Path) -> tuple[list[Facts], list[Problem]]:
    problems: list[Problem] = []
    world = World(node="n", today="2026-11-24", report=problems.append)
    return list(build_recipes.collect(Target("tree", str(path)), world)), problems


def test_a_tree(tmp_path: Path) -> None:
    for name in ("Dockerfile", "a/Containerfile", "a/web.dockerfile", "Dockerfile.j2", "node_modules/Dockerfile"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("FROM a\nCOPY . .\n")
    for name in (".env", "a/id_rsa", "a/.env.example", "a/kept/.npmrc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / ".dockerignore").write_text(".env\n")
    (tmp_path / "a/web.dockerfile.dockerignore").write_text("*\n")
    facts, problems = gathered(tmp_path)
    recipes = [recipe for item in facts for recipe in item.recipes]
    shipped = {one.path: [file.path for file in one.context.value] for one in recipes if isinstance(one.context, Known)}
    assert shipped == {
        "Dockerfile": ["a/id_rsa", "a/kept/.npmrc"],
        "a/Containerfile": ["id_rsa", "kept/.npmrc"],
        "a/web.dockerfile": [],
    }
    assert problems == []


def test_one_that_is_none_is_told_and_the_others_read(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FETCH a\n")
    (tmp_path / "Containerfile").write_text("FROM a\n")
    facts, problems = gathered(tmp_path)
    assert [recipe.path for item in facts for recipe in item.recipes] == ["Containerfile"]
    assert "line 1: 'FETCH' is no instruction" in problems[0].why
    with pytest.raises(UnreadableInput, match="FETCH"):
        gathered(tmp_path / "Dockerfile")


def test_a_single_file(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a\n")
    (facts,), _ = gathered(tmp_path / "Dockerfile")
    assert facts.recipes[0].path == "Dockerfile"
