"""`ringfence app` and its further words on trees made here."""

import json
from pathlib import Path

import pytest

from ringfence.cli.main import main

LOCK = {
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
