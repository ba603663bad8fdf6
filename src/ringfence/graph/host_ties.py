"""Preconditions on what of the host's is within the container's reach: namespaces, mounts, devices, paths, cgroups."""

from typing import assert_never

from ringfence.graph.answers import met, stopped, unknown
from ringfence.graph.subject import Subject
from ringfence.model.confinement import Mount, Sharing
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace
from ringfence.model.report import ConditionResult
from ringfence.model.stack_cve import HasDevice, HasMount, HostTie, InRootCgroup, PathUnmasked, SharesNamespace


def of_host_tie(precondition: HostTie, subject: Subject) -> ConditionResult:
    """The value of `precondition` for the container of `subject`."""
    match precondition:
        case SharesNamespace(kind=kind):
            return _shares_namespace(kind, subject)
        case HasMount():
            return _mount(precondition, subject)
        case HasDevice(paths=paths):
            return _device(paths, subject)
        case PathUnmasked(path=path):
            return _unmasked(path, subject)
        case InRootCgroup():
            return _root_cgroup(subject)
        case _:
            assert_never(precondition)


def _shares_namespace(kind: str, subject: Subject) -> ConditionResult:
    condition = f"the container is in the host's {kind} namespace"
    match subject.confinement.namespaces:
        case Unknown(reason):
            return unknown(condition, f"the namespaces are not known: {reason}")
        case Known(spaces):
            match spaces.get(Namespace(kind)):
                case Sharing.HOST:
                    return met(condition, f"the {kind} namespace is the host's")
                case Sharing.OWN:
                    return stopped(condition, f"the container has its own {kind} namespace", f"{kind} namespace of its own")
                case Sharing.OTHER:
                    return unknown(
                        condition, f"the {kind} namespace is another container's, and whose that one is is not told"
                    )
                case None:
                    return unknown(condition, f"whose {kind} namespace the container uses is not told")


def _mount(wanted: HasMount, subject: Subject) -> ConditionResult:
    kind = "mounted writable" if wanted.writable else "mounted"
    condition = f"a host path of {', '.join(wanted.sources)} is {kind}"
    match subject.confinement.mounts:
        case Unknown(reason):
            return unknown(condition, f"the mounts are not known: {reason}")
        case Known(mounts):
            for mount in mounts:
                if any(_touches(mount, source) for source in wanted.sources) and not (wanted.writable and mount.read_only):
                    return met(condition, f"{mount.source} is mounted at {mount.destination}")
            return stopped(condition, f"none of {', '.join(wanted.sources)} is {kind}", "no such mount")


def _touches(mount: Mount, source: str) -> bool:
    """Whether the mount is at, under or above the path: a mount of `/` has everything, a volume of its own nothing."""
    if not mount.of_host:
        return False
    mounted, wanted = mount.source.rstrip("/") + "/", source.rstrip("/") + "/"
    return mounted.startswith(wanted) or wanted.startswith(mounted)


def _device(paths: tuple[str, ...], subject: Subject) -> ConditionResult:
    condition = f"the container has {' or '.join(paths)}"
    if subject.confinement.privileged == Known(True):
        return met(condition, "a privileged container has the host's devices")
    match subject.confinement.devices:
        case Unknown(reason):
            return unknown(condition, f"the devices are not known: {reason}")
        case Known(devices):
            given = [path for path in paths if path in devices]
            if given:
                return met(condition, f"the container was given {', '.join(given)}")
            return stopped(condition, f"the container was not given {' or '.join(paths)}", "no such device")


def _unmasked(path: str, subject: Subject) -> ConditionResult:
    condition = f"{path} is not hidden"
    match subject.confinement.masked_paths:
        case Unknown(reason):
            return unknown(condition, f"the hidden paths are not known: {reason}")
        case Known(masked):
            over = next((item for item in masked if path == item or path.startswith(f"{item}/")), None)
            if over is None:
                return met(condition, f"nothing hides {path}")
            return stopped(condition, f"{over} is hidden", f"masked path {over}")


def _root_cgroup(subject: Subject) -> ConditionResult:
    condition = "the container is in the root of some cgroup v1 hierarchy"
    match subject.confinement.root_cgroups:
        case Unknown(reason):
            return unknown(condition, f"the container's cgroups are not known as the host sees them: {reason}")
        case Known(()):
            return stopped(condition, "it is in the root of no cgroup v1 hierarchy", "cgroups of its own")
        case Known(hierarchies):
            return met(condition, f"it is in the root of the hierarchies {', '.join(hierarchies)}")
