"""Make an admission policy of a recording: its defaults give pods of an image what was seen to be needed, and no more.

ringfence record -o web.json -- podman run ... registry.example/web
ringfence admit profile web.json --image 'registry.example/web' --namespace shop > policies/web.yaml

Capabilities are dropped but those that were used; the root becomes read-only, with an emptyDir at every place that was
written; --seccomp names a profile on the nodes ('ringfence profile seccomp' makes it). Only where a pod says nothing.
Exit status: 0 done, 3 the recording could not tell everything.
"""

import argparse
import sys

from ringfence.cli.command import Command
from ringfence.cli.files import read_recordings
from ringfence.errors import WrongUsage
from ringfence.report.terminal.words import plain

COMMAND = Command(slug="admit-profile", order=48)
PARTIAL = 3
"""Exit status when the recording could not tell everything."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence admit profile`."""
    add = parser.add_argument
    add("recording", metavar="RECORDING", nargs="+", help="written by 'ringfence record'; several are joined")
    add("--image", metavar="PATTERN", action="append", required=True, help="whose containers it is for (may be repeated)")
    add("--name", metavar="NAME", default="recorded", help="the policy's name (default: recorded)")
    add("--namespace", "-n", metavar="PATTERN", action="append", default=[], help="only there (may be repeated)")
    add("--seccomp", metavar="Localhost/NAME", default="", help="a profile on the nodes (default: RuntimeDefault)")


def run(options: argparse.Namespace) -> int:
    """Reads, converts, prints."""
    from ringfence.admission.recorded import recorded
    from ringfence.formats import admission_language, yaml_stream
    from ringfence.formats.admission_policy import Match

    if options.seccomp and not options.seccomp.startswith("Localhost/"):
        mend = "write Localhost/NAME, a path below the kubelet's folder of seccomp profiles"
        raise WrongUsage(f"--seccomp {options.seccomp} names no profile", mend=mend)
    limits = Match(namespaces=tuple(options.namespace))
    done = recorded(read_recordings(options.recording), options.name, tuple(options.image), options.seccomp, limits)
    text = yaml_stream.write([admission_language.write(done.policy)])
    admission_language.read(text.encode(), "the policy")
    sys.stdout.write(text)
    for line in done.untold:
        print(f"ringfence: not told: {plain(line)}", file=sys.stderr)
    return PARTIAL if done.untold else 0
