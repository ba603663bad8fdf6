"""The settings that follow from what a container needs, with what each may break. The forms only differ in their words."""

from ringfence.model.fact import Fact
from ringfence.model.least import Least


class Setting(Fact):
    """A setting in words: `kind` is the same in every form."""

    kind: str
    values: tuple[str, ...]
    reason: str
    may_break: str
    see: str


def settings(least: Least) -> tuple[Setting, ...]:
    """The settings that give no more than is needed."""
    found = [
        Setting(
            kind="no-new-privileges",
            values=("true",),
            reason="no setuid file gives back what was taken",
            may_break="programs that need setuid (sudo, ping of old distributions)",
            see="they say 'Operation not permitted'",
        )
    ]
    if least.capabilities is not None:
        names = " ".join(least.capabilities) or "no capability"
        found += [
            Setting(
                kind="cap-drop",
                values=("ALL",),
                reason=f"the recording shows uses of {names} only",
                may_break="what was not exercised in the recording and needs another capability",
                see="EPERM in its log; 'ringfence record --container' names the capability as refused",
            ),
            Setting(kind="cap-add", values=least.capabilities, reason="used in the recording", may_break="", see=""),
        ]
    if least.seccomp:
        found.append(
            Setting(
                kind="seccomp",
                values=(least.seccomp,),
                reason="only the system calls that were recorded and that the runtime needs",
                may_break="what was not exercised in the recording",
                see="ENOSYS in its log; 'ringfence profile verify' names the call",
            )
        )
    if least.writable is not None:
        found += [
            Setting(
                kind="read-only",
                values=("true",),
                reason="nothing was written outside temporary places and those given here",
                may_break="writes to other places",
                see="'Read-only file system' in its log",
            ),
            Setting(kind="tmpfs", values=least.writable, reason="written in the recording", may_break="", see=""),
        ]
    return tuple(item for item in found if item.values)
