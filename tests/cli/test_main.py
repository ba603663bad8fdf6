"""The command line as a script sees it: what it prints, where, and its exit status."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ringfence import __version__

SOURCE = str(Path(__file__).parents[2] / "src")
HOME = Path(tempfile.gettempdir()) / "ringfence-test-home"
"""A home folder with nothing of this user's in it; the index of plug-ins is cached there."""


def ringfence(*words: str, cwd: Path | None = None, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """One run of the program in a process of its own, with nothing of this user's configuration."""
    return subprocess.run(
        [sys.executable, "-m", "ringfence", *words],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd or HOME), "PYTHONPATH": SOURCE, **environment},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


def test_version() -> None:
    done = ringfence("--version")
    assert (done.returncode, done.stdout) == (0, f"ringfence {__version__}\n")


def test_help_lists_every_command() -> None:
    done = ringfence("--help")
    assert done.returncode == 0
    for name in ("audit", "image", "host", "k8s", "app", "collect", "checks"):
        assert f"  {name} " in done.stdout


def test_without_a_command_it_is_wrong_usage() -> None:
    assert ringfence().returncode == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["frobnicate"], "there is no command 'frobnicate'"),
        (["checks", "no-such-check"], "there is no check 'no-such-check'"),
        (["checks", "--layer", "cellar"], "there is no layer 'cellar'"),
        (["host", "--format", "papyrus"], "there is no report format 'papyrus'"),
        (["host", "--config", "missing.toml"], "missing.toml"),
        (["audit", "--stack", "missing.json"], "missing.json"),
        (["audit", "--stack", "a.json", "somewhere"], "do not go together"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(tmp_path: Path, words: list[str], said: str) -> None:
    done = ringfence(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("ringfence: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail-on = 3\n", "must be a str"),
        ("fail-on = 'dreadful'\n", "dreadful"),
        ("fial-on = 'high'\n", "unknown key 'fial-on'"),
        ("= =", "is not TOML"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "ringfence.toml").write_text(text)
    done = ringfence("host", cwd=tmp_path)
    assert done.returncode == 2
    assert "ringfence.toml" in done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"{}", b'{"schema": "other"}', b"[" * 100_000, b"null"])
def test_a_file_that_is_no_stack_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "stack.json").write_bytes(data)
    done = ringfence("audit", "--stack", "stack.json", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("ringfence: stack.json: ")
    assert done.stderr.count("\n") == 1


def test_the_name_of_an_input_cannot_drive_the_terminal(tmp_path: Path) -> None:
    done = ringfence("audit", "--stack", "\x1b[2J.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr


def test_checks_explains_one() -> None:
    done = ringfence("checks", "privileged-container")
    assert done.returncode == 0
    for part in ("privileged-container", "Remedy:", "References:", "https://"):
        assert part in done.stdout


def test_checks_as_json_has_every_check() -> None:
    listed = json.loads(ringfence("checks", "--format", "json").stdout)
    assert {"slug", "layer", "title", "severity", "remedy", "references"} <= set(listed[0])
    assert len({item["slug"] for item in listed}) == len(listed) >= 30


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        f"PYTHONPATH={SOURCE} {sys.executable} -m ringfence checks | head -1",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


def test_the_cache_is_shown_and_cleared(tmp_path: Path) -> None:
    for words in (["cache"], ["cache", "clear"], ["cache", "show"]):
        done = ringfence(*words, XDG_CACHE_HOME=str(tmp_path))
        assert done.returncode == 0
        assert done.stdout.startswith(f"{tmp_path}/ringfence/results.db: 0 results, 0 bytes, ")
    done = ringfence("cache", XDG_CACHE_HOME="/dev/null")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("command", ["k8s", "app"])
def test_an_empty_place_is_not_a_clean_one(command: str, tmp_path: Path) -> None:
    done = ringfence(command, str(tmp_path), cwd=tmp_path)
    assert done.returncode == 3
    assert "nothing was judged" in " ".join(done.stdout.split())
