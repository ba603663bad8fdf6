"""`ringfence verify --build`: was the image built as its Dockerfile says."""

import argparse
import hashlib
import os
import sys

from ringfence import __version__
from ringfence.cli import places
from ringfence.errors import UnreadableInput, WrongUsage
from ringfence.formats import in_toto
from ringfence.formats.oci_image import RunConfig
from ringfence.io import clock, named_file
from ringfence.trust.building import build_plan, built_image, context, judging, rebuilding
from ringfence.trust.building.built_image import BuiltImage
from ringfence.trust.building.judging import BuildVerdict, TamperFinding

TAMPERED, PARTLY = 1, 3
MAX_DOCKERFILE_BYTES = 4 * 1024 * 1024
SHOWN = 20
"""Files that are listed of those which nothing accounts for."""


def run(options: argparse.Namespace) -> int:
    """Says what does not fit and what cannot be told. Exit status 1 for the one, 3 for the other."""
    if not options.base:
        raise WrongUsage("what it starts from is not known", mend="add --base REF, the image that FROM names")
    if options.attest and not options.rebuild:
        raise WrongUsage("there is nothing to attest without --rebuild")
    data = named_file.read(options.build, MAX_DOCKERFILE_BYTES)
    folder = options.context or os.path.dirname(os.path.abspath(options.build))
    given = dict(word.partition("=")[::2] for word in options.build_arg)
    with places.reading(options.ref) as place, places.reading(options.base) as origin:
        image, base = built_image.read(place.source, place.image), built_image.read(origin.source, origin.image)
    plan = build_plan.plan(data, base.configuration.config or RunConfig(), given)
    verdict = judging.judge(image, base, plan, context.read(folder, options.build))
    found, same = verdict.findings, False
    if options.rebuild:
        again = _rebuilt(options, folder, given)
        differences = judging.compare(image, again, judging.copied_layers(image, base, plan))
        same = [layer.diff_id for layer in image.layers] == [layer.diff_id for layer in again.layers]
        found = (*found, *differences)
        # What a rebuild has too, the Dockerfile makes: only what it has not is left to explain.
        verdict = BuildVerdict(findings=found, untold=() if not differences else verdict.untold, unowned=verdict.unowned)
    _tell(image, verdict, options)
    if found:
        return TAMPERED
    if options.attest:
        _attest(options, image, data, same=same)
    return PARTLY if verdict.untold else 0


def _rebuilt(options: argparse.Namespace, folder: str, given: dict[str, str]) -> BuiltImage:
    from ringfence.trust import encrypted_image

    base = options.base
    if base.startswith("oci:"):
        base = f"oci:{os.path.abspath(base.removeprefix('oci:'))}"
    with rebuilding.rebuilt(options.build, folder, base, given, options.runtime) as layout:
        return built_image.read(layout, encrypted_image.find(layout, rebuilding.TAG))


def _tell(image: BuiltImage, verdict: BuildVerdict, options: argparse.Namespace) -> None:
    count = len(verdict.findings)
    state = "nothing was found that its Dockerfile does not lead to" if not count else f"{count} things do not fit"
    print(f"{image.digest}: {state}{' (held against a rebuild)' if options.rebuild else ''}")
    for item in verdict.findings:
        print(places.printable(f"  {_where(item)}: {item.rule}: {item.because}"))
    for line in verdict.untold:
        print(f"ringfence: cannot be told: {places.printable(line)}", file=sys.stderr)
    if verdict.unowned and not options.rebuild:
        names = ", ".join(verdict.unowned[:SHOWN]) + (", …" if len(verdict.unowned) > SHOWN else "")
        said = f"{len(verdict.unowned)} files are of no package and no copied file ({names}): --rebuild tells if they belong"
        print(f"ringfence: {places.printable(said)}", file=sys.stderr)


def _where(item: TamperFinding) -> str:
    layer = f"layer {item.layer}" if item.layer is not None else "image"
    step = f" ({item.step})" if item.step else ""
    return f"{layer}{step}: {item.path}" if item.path else f"{layer}{step}"


def _attest(options: argparse.Namespace, image: BuiltImage, data: bytes, *, same: bool) -> None:
    from ringfence.trust import signer, signing

    predicate = {
        "dockerfile": {"sha256": hashlib.sha256(data).hexdigest()},
        "base": options.base,
        "agreement": "identical" if same else "same files",
        "diffIds": [layer.diff_id for layer in image.layers],
        "builder": {"program": "buildah", "by": f"ringfence {__version__}", "node": os.uname().nodename},
        "finishedOn": clock.now(),
    }
    key = signer.load(options.attest, places.passphrase())
    if not options.ref.startswith((places.REGISTRY, "oci:")):
        raise UnreadableInput("takes no attestations", where=options.ref, mend="use oci:DIR:TAG or docker://NAME")
    with places.signing(options.ref) as place:
        name = places.signed_name(place, options.name)
        signing.attest(place.repository, place.image.digest, key, name, in_toto.REBUILD, predicate)
