"""The import contracts hold, and each of them bites: the house is broken on purpose, one way at a time."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]

CHECK = "layers/attic/checks/some_fault.py"

BREAKS = {
    "a storey imports another": ("layers/attic/facts.py", "import ringfence.layers.cellar.facts", "Storeys never"),
    "a storey imports another, for types only": (
        "layers/attic/facts.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ringfence.layers.cellar.facts",
        "Storeys never",
    ),
    "a report imports a storey": ("report/table.py", "import ringfence.layers.attic.facts", "Floors"),
    "model imports the engine": ("model/finding.py", "import ringfence.engine.index", "Floors"),
    "the graph imports a storey": ("graph/stray.py", "import ringfence.layers.attic.facts", "Floors"),
    "a check knows paths of this host": (CHECK, "import pathlib", "Judgement touches nothing"),
    "a check asks the system": (CHECK, "import os", "Judgement touches nothing"),
    "a check opens a door": (CHECK, "import ringfence.io.clock", "Judgement touches nothing"),
    "a parser starts a program": ("formats/dpkg.py", "import subprocess", "Judgement touches nothing"),
    "facts import checks": ("layers/attic/facts.py", "import ringfence.layers.attic.checks", "same floor plan"),
    "relations import checks": ("layers/attic/relations.py", "import ringfence.layers.attic.checks", "same floor plan"),
    "a collector opens a socket": ("layers/attic/collect/source.py", "def late() -> None:\n    import socket", "Only io"),
    "the command line starts a program": ("cli/host.py", "import subprocess", "Only io"),
    "a collector loads by name": ("layers/attic/collect/source.py", "import importlib", "Only the engine"),
    "a room nobody planned": ("utils.py", "", "Floors"),
    "a stray file in a storey": ("layers/attic/helpers.py", "", "same floor plan"),
    "a storey with another plan": ("layers/shed/anything.py", "", "Missing layer"),
    "a cycle": ("formats/dpkg.py", "import ringfence.formats.os_release", "No cycles"),
}


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    """Runs import-linter as CI does, on the house at `house`."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=house,
        env={"PYTHONPATH": str(house / "src"), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house, copied so that it can be broken, with two more storeys built to plan."""
    shutil.copytree(HOUSE / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.json"))
    shutil.copy(HOUSE / ".importlinter", tmp_path)
    for storey in ("attic", "cellar"):
        for room in ("collect/source.py", "checks/some_fault.py", "facts.py", "relations.py"):
            furnish(tmp_path / "src/ringfence/layers" / storey / room)
    return tmp_path


def furnish(file: Path) -> None:
    """An empty module, with the package around it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    (file.parent / "__init__.py").touch()
    file.touch()


def test_the_house_as_it_stands_keeps_every_contract(copy: Path) -> None:
    said = lint(copy)
    assert said.returncode == 0, said.stdout
    assert "0 broken" in said.stdout


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_wall_is_seen(copy: Path, name: str) -> None:
    path, code, contract = BREAKS[name]
    file = copy / "src" / "ringfence" / path
    if not file.exists():
        furnish(file)
    with file.open("a", encoding="utf-8") as handle:
        handle.write(f"\n{code}\n")
    if name == "a cycle":
        with (copy / "src/ringfence/formats/os_release.py").open("a", encoding="utf-8") as handle:
            handle.write("\nimport ringfence.formats.dpkg\n")
    said = lint(copy)
    assert said.returncode != 0, f"nobody noticed that {name}"
    broken = [line for line in said.stdout.splitlines() if " BROKEN" in line or "Missing layer" in line]
    assert any(contract in line for line in broken), said.stdout
