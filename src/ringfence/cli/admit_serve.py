"""Serve the admission webhook: HTTPS, AdmissionReview v1 at /validate and /mutate.

ringfence admit serve --policy /etc/ringfence/policies --certificates secret:NAMESPACE/NAME      in a cluster
ringfence admit serve --policy policies/ --certificates ./certificates --listen 127.0.0.1:8443   on a laptop
ringfence admit serve --policy policies/ --tls-cert tls.crt --tls-key tls.key                    certificates of others

Certificates are made and rotated by itself: the authority's bundle is written into the webhook configurations of the name
given with --configuration. Policies are read again when their files change; broken ones leave the old in force.
SIGTERM drains. The decision log goes to standard output, a JSON object a line. Deploy it with 'ringfence admit manifests'.
"""

import argparse
import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING

from ringfence.cli import extras
from ringfence.cli.admit import evidence_options, policy_option
from ringfence.cli.command import Command
from ringfence.errors import WrongUsage

if TYPE_CHECKING:
    from ringfence.io.cluster_api import ClusterApi
    from ringfence.server.certificates import Keeper
    from ringfence.server.webhook import GivenCertificate

COMMAND = Command(slug="admit-serve", order=45)
SECRET = "secret:"  # noqa: S105 - a prefix
NAME = "ringfence-admission"
"""The name of the Service, and of the webhook configurations."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence admit serve`."""
    policy_option(parser)
    evidence_options(parser)
    add = parser.add_argument
    add("--listen", metavar="HOST:PORT", default="0.0.0.0:8443", help="(default: 0.0.0.0:8443)")
    add("--service", metavar="NAME.NAMESPACE", default=f"{NAME}.ringfence", help=f"(default: {NAME}.ringfence)")
    add("--certificates", metavar="FOLDER|secret:NAMESPACE/NAME", help="where the certificates that are made are kept")
    add("--tls-cert", metavar="FILE", help="serve this certificate, which somebody else renews")
    add("--tls-key", metavar="FILE", help="its key")
    add("--configuration", metavar="NAME", default=NAME, help=f"webhook configurations told the bundle (default: {NAME})")
    add("--exempt-namespace", metavar="NAME", action="append", default=[], help="never judge pods there (own one: always)")
    add("--events", action="store_true", help="make events of what is refused, and of what policies in audit mode find")
    add("--log", choices=("all", "refused", "none"), default="refused", help="which decisions are logged")
    add("--wait", metavar="SECONDS", type=float, default=4.0, help="how long registries may take (default: 4)")
    add("--drain", metavar="SECONDS", type=float, default=20.0, help="how long requests may take at the end (default: 20)")
    add("--queue", metavar="N", type=int, default=64, help="requests that may wait; more are refused (default: 64)")
    add("--api-server", metavar="URL", help="the API server (default: that of the pod it runs in)")
    add("--api-ca", metavar="FILE", default="", help="the API server's authority")
    add("--api-token", metavar="FILE", default="", help="a file with the token to use there")


def run(options: argparse.Namespace) -> int:
    """Serves until it is told to end."""
    with extras.needs("admission"):
        return _serve(options)


def _serve(options: argparse.Namespace) -> int:
    from ringfence.cli.admit import evidence
    from ringfence.io.cluster_api import ClusterApi, of_this_pod
    from ringfence.io.https_server import Counts, Limits
    from ringfence.server.admission_service import AdmissionService
    from ringfence.server.decision_log import DecisionLog
    from ringfence.server.events import Events
    from ringfence.server.image_evidence import ImageEvidence
    from ringfence.server.policy_files import PolicyFiles
    from ringfence.server.webhook import NamespaceLabels, Webhook

    host, _, port = options.listen.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise WrongUsage(f"--listen {options.listen} is no HOST:PORT", mend="write 127.0.0.1:8443")
    name, _, namespace = options.service.partition(".")
    api = ClusterApi(options.api_server, options.api_ca, options.api_token) if options.api_server else of_this_pod()
    asked = evidence(options)
    log = DecisionLog(which=options.log)
    if options.events and api is None:
        raise WrongUsage("--events needs a cluster", mend="run in a pod of one, or give --api-server")
    service = AdmissionService(
        policies=PolicyFiles.opened(tuple(options.policy)),
        evidence=asked,
        log=log,
        events=Events(api, log.note) if options.events and api is not None else None,
        counts=Counts(),
        labels=NamespaceLabels(api, time.monotonic) if api else None,
        exempt=frozenset({namespace, *options.exempt_namespace}),
        wait=options.wait,
    )
    webhook = Webhook(
        service=service,
        keeper=_keeper(options, (f"{name}.{namespace}.svc", f"{name}.{namespace}.svc.cluster.local", "localhost"), api),
        scans=asked.scans if isinstance(asked, ImageEvidence) else None,
        limits=Limits(queue=options.queue),
        drain=options.drain,
        announce=lambda bound: print(f"ringfence: listens on {host}:{bound}", file=sys.stderr, flush=True),
    )
    asyncio.run(webhook.run(host.strip("[]"), int(port)))
    return 0


def _keeper(options: argparse.Namespace, names: tuple[str, ...], api: "ClusterApi | None") -> "Keeper | GivenCertificate":
    from ringfence.server.certificates import Announcer, FolderStore, Keeper, SecretStore
    from ringfence.server.webhook import GivenCertificate

    if options.tls_cert or options.tls_key:
        if not (options.tls_cert and options.tls_key):
            raise WrongUsage("--tls-cert and --tls-key belong together", mend="give both")
        return GivenCertificate(options.tls_cert, options.tls_key)
    announcer = Announcer(api, options.configuration) if api else None
    if not options.certificates:
        raise WrongUsage(
            "it is not said where certificates are kept", mend="give --certificates, or --tls-cert and --tls-key"
        )
    if options.certificates.startswith(SECRET):
        namespace, slash, name = options.certificates.removeprefix(SECRET).partition("/")
        if api is None or not slash:
            mend = "write secret:NAMESPACE/NAME, in a pod of the cluster or with --api-server"
            raise WrongUsage(f"{options.certificates} cannot be had", mend=mend)
        return Keeper(SecretStore(api, namespace, name), names, announcer)
    return Keeper(FolderStore(os.path.abspath(options.certificates)), names, announcer)
