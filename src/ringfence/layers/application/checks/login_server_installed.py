"""A server for remote logins is installed.

It needs keys and passwords in the image, runs as root, and is one more way in beside `docker exec` and `kubectl exec`,
which are guarded by the engine and written to its log.

Legitimate for images whose purpose is to be logged into.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.layers.application.evaluate import build_commands
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="login-server-installed",
    severity="medium",
    kind="misconfiguration",
    remedy="Leave it out; look inside with `docker exec`, `kubectl exec` or `kubectl debug`.",
    references=("https://docs.docker.com/reference/cli/docker/container/exec/",),
    aliases=("CIS Docker 5.6",),
)


def check(subject: BuildStep) -> Outcome:
    """Whether a login server is installed in the finished image."""
    if not subject.final:
        return NotApplicable(why="the stage is thrown away")
    for found in build_commands.installs(subject):
        if names := sorted(SERVERS & {build_commands.package_name(name) for name in found.packages}):
            return Broken(because=f"{names[0]} is installed", at=subject.at)
    return Holds()


SERVERS = frozenset(
    {"openssh-server", "openssh", "dropbear", "telnetd", "telnet-server", "rsh-server", "vsftpd", "tightvncserver", "x11vnc"}
)
