"""`ringfence app` and its further words on trees made here."""

import json
from pathlib import Path
from typing import Any

import pytest

from ringfence.advisories.feeds import osv
from ringfence.cli.main import main
from worlds.advisories import bucket, record
from worlds.store import filled

LOCK: dict[str, Any] = {
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "m", "dependencies": {"a": "^1"}},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "^2"}},
        "node_modules/b": {"version": "2.0.0"},
    },
}


def test_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "package-lock.json").write_text(json.dumps(LOCK))
    assert main(["app", "why", "b", str(tmp_path)]) == 0
    assert "m > a 1.0.0 [^1] > b 2.0.0 [^2]" in capsys.readouterr().out
    assert main(["app", "why", "pkg:npm/b@2.0.0", str(tmp_path), "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["direct"], [link["package"] for link in found["ways"][0]["links"]]) == (False, ["a 1.0.0", "b 2.0.0"])
    assert main(["app", "why", "b@3.0.0", str(tmp_path)]) == 1
    assert main(["app", "why", "nothing", str(tmp_path)]) == 1
    (tmp_path / "yarn.lock").write_text("x")
    assert main(["app", "why", "nothing", str(tmp_path)]) == 3


def test_why_of_what_nobody_is_known_to_ask_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "requirements.txt").write_text("flask==2.0.1\n")
    assert main(["app", "why", "Flask", str(tmp_path)]) == 0
    assert "does not say who asks for it" in capsys.readouterr().out


def store(tmp_path: Path) -> str:
    records = {
        "PyPI": [record("CVE-1-1", "flask", fixed="1.0"), record("CVE-1-2", "flask", fixed="1.2")],
        "npm": [record("CVE-1-3", "b", "npm", "3.0.0"), record("CVE-1-4", "d", "npm", "1.0.1")],
    }
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", records)))
    return str(tmp_path / "db")


def test_fix_shows_then_writes_then_takes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db, home = store(tmp_path), tmp_path / "app"
    home.mkdir()
    (home / "requirements.txt").write_text("flask==0.12  # pinned\nother==1\n")
    assert main(["app", "fix", str(home), "--db", db]) == 0
    told = capsys.readouterr()
    assert "-flask==0.12  # pinned\n+flask==1.2  # pinned" in told.out
    assert "mends CVE-1-1, CVE-1-2" in told.err
    assert (home / "requirements.txt").read_text().startswith("flask==0.12")
    assert main(["app", "fix", str(home), "--db", db, "--apply"]) == 0
    assert (home / "requirements.txt").read_text() == "flask==1.2  # pinned\nother==1\n"
    capsys.readouterr()
    assert main(["app", "fix", str(home), "--db", db]) == 0
    assert "no manifest has to change" in capsys.readouterr().out
    assert main(["app", "fix", str(home), "--undo"]) == 0
    assert (home / "requirements.txt").read_text().startswith("flask==0.12")
    assert main(["app", "fix", str(home), "--undo"]) == 2
    assert main(["app", "fix", str(home), "--db", db, "--no-major"]) == 3


def test_fix_of_what_others_bring_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db, home = store(tmp_path), tmp_path / "app"
    home.mkdir()
    dev = {"node_modules/d": {"version": "1.0.0", "dev": True}}
    lock = {"lockfileVersion": 3, "packages": {**LOCK["packages"], **dev}}
    (home / "package-lock.json").write_text(json.dumps(lock))
    (home / "package.json").write_text('{\n  "dependencies": {"a": "^1"}\n}\n')
    assert main(["app", "fix", str(home), "--db", db, "--no-dev"]) == 0
    told = capsys.readouterr()
    assert '+    "b": "3.0.0"' in told.out
    assert "npm install --package-lock-only" in told.err
    assert main(["app", str(home), "--db", db, "--format", "json"]) == 0
    found = {item["rule"]: item for item in json.loads(capsys.readouterr().out)["findings"] if item.get("package")}
    assert found["CVE-1-3"]["package"]["upgrade"] == "3.0.0"
    assert "a 1.0.0 asks for ^2" in found["CVE-1-3"]["remedy"]
    assert "it comes in through a 1.0.0" in found["CVE-1-3"]["evidence"]["seen"]
    assert "only development needs it" in found["CVE-1-4"]["evidence"]["seen"]
    assert main(["app", str(home), "--db", db, "--format", "json", "--no-dev"]) == 0
    assert "CVE-1-4" not in capsys.readouterr().out


def test_fix_raises_a_range_that_keeps_the_pin_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db, home = store(tmp_path), tmp_path / "app"
    home.mkdir()
    (home / "requirements.txt").write_text("flask==0.12\n")
    (home / "pyproject.toml").write_text('[project]\nname = "m"\ndependencies = [\n  "flask>=0.10,<1",\n]\n')
    assert main(["app", "fix", str(home), "--db", db, "--apply"]) == 0
    assert "and pyproject.toml" not in capsys.readouterr().out
    assert (home / "requirements.txt").read_text() == "flask==1.2\n"
    assert '"flask>=1.2",' in (home / "pyproject.toml").read_text()


def test_fix_raises_a_pin_where_it_stands(tmp_path: Path) -> None:
    db, home = store(tmp_path), tmp_path / "app"
    home.mkdir()
    (home / "requirements.txt").write_text("# wishes\n-c constraints.txt\nflask\n")
    (home / "constraints.txt").write_text("flask==0.12\n")
    assert main(["app", "fix", str(home), "--db", db, "--apply", "-q"]) == 0
    assert (home / "constraints.txt").read_text() == "flask==1.2\n"
    assert (home / "requirements.txt").read_text() == "# wishes\n-c constraints.txt\nflask\n"


def test_where_there_is_nothing_to_mend_that_is_not_called_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["app", "fix", str(tmp_path)]) == 3
    told = capsys.readouterr()
    assert "by what could be told" in told.out
    assert "nothing was judged" in told.err
