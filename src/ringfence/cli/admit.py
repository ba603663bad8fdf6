"""Judge pods by admission policies: manifests, or recorded requests (AdmissionReview v1) of the API server.

ringfence admit --policy policies/ deploy.yaml                 would these pods be let in, and with which changes?
ringfence admit --policy builtin:restricted:v1.30 deploy.yaml
ringfence admit --policy policies/ --review review.json        a request that was recorded
helm template CHART | ringfence admit --policy policies/ -

Pods are judged with the defaults of policies written into them, as the webhook does; --as-is leaves these out.
Who makes them is said with --user and --group. Exit status: 0 all let in, 1 one refused, 3 a document could not be read.
"""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from ringfence.cli.command import Command
from ringfence.cli.files import manifests, read_bytes
from ringfence.errors import UnreadableInput, WrongUsage
from ringfence.io import clock, stdin
from ringfence.report.terminal.words import plain

if TYPE_CHECKING:
    from ringfence.admission.evidence import Evidence
    from ringfence.server.offline import Judged

COMMAND = Command(slug="admit", order=43)
REFUSED, PARTIAL = 1, 3
"""Exit statuses: a pod is refused; a document could not be read."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence admit`."""
    add = parser.add_argument
    add("path", metavar="FILE", nargs="*", help="manifests or AdmissionReviews, folders of them, or - for standard input")
    add("--review", metavar="FILE", action="append", default=[], help="the same, named by an option")
    policy_option(parser)
    add("--user", metavar="NAME", default="", help="who makes the pods (default: nobody in particular)")
    add("--group", metavar="NAME", action="append", default=[], help="a group the maker is in (may be repeated)")
    add("--namespace", "-n", metavar="NAME", default="default", help="where objects without a namespace go")
    add("--as-is", action="store_true", help="judge without writing defaults into the pods first")
    evidence_options(parser)
    add("--format", choices=("table", "json"), default="table")


def policy_option(parser: argparse.ArgumentParser) -> None:
    """Adds the option that names policies."""
    parser.add_argument(
        "--policy",
        metavar="FILE|FOLDER|builtin:LEVEL[:VERSION]",
        action="append",
        required=True,
        help="AdmissionPolicy objects, or a Pod Security Standard: builtin:restricted:v1.30 (may be repeated)",
    )


def evidence_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say where knowledge about images comes from."""
    add = parser.add_argument
    add("--scans", metavar="FOLDER", help="reports of 'ringfence image --format json', which scan rules ask")
    add("--offline", action="store_true", help="ask no registry: signatures and digests of tags cannot be told")


def evidence(options: argparse.Namespace) -> "Evidence":
    """Whom the judgement asks about images. Raises `UnreadableInput`."""
    from ringfence.server.image_evidence import ImageEvidence, ScanFolder, in_registries, nowhere

    scans = ScanFolder(options.scans) if options.scans else None
    if scans is not None:
        scans.refresh()
        for path, why in scans.faults.items():
            print(f"ringfence: {plain(f'{path}: {why}')}", file=sys.stderr)
    digests, vouching = nowhere() if options.offline else in_registries()
    return ImageEvidence(digests, vouching, scans)


def run(options: argparse.Namespace) -> int:
    """Reads, judges, prints."""
    from ringfence.server.offline import Maker, judge
    from ringfence.server.policy_files import PolicyFiles

    paths = (*options.path, *options.review)
    if not paths:
        raise WrongUsage("nothing to judge is named", mend="give manifests or AdmissionReviews, or -")
    policies = PolicyFiles.opened(tuple(options.policy)).current.policies
    maker = Maker(user=options.user, groups=tuple(options.group), namespace=options.namespace, as_is=options.as_is)
    asked = evidence(options)
    found: list[Judged] = []
    for path in paths:
        before = len(found)
        for name in manifests(path):
            data = stdin.read(MAX_BYTES) if name == "-" else read_bytes(name, MAX_BYTES)
            # Most YAML and JSON of a source tree is something else.
            if name == path or b"apiVersion" in data:
                found.extend(judge(data, name, policies, maker, (clock.today(), asked)))
        if len(found) == before:
            raise UnreadableInput("holds no object", where=path, mend="give a manifest or an AdmissionReview")
    print(_as_json(found) if options.format == "json" else _as_text(found))
    if any(item.decision is not None and not item.decision.allowed for item in found):
        return REFUSED
    return PARTIAL if any(item.fault for item in found) else 0


MAX_BYTES = 32 * 1024 * 1024
"""Bytes of one input."""


def _as_text(found: "list[Judged]") -> str:
    from ringfence.server.offline import NO_POD

    lines = []
    for item in found:
        if item.fault:
            lines.append(f"unread {item.name}: {item.fault}")
            continue
        if item.decision is None:
            if item.why != NO_POD:
                lines.append(f"passed {item.name}: {item.why}")
            continue
        by = f" (permit {item.decision.permit})" if item.decision.permit else ""
        lines.append(f"{'allowed' if item.decision.allowed else 'refused'} {item.name}{by}")
        lines += [f"  refused: {line}" for line in item.decision.denials]
        lines += [f"  warning: {line}" for line in item.decision.warnings]
        lines += [f"  audit: {line}" for line in item.decision.audit]
        for judgement in item.decision.judgements:
            for one in judgement.excused:
                until = f" (until {one.until})" if one.until else ""
                lines.append(f"  excused: {judgement.policy}: [{one.broken.rule}] {one.broken.message}: {one.reason}{until}")
        lines += [f"  adds: {change.path}: {json.dumps(change.value)}" for change in item.patch]
    lines = lines or [f"no pod in {len(found)} object{'s' if len(found) > 1 else ''}"]
    return "\n".join(f"{'  ' if line.startswith(' ') else ''}{plain(line)}" for line in lines)


def _as_json(found: "list[Judged]") -> str:
    return json.dumps([item.as_json() for item in found], indent=2)
