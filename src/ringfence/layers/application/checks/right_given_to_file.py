"""A file is given rights that go beyond whoever runs it.

A setuid bit or a file capability makes every user of the container root, or a part of root, through that program; a file
or folder that everybody may write lets one process change what another runs.
"""

import re

from ringfence.formats.build_recipe import BuildStep
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="right-given-to-file",
    severity="medium",
    kind="misconfiguration",
    remedy=(
        "Give the file to the user that needs it (`chown`, `chmod 0750`); let the engine grant a capability "
        "to the container instead."
    ),
    references=(
        "https://man7.org/linux/man-pages/man7/capabilities.7.html",
        "https://man7.org/linux/man-pages/man1/chmod.1.html",
    ),
    aliases=("CIS Docker 4.8",),
)


def check(subject: BuildStep) -> Outcome:
    """Whether chmod or setcap gives more than the owner needs."""
    if not subject.final:
        return NotApplicable(why="the stage is thrown away")
    for command in subject.commands:
        if command.program == "setcap" and not command.has("-r"):
            return Broken(because=f"setcap gives {' '.join(command.arguments)[:120]}", at=subject.at)
        if command.program == "chmod" and command.arguments:
            mode, *files = command.arguments
            if _is_setuid(mode):
                return Broken(
                    because=f"chmod {mode} makes {files[0] if files else 'a file'} run as its owner", at=subject.at
                )
            if _is_open(mode) and not all(file.rstrip("/") in ("/tmp", "/var/tmp") for file in files):  # noqa: S108 - meant to be open
                why = f"everybody may write {files[0] if files else 'the file'} (chmod {mode})"
                return Broken(because=why, at=subject.at, severity=Severity.LOW)
    return Holds()


def _is_setuid(mode: str) -> bool:
    if re.fullmatch(r"[0-7]{4,5}", mode):
        return bool(int(mode, 8) & 0o6000)
    return any(re.fullmatch(r"[ugoa]*[+=][rwxXt]*s[rwxXst]*", part) for part in mode.split(","))


def _is_open(mode: str) -> bool:
    if re.fullmatch(r"[0-7]{3,5}", mode):
        return int(mode, 8) & 0o1002 == 0o0002
    return any(re.fullmatch(r"(?:[ug]*[oa][ugoa]*)[+=][rxX]*w[rwxX]*", part) for part in mode.split(","))
