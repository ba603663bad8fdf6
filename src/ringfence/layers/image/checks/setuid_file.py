"""Files run with the rights of their owner, whoever starts them.

A setuid or setgid program is the classic step from an ordinary user to root inside a container. `no_new_privileges`
takes its power, and few services need one. Debian's and Alpine's own set (su, mount, passwd, ...) is judged milder
than a file that no package brought.
"""

import stat

from ringfence.layers.image.facts import Facts, PrivilegedFile
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="setuid-file",
    severity="medium",
    kind="misconfiguration",
    remedy=(
        "Take the bits away in the image (`find / -xdev -perm /6000 -type f -exec chmod a-s {} +`), or set "
        "no_new_privileges."
    ),
    references=("https://man7.org/linux/man-pages/man2/execve.2.html", "https://www.cisecurity.org/benchmark/docker"),
)

# fmt: off
DISTRIBUTIONS_OWN = frozenset(
    {
        "su", "mount", "umount", "passwd", "chsh", "chfn", "gpasswd", "newgrp", "chage", "expiry",
        "unix_chkpwd", "pam_extrausers_chkpwd", "ssh-agent", "wall", "write", "write.ul", "bsd-write",
        "dotlockfile", "crontab", "sudo", "fusermount", "fusermount3", "pkexec", "dbus-daemon-launch-helper",
        "ssh-keysign", "newuidmap", "newgidmap", "at", "screen", "locate", "plocate", "mlocate", "ping",
        "utempter", "bbsuid",
    }
)
# fmt: on
"""Programs that Debian, Alpine and Red Hat install so themselves (their file lists)."""


def check(subject: Facts) -> Outcome:
    """Whether the final tree has setuid or setgid files."""
    found = [item for item in subject.privileged_files if item.mode & (stat.S_ISUID | stat.S_ISGID)]
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    strange = [item for item in found if item.path.rpartition("/")[2] not in DISTRIBUTIONS_OWN]
    named = strange or found
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    kind = "setuid or setgid files no distribution ships so" if strange else "setuid or setgid files"
    return Broken(
        because=f"{len(named)} {kind}: {', '.join(item.path for item in named[:3])}{more}",
        at=named[0].at,
        evidence=tuple(_line(item) for item in found),
        severity=Severity.MEDIUM if strange else Severity.LOW,
    )


def _line(item: PrivilegedFile) -> str:
    brought = f" ({item.package})" if item.package else ""
    return f"{stat.filemode(item.mode | stat.S_IFREG)} {item.owner}:{item.group} {item.path}{brought}"
