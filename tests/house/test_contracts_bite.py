"""The import contracts hold, and each of them bites: the house is broken on purpose, one way at a time."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]

BREAKS = {
    "a storey imports another": ("layers/image/facts.py", "import ringfence.layers.kernel.facts", "Storeys never"),
    "a storey imports another, for types only": (
        "layers/image/facts.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ringfence.layers.kernel.facts",
        "Storeys never",
    ),
    "a report imports a storey": ("report/table.py", "import ringfence.layers.image.facts", "Floors"),
    "model imports the engine": ("model/finding.py", "import ringfence.engine.index", "Floors"),
    "the graph imports a storey": ("graph/impact.py", "import ringfence.layers.image.facts", "Floors"),
    "a check reads a file's path": ("layers/image/checks/setuid_file.py", "import pathlib", "Judgement touches nothing"),
    "a check asks the system": ("layers/image/checks/setuid_file.py", "import os", "Judgement touches nothing"),
    "a check opens a door": ("layers/image/checks/setuid_file.py", "import ringfence.io.clock", "Judgement touches nothing"),
    "a parser starts a program": ("formats/dpkg.py", "import subprocess", "Judgement touches nothing"),
    "facts import checks": ("layers/image/facts.py", "import ringfence.layers.image.checks", "same floor plan"),
    "relations import checks": ("layers/image/relations.py", "import ringfence.layers.image.checks", "same floor plan"),
    "a collector opens a socket": ("layers/image/collect/dpkg.py", "def late() -> None:\n    import socket", "Only io"),
    "the command line starts a program": ("cli/host.py", "import subprocess", "Only io"),
    "a collector loads by name": ("layers/image/collect/dpkg.py", "import importlib", "Only the engine"),
    "a room nobody planned": ("utils.py", "", "Floors"),
    "a stray file in a storey": ("layers/image/helpers.py", "", "same floor plan"),
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
    """The house, copied so that it can be broken."""
    shutil.copytree(HOUSE / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.json"))
    shutil.copy(HOUSE / ".importlinter", tmp_path)
    return tmp_path


def test_the_house_as_it_stands_keeps_every_contract(copy: Path) -> None:
    said = lint(copy)
    assert said.returncode == 0, said.stdout
    assert "0 broken" in said.stdout


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_wall_is_seen(copy: Path, name: str) -> None:
    path, code, contract = BREAKS[name]
    file = copy / "src" / "ringfence" / path
    assert file.exists() or not code, f"{path} moved: mend this test"
    with file.open("a", encoding="utf-8") as handle:
        handle.write(f"\n{code}\n")
    if name == "a cycle":
        with (copy / "src/ringfence/formats/os_release.py").open("a", encoding="utf-8") as handle:
            handle.write("\nimport ringfence.formats.dpkg\n")
    said = lint(copy)
    assert said.returncode != 0, f"nobody noticed that {name}"
    broken = [line for line in said.stdout.splitlines() if line.rstrip().endswith("BROKEN")]
    assert any(contract in line for line in broken), said.stdout
