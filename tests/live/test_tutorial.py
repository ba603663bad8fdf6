"""The tutorial, command by command as it stands: each must end well, and what it shows must come out."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from live import registry_world
from live.registry_world import SOURCE

PAGE = Path(__file__).parents[2] / "docs" / "tutorial-signed-and-encrypted.md"
TOOLS = ("buildah", "skopeo", "podman", "runc", "gpg", "openssl", "docker-registry")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        not all(map(shutil.which, TOOLS)) or not Path("/bin/busybox").exists(),
        reason=f"needs {', '.join(TOOLS)} and busybox-static",
    ),
]


def commands() -> list[tuple[str, str]]:
    """Each command of the page's console blocks, with the lines it is said to print."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], ""))
            elif found:
                found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
    return found


def test_every_command_of_the_tutorial(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ringfence").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ringfence "$@"\n')
    (tmp_path / "bin" / "ringfence").chmod(0o755)
    (tmp_path / "work").mkdir()
    asked = commands()
    assert len(asked) > 30
    # One shell, since the commands export variables; a line between tells where each begins and how the one before ended.
    script = "".join(f'{command}\necho "--- {number} $?"\n' for number, (command, _) in enumerate(asked))
    with registry_world.serving(tmp_path) as world:
        environment = {
            **os.environ,
            "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
            "PYTHONPATH": SOURCE,
            "REGISTRY": world.host,
            "REGISTRY_AUTH_FILE": str(tmp_path / "auth.json"),
            "XDG_STATE_HOME": str(tmp_path / "state"),
        }
        try:
            done = subprocess.run(
                ("bash",),
                input=script,
                cwd=tmp_path / "work",
                env=environment,
                capture_output=True,
                text=True,
                timeout=400,
                check=False,
            )
        finally:
            for kind in ("v1", "opened"):
                subprocess.run(
                    ("podman", "rmi", "-f", f"localhost/ringfence-tutorial:{kind}"), capture_output=True, check=False
                )
            home = {**environment, "GNUPGHOME": str(tmp_path / "work" / "gnupg")}
            subprocess.run(("gpgconf", "--kill", "all"), env=home, check=False)
    parts = re.split(r"--- (\d+) (\d+)\n", done.stdout)
    assert len(parts) == 3 * len(asked) + 1, done.stderr
    for said, number, status in zip(parts[0::3], parts[1::3], parts[2::3], strict=False):
        command, shown = asked[int(number)]
        assert status == "0", f"{command}: {done.stderr}"
        assert shown in said, command
