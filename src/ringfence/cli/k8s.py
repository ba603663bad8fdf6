"""Judge Kubernetes manifests: files, folders, or - for standard input."""

import argparse
from collections.abc import Iterator

from ringfence.cli.command import Command
from ringfence.cli.options import judging, target_kernel
from ringfence.cli.session import Session
from ringfence.engine import assessing
from ringfence.engine.judging import Subject
from ringfence.engine.storeys import Gathered
from ringfence.errors import Malformed, WrongUsage
from ringfence.formats.pod_security_standard import Standard, standard
from ringfence.io.world import Target
from ringfence.layers.kubernetes.facts import Admission, Facts
from ringfence.model import report

COMMAND = Command(slug="k8s", order=40)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence k8s`."""
    parser.add_argument("path", metavar="PATH", nargs="+", help="manifest, folder of manifests, or -")
    parser.add_argument(
        "--pss", metavar="LEVEL[:VERSION]", help="judge one Pod Security Standard and nothing else, as restricted:v1.30"
    )
    target_kernel(parser)
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Reads, resolves every pod, judges, publishes."""
    asked = None if options.pss is None else _standard(options.pss)
    session = Session(options)
    gathered = session.gather(Target("manifests", path) for path in options.path)
    for item in gathered:
        if isinstance(item.facts, Facts) and not (item.facts.objects or item.facts.pods):
            session.found_nothing(
                item.target, "no manifest", "name a folder with YAML or JSON, or render the templates first"
            )
    target = report.Target(kind="manifests", ref=" ".join(options.path))
    if asked is None:
        return session.publish(session.assess(gathered, target))
    subjects = _admissions(gathered, asked)
    return session.publish(assessing.judged(subjects, gathered, tuple(session.problems), target, session.at))


def _standard(text: str) -> Standard:
    try:
        return standard(text)
    except Malformed as fault:
        raise WrongUsage(fault.wrong, where="--pss", mend=fault.mend) from fault


def _admissions(gathered: tuple[Gathered, ...], asked: Standard) -> Iterator[Subject]:
    for item in gathered:
        if isinstance(item.facts, Facts):
            for pod in item.facts.specs:
                value = Admission(pod=pod, standard=asked, asked_by=f"a namespace that enforces {asked.level}")
                yield Subject(value, item.storey, item.target)
