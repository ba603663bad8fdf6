"""Judge this host: its kernel, runtimes and running containers.

With --processes it shows instead how each running container is confined, as 'ringfence explain-confinement' does for one,
and what the host's own processes may do: who is root with every capability, and which filter or namespace holds it back.
--target-kernel judges the containers as if this host ran another kernel, and says what their capabilities and system calls
mean there.
"""

import argparse
import sys
from collections.abc import Iterable

import msgspec

from ringfence.cli.command import Command
from ringfence.cli.explain_confinement import columns, explained, pages
from ringfence.cli.options import judging, target_kernel
from ringfence.cli.session import Session
from ringfence.engine.explaining import Wish
from ringfence.engine.storeys import Gathered
from ringfence.io.world import Target
from ringfence.layers.kernel.facts import Facts
from ringfence.model import report
from ringfence.model.explanation import Explanation
from ringfence.model.fact import Fact
from ringfence.model.host_process import HostProcesses
from ringfence.report.terminal.host_processes import lines

COMMAND = Command(slug="host", order=30)
PARTIAL = 3
"""Exit status when part of the host could not be read."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence host`."""
    parser.add_argument("--processes", action="store_true", help="show how containers and processes here are confined")
    target_kernel(parser)
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Collects, judges, publishes."""
    session = Session(options)
    gathered = session.gather([Target("host", session.world.node)])
    if options.processes:
        _show(explained(gathered, Wish(kernel=session.target_kernel())), own_processes(gathered), session.options.format)
        for problem in session.problems if not session.options.quiet else ():
            print(f"ringfence: {problem.where}: {problem.why}", file=sys.stderr)
        return PARTIAL if session.problems else 0
    return session.publish(session.assess(gathered, report.Target(kind="host", ref=session.world.node)))


class Shown(Fact):
    """What --processes shows, for programs."""

    containers: tuple[Explanation, ...]
    processes: tuple[HostProcesses, ...]


def own_processes(gathered: Iterable[Gathered]) -> tuple[HostProcesses, ...]:
    """The host's own processes, as the kernel's storey saw them."""
    seen = (item.facts for item in gathered)
    return tuple(group for facts in seen if isinstance(facts, Facts) for group in facts.host_processes)


def _show(containers: tuple[Explanation, ...], processes: tuple[HostProcesses, ...], form: str | None) -> None:
    if form == "json":
        shown = Shown(containers=containers, processes=processes)
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(shown)) + b"\n")
        return
    print(pages(containers) or "no container runs here")
    print()
    print("\n".join(lines(processes, columns())))
