"""Print what a cluster needs to run the admission webhook: namespace, rights, Deployment, Service, webhook configurations.

ringfence admit manifests --policy policies/ --image REGISTRY/ringfence@sha256:... | kubectl apply -f -

The policies given go into a ConfigMap; what is later changed there is read again by the running webhook. Nothing in it needs
rights beyond its own Secret and webhook configurations. The same is in deploy/helm as a chart.
"""

import argparse
import sys

from ringfence.cli.command import Command
from ringfence.errors import WrongUsage

COMMAND = Command(slug="admit-manifests", order=46)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence admit manifests`."""
    add = parser.add_argument
    add("--policy", metavar="FILE|FOLDER|builtin:LEVEL", action="append", required=True, help="what it starts with")
    add("--image", metavar="REF", required=True, help="an image with ringfence and its extra 'admission', by digest")
    add("--namespace", metavar="NAME", default="ringfence", help="where it runs (default: ringfence)")
    add("--replicas", metavar="N", type=int, default=2, help="(default: 2)")
    add("--timeout", metavar="SECONDS", type=int, default=5, help="how long the API server waits (default: 5, 1 to 30)")
    add("--exempt-namespace", metavar="NAME", action="append", help="never asked about (default: kube-system)")
    add("--fail-open", action="store_true", help="let pods pass while no webhook answers (default: refuse them)")


def run(options: argparse.Namespace) -> int:
    """Prints the objects."""
    from ringfence.admission import deployment
    from ringfence.formats import admission_language, yaml_stream
    from ringfence.server.policy_files import PolicyFiles

    if not 1 <= options.timeout <= 30 or options.replicas < 1:
        raise WrongUsage("--timeout is 1 to 30, --replicas 1 or more", mend="see 'ringfence admit manifests --help'")
    found = PolicyFiles.opened(tuple(options.policy)).current.policies
    settings = deployment.Settings(
        namespace=options.namespace,
        image=options.image,
        replicas=options.replicas,
        timeout=options.timeout,
        failure="Ignore" if options.fail_open else "Fail",
        policies={f"{item.name}.yaml": yaml_stream.write([admission_language.write(item)]) for item in found},
        exempt=tuple(options.exempt_namespace or ("kube-system",)),
    )
    sys.stdout.write(yaml_stream.write(deployment.objects(settings)))
    return 0
