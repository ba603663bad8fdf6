"""A file is fetched and used without checking that it is the one that was meant.

TLS says who answered, not that they still answer the same. Whoever takes over the account, the bucket or the expired
domain behind the address changes the image with the next build.

Legitimate where the file names its own check elsewhere, such as a package that the package manager verifies.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.layers.application.evaluate import build_commands
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="download-unverified",
    severity="low",
    kind="misconfiguration",
    remedy=(
        'Write the digest down: `echo "SHA256  file" | sha256sum -c -`, `ADD --checksum=sha256:...`; or verify a signature.'
    ),
    references=(
        "https://docs.docker.com/reference/dockerfile/#add---checksum",
        "https://slsa.dev/spec/v1.0/threats",
    ),
    confidence="medium",
)


def check(subject: BuildStep) -> Outcome:
    """Whether the step checks what it fetches and keeps."""
    if build_commands.verifies(subject) or build_commands.run_unseen(subject) is not None:
        return NotApplicable(why="a digest is checked, or download-piped-to-shell says so already")
    following = (*subject.commands[1:], None)
    for command, after in zip(subject.commands, following, strict=False):
        unpacked = (
            after is not None and after.piped and after.program in ("tar", "bsdtar", "unzip", "cpio", "dpkg", "gunzip")
        )
        if build_commands.is_fetch(command) and (unpacked or build_commands.keeps_file(command)):
            named = ", ".join(build_commands.addresses(command)) or "an address in a variable"
            return Broken(because=f"{named} is taken as it comes", at=subject.at)
    return Holds()
