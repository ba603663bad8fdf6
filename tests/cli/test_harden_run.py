"""`ringfence harden run`: a diff first, the file only on request, and the way back."""

from pathlib import Path

import pytest

from cli.test_main import ringfence
from ringfence.formats.recording import encode
from ringfence.model.knowledge import Known
from ringfence.model.recording import Access, CapabilityUse, FileUse, Phase, Recording

UNIT = "[Container]\nImage=localhost/web\n"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    made = Recording(
        capabilities=Known((CapabilityUse(name="CAP_CHOWN", phase=Phase.START_UP, had=True),)),
        files=Known((FileUse(path="/var/lib/web/x", access=Access.WRITE, phase=Phase.SERVING),)),
    )
    (tmp_path / "run.json").write_bytes(encode(made))
    path = tmp_path / "web.container"
    path.write_text(UNIT)
    return path


def test_a_plan_is_shown_and_nothing_written(unit: Path) -> None:
    done = ringfence("harden", "run", str(unit), "--recording", str(unit.parent / "run.json"))
    assert done.returncode == 0, done.stderr
    assert "+AddCapability=CHOWN" in done.stdout
    assert "+Tmpfs=/var/lib/web" in done.stdout
    assert "may break" in done.stderr
    assert unit.read_text() == UNIT


def test_applied_and_undone(unit: Path) -> None:
    words = ("harden", "run", str(unit), "--recording", str(unit.parent / "run.json"))
    for _ in range(2):
        assert ringfence(*words, "--apply").returncode == 0
    assert "DropCapability=ALL" in unit.read_text()
    assert ringfence(*words).stdout == "nothing to change\n"
    assert ringfence("harden", "run", str(unit), "--undo").returncode == 0
    assert unit.read_text() == UNIT
    again = ringfence("harden", "run", str(unit), "--undo")
    assert again.returncode == 2
    assert "nothing to undo" in again.stderr


def test_a_command_line_is_answered_with_a_command_line() -> None:
    done = ringfence("harden", "run", "--command", "podman run web", "--profile", "web.json")
    assert done.stdout == "podman run --security-opt=no-new-privileges --security-opt=seccomp=web.json web\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say what to harden"),
        (("/etc/hostname",), "this form of file is not known"),
        (("/no/such.container",), "No such file"),
        (("--command", "ls"), "not a valid command line"),
    ],
)
def test_a_wrong_wish_is_one_line(words: tuple[str, ...], said: str) -> None:
    done = ringfence("harden", "run", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
