"""Show what a container can do to the kernel, and through which interface.

TARGET is a process id, the name or the first digits of the id of a container of this host, a Kubernetes manifest, an OCI
config.json or the folder it lies in, or what docker, podman, crictl or ctr print of a container (a file, or - for standard
input). Beside it stands what the engine gives a container when nobody says anything. --against names another engine, as
docker or docker=29.4.1; --target-kernel another kernel, --arch another machine.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Iterable

import msgspec

from ringfence.cli.command import Command
from ringfence.cli.options import CONFIGURATION, target_kernel
from ringfence.cli.session import Session
from ringfence.engine import explaining
from ringfence.engine.explaining import Wish
from ringfence.engine.storeys import Gathered
from ringfence.errors import WrongUsage
from ringfence.formats import container_document
from ringfence.io import named_file, stdin
from ringfence.io.world import Target
from ringfence.model.explanation import Explanation
from ringfence.model.workload import Workload
from ringfence.report.terminal.confinement import lines

COMMAND = Command(slug="explain-confinement", order=31)
BUNDLE = "config.json"
"""The file of a bundle's folder."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence explain-confinement`."""
    add = parser.add_argument
    add("target", metavar="TARGET", help="process id, container, manifest, config.json, an engine's inspection, or -")
    add("--against", metavar="ENGINE", help="compare with this engine's defaults (ENGINE or ENGINE=VERSION)")
    target_kernel(parser)
    add("--arch", metavar="MACHINE", choices=explaining.ARCHITECTURES, help="take the system calls of this machine")
    add("--format", choices=("table", "json"), default="table")
    add("--width", metavar="COLUMNS", type=int, help="lay out for this width (default: the terminal's)")
    add("--quiet", "-q", action="store_true", default=None, help="no talk on standard error")
    add("--config", metavar="FILE", help=f"configuration file (default: {CONFIGURATION}, if it is there)")


def run(options: argparse.Namespace) -> int:
    """Finds the workloads and prints a page for each."""
    session = Session(options)
    wish = Wish(against=options.against or "", kernel=session.target_kernel(), architecture=options.arch or "")
    target = _target(options.target, session.world.node)
    gathered = session.gather([target])
    found = explained(gathered, wish, options.target if target.kind == "host" else "")
    if not found:
        mend = "'ringfence host' lists the containers" if target.kind == "host" else "name a manifest that has pods"
        why = "no container here is called so, and none has a process of this number"
        raise WrongUsage(why if target.kind == "host" else "has no container", where=options.target, mend=mend)
    if options.format == "json":
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    else:
        print(pages(found, options.width or 0))
    return 0


def pages(found: Iterable[Explanation], width: int = 0) -> str:
    """A page for each; a `width` of 0 is the terminal's."""
    return "\n\n".join("\n".join(lines(item, width or columns())) for item in found)


def columns() -> int:
    """The terminal's width, 100 where there is none."""
    return shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100


def explained(gathered: tuple[Gathered, ...], wish: Wish, wanted: str = "") -> tuple[Explanation, ...]:
    """Every container, or those called `wanted`."""
    graph, every = explaining.workloads(gathered)
    found = tuple(item for item in every if _is(item, wanted)) if wanted else every
    return tuple(explaining.explained(item, graph, wish) for item in found)


def _target(wanted: str, node: str) -> Target:
    """What the words mean: something of this host unless they name a file, and then by what is in it."""
    if wanted == "-":
        return Target("container-document" if container_document.recognised(stdin.peek()) else "manifests", wanted)
    if os.path.isfile(os.path.join(wanted, BUNDLE)) and "/" in wanted:
        return Target("container-document", os.path.join(wanted, BUNDLE))
    if "/" not in wanted and not wanted.endswith((".yaml", ".yml", ".json")):
        return Target("host", node)
    if os.path.isfile(wanted) and container_document.recognised(named_file.head(wanted, container_document.HEAD)):
        return Target("container-document", wanted)
    return Target("manifests", wanted)


def _is(workload: Workload, wanted: str) -> bool:
    if wanted.isdecimal() and int(wanted) in workload.pids:
        return True
    return wanted in (str(workload.identity), workload.identity.name) or (
        len(wanted) >= 6 and workload.container_id.startswith(wanted)
    )
