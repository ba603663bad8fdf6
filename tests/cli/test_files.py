"""Where reports are written: whole or not at all, and never in the place of a device or a pipe."""

import os
import stat
from pathlib import Path

import pytest

from ringfence.cli.files import write_bytes
from ringfence.errors import UnreadableInput


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old")
    write_bytes(str(target), b"new")
    assert target.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["report.json"]


def test_a_pipe_is_written_into_and_stays_one(tmp_path: Path) -> None:
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    write_bytes(path, b"report")
    assert os.read(reading, 100) == b"report"
    os.close(reading)
    assert stat.S_ISFIFO(os.stat(path).st_mode)


def test_a_private_file_is_ones_own(tmp_path: Path) -> None:
    write_bytes(str(tmp_path / "stack.json"), b"x", 0o600)
    assert stat.S_IMODE((tmp_path / "stack.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["no/such/folder", "."])
def test_what_cannot_be_written_is_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableInput, match="cannot be written"):
        write_bytes(str(tmp_path / name), b"x")
