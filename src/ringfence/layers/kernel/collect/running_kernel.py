"""The running kernel, its settings, and the containers among its processes."""

from collections.abc import Iterator

from ringfence.errors import RingfenceError, Unavailable
from ringfence.formats import os_release
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.knowledge import end_of_life, kernel_support
from ringfence.layers.kernel.collect.proc import (
    containers,
    host_processes,
    identity,
    installed_kernels,
    modules,
    processes,
    protections,
    settings,
)
from ringfence.layers.kernel.facts import Facts, ProcessCount
from ringfence.model.component import Component, KernelState
from ringfence.model.declare import Source
from ringfence.model.finding import Problem
from ringfence.model.host_process import HostProcesses
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.linux import Namespace
from ringfence.model.workload import Workload

SOURCE = Source(slug="running-kernel", targets=("host",))


def collect(target: Target, world: World) -> Iterator[Facts]:
    """The facts of this host's kernel. What cannot be read is reported and stays unknown."""
    if target.kind != "host":
        return
    who = identity.read(world.host)
    kernel = modules.read(world.host, settings.read(world.host, world.node, who.release, who.distribution))
    workloads, count, own = _processes(world, kernel)
    boot = protections.boot(world.host)
    yield Facts(
        kernel=kernel,
        component=Component(name="linux", node=world.node, version=who.version, package=who.package),
        collected_on=world.today,
        end_of_life=_end_of_life(who),
        workloads=workloads,
        processes=count,
        host_processes=own,
        cpu_vulnerabilities=settings.cpu_vulnerabilities(world.host),
        boot=boot,
        lockdown=protections.lockdown(world.host, kernel.config, boot),
        modules_signed=protections.modules_signed(world.host, kernel.config, boot),
        policy=protections.policy(world.host, kernel.lsms),
        taint=protections.taint(world.host),
        devices=protections.devices(world.host),
        livepatches=protections.livepatches(world.host),
        installed=installed_kernels.read(world.host),
        reboot_asked=installed_kernels.asked(world.host),
        distribution_end=_distribution_end(world.host),
    )


def _processes(world: World, kernel: KernelState) -> tuple[tuple[Workload, ...], ProcessCount, tuple[HostProcesses, ...]]:
    """The containers, how many processes there are, and those of the host itself."""
    try:
        table = processes.read(world.host)
    except Unavailable as problem:
        world.report(Problem(where=problem.where, why=problem.wrong, mend="run as root, with all capabilities"))
        return (), ProcessCount(), ()
    _report_blind_spots(world, table)
    groups = processes.grouped(world.host, table)
    host = containers.Host(
        files=world.host,
        kernel=kernel,
        mounts=processes.mounts_of(world.host, 1) or processes.mounts_of(world.host, processes.KTHREADD),
        init=table.init,
        owners=containers.owners(groups),
    )
    found = tuple(item for item in (containers.workload(host, group) for group in groups) if item is not None)
    inside = sum(len(item.pids) for item in found)
    count = ProcessCount(seen=len(table.processes), in_containers=inside, unreadable=table.unreadable)
    return found, count, host_processes.read(world.host, table, groups)


def _report_blind_spots(world: World, table: processes.ProcessTable) -> None:
    if not table.processes:
        world.report(Problem(where="/proc", why="no process is visible", mend="mount /proc"))
    if table.unreadable:
        why = f"the namespaces of {table.unreadable} of {len(table.processes)} processes could not be read"
        world.report(Problem(where="/proc", why=why, mend="run as root, with all capabilities"))
    seen = table.init.namespaces.get(Namespace.PID, "") if table.init else ""
    if seen and seen != processes.INITIAL_PID_NAMESPACE:
        why = "only the processes of a container are visible, not the host's"
        world.report(Problem(where="/proc", why=why, mend="run on the host, or with the host's pid namespace"))


def _distribution_end(host: Rooted) -> Maybe[str]:
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            return end_of_life.of(os_release.parse(host.read(path)))
        except RingfenceError:
            continue
    return Unknown("no os-release says which distribution this is")


def _end_of_life(who: identity.Identity) -> Maybe[str]:
    if who.maintained_by:
        return Unknown(f"{who.maintained_by} maintains this kernel itself, whatever kernel.org does with its branch")
    match who.version:
        case Unknown() as unknown:
            # The branch is in the release even where the point release is hidden.
            return kernel_support.load().end_of_life(who.release.value) if isinstance(who.release, Known) else unknown
        case Known(version):
            return kernel_support.load().end_of_life(version)
