"""Watch a workload and write down what it uses: system calls, capabilities, files, sockets.

  ringfence record [-o FILE] -- COMMAND ...        a command with all its children
  ringfence record --container NAME                one that runs, until it ends, --duration or Ctrl-C
  ringfence record --pod NAMESPACE/NAME            all containers of a pod on this node (or --pod UID)
  ringfence record --image REF [-- COMMAND ...]    started through podman, from its first instruction on
  ringfence record --merge FILE --merge FILE ...   several recordings as one

'ringfence profile' makes least-privilege profiles of the recording.
"""

import argparse
import sys
from typing import TYPE_CHECKING

from ringfence.cli.command import Command
from ringfence.errors import WrongUsage

if TYPE_CHECKING:
    from ringfence.model.recording import Recording

COMMAND = Command(slug="record", order=70)
PARTLY = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence record`."""
    add = parser.add_argument
    add("command", nargs="*", metavar="COMMAND", help="what to run (after --)")
    add("--container", metavar="NAME", help="record a container that runs; with --pod: only this one of it")
    add("--pod", metavar="POD", help="record a pod on this node: NAMESPACE/NAME, or its UID")
    add("--image", metavar="REF", help="run this image through podman and record it")
    add("--merge", metavar="FILE", action="append", help="join recordings instead of making one")
    add("--output", "-o", metavar="FILE", default="recording.json", help="where it goes (default: recording.json)")
    add("--duration", metavar="SECONDS", type=float, help="stop after this time")
    add("--method", choices=("auto", "ebpf", "notify"), default="auto", help="how to watch (default: eBPF where it may)")
    add("--runtime", metavar="NAME", default="", help="OCI runtime that podman shall use with --image")
    add("--option", metavar="WORD", action="append", default=[], help="a word for 'podman run' (--option=--network=none)")
    add("--exercise", metavar="COMMAND", help="with --image: run this here, $RINGFENCE_CONTAINER being up, then stop it")
    add("--quiet", "-q", action="store_true", help="no talk on standard error")


def run(options: argparse.Namespace) -> int:
    """Records or merges, writes the file, says what is to be known about it."""
    from ringfence.cli.files import write_bytes
    from ringfence.formats import recording as form
    from ringfence.record.coverage import warnings

    made = _made(options)
    write_bytes(options.output, form.encode(made))
    if not options.quiet:
        print(_summary(made, options.output), file=sys.stderr)
        for warning in warnings(made):
            print(f"ringfence: warning: {warning}", file=sys.stderr)
    return 0 if made.complete else PARTLY


def _made(options: argparse.Namespace) -> "Recording":
    ways = [
        bool(options.container and not options.pod),
        bool(options.pod),
        bool(options.image),
        bool(options.merge),
        bool(options.command and not options.image),
    ]
    if sum(ways) != 1:
        mend = "give a command after --, or one of --container, --pod, --image, --merge"
        raise WrongUsage("say what to record, one thing", where="record", mend=mend)
    if options.merge:
        from ringfence.cli.files import read_recording
        from ringfence.record.merging import merge

        return merge(read_recording(path) for path in options.merge)
    from ringfence.engine import recording

    limit = options.duration or float("inf")
    if options.pod:
        return recording.pod(options.pod, options.container or "", limit, options.method)
    if options.container:
        return recording.container(options.container, limit, options.method)
    if options.image:
        image = recording.image(options.image, tuple(options.command), tuple(options.option), options.runtime)
        return recording.of_image(image, options.exercise or "", limit, options.method)
    return recording.command(tuple(options.command), limit, options.method)


def _summary(made: "Recording", path: str) -> str:
    from ringfence.model.knowledge import Known
    from ringfence.model.recording import Phase

    seen = made.capabilities.value if isinstance(made.capabilities, Known) else ()
    used = sorted({use.name for use in seen if use.had and use.phase is not Phase.RUNTIME})
    status = ", ".join(f"exit status {run.exit_status}" for run in made.runs if run.exit_status is not None)
    return (
        f"ringfence: {len({use.name for use in made.calls})} different system calls, "
        f"capabilities {' '.join(used) or 'none'}{', ' if status else ''}{status}; written to {path}"
    )
