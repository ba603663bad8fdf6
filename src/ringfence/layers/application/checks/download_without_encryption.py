"""Something is fetched over plain http or ftp.

Anybody on the way can change it. A mirror of a distribution may be asked so, because its packages are signed; programs,
scripts, archives and packages of languages are not.

Legitimate where the same step checks a digest or a signature.
"""

import re

from ringfence.formats.build_recipe import BuildStep
from ringfence.layers.application.evaluate import build_commands
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="download-without-encryption",
    severity="medium",
    kind="misconfiguration",
    remedy="Ask over https, or check a digest written here.",
    references=("https://slsa.dev/spec/v1.0/threats",),
)


def check(subject: BuildStep) -> Outcome:
    """Whether everything that is fetched unchecked comes over TLS."""
    if build_commands.verifies(subject):
        return NotApplicable(why="the step checks a digest or a signature")
    for command in subject.commands:
        if build_commands.is_fetch(command) or command.program in OTHERS:
            for address in build_commands.addresses(command):
                if address.lower().startswith(("http://", "ftp://")) and not LOCAL.search(address):
                    return Broken(because=f"{command.program} asks {address} in clear", at=subject.at)
    return Holds()


OTHERS = frozenset({"git", "pip", "pip3", "npm", "yarn", "gem", "go", "svn", "conda"})
LOCAL = re.compile(r"^\w+://(localhost|127\.|\[::1\])")
