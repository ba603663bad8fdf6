"""Which known kernel CVEs a container's filter and capabilities shut off, whatever kernel is under it.

A CVE is shut off if every way to it has a precondition that the confinement alone stops.
"""

from ringfence.graph.preconditions import evaluate
from ringfence.graph.subject import Subject
from ringfence.knowledge.stack_cves import stack_cves
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, Kernel, Sharing
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known
from ringfence.model.linux import Namespace
from ringfence.model.stack_cve import CanCall, Way
from ringfence.model.syscall_filter import SyscallFilter

KERNEL = "linux"


class Surface(Fact):
    """Of the kernel CVEs whose preconditions are known: those still open, those shut off."""

    open: tuple[str, ...]
    closed: tuple[str, ...]


def confined(filter_: SyscallFilter, capabilities: int, *, uid: int = 0, no_new_privileges: bool = False) -> Confinement:
    """A container in namespaces of its own (not a user namespace) with this filter and these capabilities."""
    held = capabilities if uid == 0 else 0
    own = {kind: Sharing.HOST if kind is Namespace.USER else Sharing.OWN for kind in Namespace}
    return Confinement(
        privileged=Known(False),
        uid=Known(uid),
        gid=Known(uid),
        uid_map=Known(HOST_IDS),
        gid_map=Known(HOST_IDS),
        capabilities=Known(CapabilitySets(effective=held, permitted=held, bounding=capabilities)),
        no_new_privileges=Known(no_new_privileges),
        syscalls=Known(filter_),
        namespaces=Known(own),
        mounts=Known(()),
        devices=Known(()),
        kernel=Known(Kernel.HOST),
    )


def surface(confinement: Confinement) -> Surface:
    """What is open and what is shut off, by CVE id."""
    subject = Subject(confinement, None)
    known = [cve for cve in stack_cves() if cve.component == KERNEL]
    closed = tuple(cve.id for cve in known if all(_stopped(way, subject) for way in cve.ways))
    return Surface(open=tuple(cve.id for cve in known if cve.id not in closed), closed=closed)


def opened_by(call: str) -> tuple[str, ...]:
    """Kernel CVEs that need this system call in every way to them: refusing it shuts them off."""
    known = [cve for cve in stack_cves() if cve.component == KERNEL and cve.ways]
    return tuple(cve.id for cve in known if all(call in _calls(way) for way in cve.ways))


def _stopped(way: Way, subject: Subject) -> bool:
    return any(evaluate(item, subject).met is False for item in way.preconditions)


def _calls(way: Way) -> frozenset[str]:
    return frozenset(name for item in way.preconditions if isinstance(item, CanCall) for name in item.all_of)
