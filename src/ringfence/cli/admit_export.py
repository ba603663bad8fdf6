"""Write policies as ValidatingAdmissionPolicies, which the API server holds by itself in CEL, and say what cannot be.

ringfence admit export --policy policies/ --format vap | kubectl apply -f -

What was exported holds also while no webhook answers. What cannot be said in CEL is told on standard error; the webhook
still judges it. Exit status: 0 done, 3 something was left to the webhook.
"""

import argparse
import sys

from ringfence.cli.admit import policy_option
from ringfence.cli.command import Command
from ringfence.report.terminal.words import plain

COMMAND = Command(slug="admit-export", order=47)
PARTIAL = 3
"""Exit status when something could not be exported."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence admit export`."""
    policy_option(parser)
    parser.add_argument("--format", choices=("vap",), default="vap", help="ValidatingAdmissionPolicy with its binding")
    parser.add_argument("--exempt-namespace", metavar="NAME", action="append", help="never judged (default: kube-system)")
    parser.add_argument("--quiet", "-q", action="store_true", help="say nothing on standard error")


def run(options: argparse.Namespace) -> int:
    """Prints the objects, says what is not among them."""
    from ringfence.admission.cel import exported
    from ringfence.formats import yaml_stream
    from ringfence.server.policy_files import PolicyFiles

    left = False
    for policy in PolicyFiles.opened(tuple(options.policy)).current.policies:
        done = exported(policy, tuple(options.exempt_namespace or ("kube-system",)))
        sys.stdout.write(yaml_stream.write(done.objects))
        left = left or bool(done.cannot)
        for field, why in () if options.quiet else done.cannot:
            print(f"ringfence: {plain(f'{policy.name}: {field}: {why}')}", file=sys.stderr)
    return PARTIAL if left else 0
