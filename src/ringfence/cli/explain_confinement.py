"""Show what a container can do to the kernel, and through which door.

TARGET is a process id, the name or the first digits of the id of a container of this host, or a Kubernetes manifest. Beside
it stands what the engine gives a container when nobody says anything: which system calls and capabilities are more, which
fewer. --against names another engine, as docker or docker=29.4.1.
"""

import argparse
import shutil
import sys
from collections.abc import Iterable, Mapping

import msgspec

from ringfence.cli.command import Command
from ringfence.cli.options import CONFIGURATION
from ringfence.cli.session import Session
from ringfence.engine import impacts
from ringfence.engine.storeys import Gathered
from ringfence.errors import WrongUsage
from ringfence.graph import kernel_interfaces
from ringfence.graph.kernel_interfaces import State, state
from ringfence.io.world import Target
from ringfence.knowledge import runtime_defaults
from ringfence.knowledge.system_calls import system_calls
from ringfence.model.knowledge import Known
from ringfence.model.syscall_filter import SyscallFilter
from ringfence.model.workload import Workload
from ringfence.report.terminal.confinement import Beside, lines

COMMAND = Command(slug="explain-confinement", order=47)
FALLBACK = "containerd"
"""The engine of a workload that nobody runs yet, as for every manifest (docs/limits.md)."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence explain-confinement`."""
    parser.add_argument("target", metavar="TARGET", help="process id, container, or manifest")
    parser.add_argument("--against", metavar="ENGINE", help="compare with this engine's defaults (ENGINE or ENGINE=VERSION)")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--width", metavar="COLUMNS", type=int, help="lay out for this width (default: the terminal's)")
    parser.add_argument("--quiet", "-q", action="store_true", default=None, help="no talk on standard error")
    parser.add_argument("--config", metavar="FILE", help=f"configuration file (default: {CONFIGURATION}, if it is there)")


def run(options: argparse.Namespace) -> int:
    """Finds the workloads and prints a page for each."""
    session = Session(options)
    found = _found(session, options.target)
    if options.format == "json":
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        return 0
    print(pages(found, options.width or 0, options.against or ""))
    return 0


def pages(workloads: Iterable[Workload], width: int = 0, against: str = "") -> str:
    """A page for each; a `width` of 0 is the terminal's."""
    columns = width or (shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100)
    return "\n\n".join("\n".join(lines(item, beside(item, against), columns)) for item in workloads)


def workloads(gathered: Iterable[Gathered]) -> tuple[Workload, ...]:
    """Every container once, as all storeys together know it, by name."""
    nodes = impacts.graph_of(gathered).nodes.values()
    return tuple(sorted((node.what for node in nodes if node.what is not None), key=lambda item: str(item.identity)))


def _found(session: Session, wanted: str) -> tuple[Workload, ...]:
    manifest = "/" in wanted or wanted.endswith((".yaml", ".yml", ".json"))
    gathered = session.gather([Target("manifests", wanted) if manifest else Target("host", session.world.node)])
    every = workloads(gathered)
    found = every if manifest else tuple(item for item in every if _is(item, wanted))
    if not found:
        mend = "'ringfence host' lists the containers" if not manifest else "name a manifest that has pods"
        raise WrongUsage("no container here is called so, and none has a process of this number", where=wanted, mend=mend)
    return found


def _is(workload: Workload, wanted: str) -> bool:
    if wanted.isdecimal() and int(wanted) in workload.pids:
        return True
    return wanted in (str(workload.identity), workload.identity.name) or (
        len(wanted) >= 6 and workload.container_id.startswith(wanted)
    )


def beside(workload: Workload, against: str = "") -> Beside:
    """The engine's defaults beside the container, and what its filter leaves open. `Unavailable` for an unknown engine."""
    engine, _, version = (against or workload.engine or FALLBACK).partition("=")
    capabilities = runtime_defaults.default_capabilities(engine)
    names, i386 = system_calls("x86_64").numbers, system_calls("i386").numbers
    label = f"{engine} {version}".strip()
    match workload.confinement.syscalls:
        case Known(filter_):
            default = runtime_defaults.default_filter(engine, capabilities, version=version)
            apart = kernel_interfaces.difference(filter_, default, names)
            return Beside(
                engine=label,
                capabilities=capabilities,
                doors=_doors(filter_, i386),
                passing=len(kernel_interfaces.let_through(filter_, names)),
                calls=len(names),
                more=apart.more,
                fewer=apart.fewer,
            )
        case _:
            return Beside(engine=label, capabilities=capabilities)


def _doors(filter_: SyscallFilter, i386: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """Every door with its state, those that stand open first."""
    order = list(State)
    states = [(door.name, state(door, filter_, i386)) for door in kernel_interfaces.DOORS]
    return tuple((name, found.value) for name, found in sorted(states, key=lambda item: order.index(item[1])))
