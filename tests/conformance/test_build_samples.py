"""A clean build has no finding, a hooked one names the files put in, a squashed one says what can no longer be told."""

import os
from pathlib import Path

import pytest

from ringfence.cli import main

pytestmark = pytest.mark.conformance

DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/none"), "signing", "build-tamper")
if not DATA.is_dir():
    pytest.skip("RINGFENCE_TEST_DATA names no folder with signing/build-tamper", allow_module_level=True)


@pytest.mark.parametrize(
    ("tag", "status", "said"),
    [
        ("clean", 0, ("nothing was found",)),
        ("clean-rebuild", 0, ("nothing was found",)),
        ("hooked", 1, ("bin/.dbus: privileged-file-added", "etc/ld.so.preload: sensitive-file-added", "2 things")),
        ("squashed", 3, ("it was squashed",)),
    ],
)
def test_the_verdicts(tag: str, status: int, said: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["verify", f"oci:{DATA}:{tag}", "--build", f"{DATA}/Containerfile", "--base", f"oci:{DATA}:base"]
    assert main.main(words) == status
    text = "".join(capsys.readouterr())
    assert all(word in text for word in said), text
