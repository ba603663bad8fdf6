"""Sign an image with a private key.

REF is docker://NAME, oci:DIR[:TAG] or, for OpenPGP, dir:DIR. By default it is signed twice, so that all can read it: as
cosign 1 and 2 and podman do (a tag), and as the bundle of cosign 3 (a referrer). With --certificates the key signs as the
Notary Project does; with --gpg an OpenPGP key signs as podman and skopeo do, into a lookaside folder or beside a dir: image.
An encrypted image is signed as it is: encrypt first, then sign. The key's passphrase is taken from the environment.
"""

import argparse
from datetime import datetime, timedelta
from functools import partial

from ringfence.cli import extras, places
from ringfence.cli.command import Command
from ringfence.errors import WrongUsage
from ringfence.io import clock

COMMAND = Command(slug="sign", order=80)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence sign`."""
    add = parser.add_argument
    add("ref", metavar="REF", help="the image")
    add(
        "--key",
        metavar="KEY",
        help=f"private key: a file, env://NAME, a pkcs11: URI, SERVICE://KEY (passphrase or PIN: ${places.PASSPHRASE})",
    )
    name = "the repository it is signed for (registry/path, with a tag for OpenPGP; in a registry: its own)"
    add("--name", metavar="NAME", default="", help=name)
    add("--recursive", action="store_true", help="of an index, the image of each platform too")
    add("--time-stamps", metavar="URL", help="have the signature stamped by this authority (RFC 3161)")
    add("--certificates", metavar="FILE", help="sign as the Notary Project: the key's certificate, its issuers, the root")
    add("--envelope", choices=("jws", "cose"), default="jws", help="with --certificates: the envelope (default: jws)")
    add("--expires", metavar="DAYS", type=int, help="with --certificates: the signature ends after so many days")
    add("--gpg", metavar="FILE", help="OpenPGP private key to sign with (gpg --export-secret-keys)")
    add("--lookaside", metavar="DIR", help="with --gpg: where signatures of images of registries lie (registries.d)")


def run(options: argparse.Namespace) -> int:
    """Signs; says the digest."""
    if bool(options.gpg) == bool(options.key):
        raise WrongUsage("one of --key and --gpg is needed", mend="see 'ringfence sign --help'")
    with extras.needs("trust"):
        return _openpgp(options) if options.gpg else _sign(options)


def _sign(options: argparse.Namespace) -> int:
    from ringfence.trust import signer, signing

    key = signer.load(options.key, places.passphrase())
    stamp = None
    if options.time_stamps:
        from ringfence.trust import timestamps

        stamp = partial(timestamps.ask, options.time_stamps)
    with places.signing(options.ref) as place:
        family = signing.family(place.repository, place.image.digest, recursive=options.recursive)
        if options.certificates:
            from ringfence.trust import notary_signing, timestamps
            from ringfence.trust.notary_signing import NotaryDraft

            now = datetime.fromisoformat(clock.now())
            chain = timestamps.certificates(options.certificates)
            expiry = now + timedelta(days=options.expires) if options.expires else None
            draft = NotaryDraft(chain, now, expiry, cose=options.envelope == "cose", stamp=stamp)
            for digest in family:
                print(notary_signing.sign(place.repository, digest, key, draft))
            return 0
        name = places.signed_name(place, options.name)
        for digest in family:
            print(signing.sign(place.repository, digest, key, name, stamp))
    return 0


def _openpgp(options: argparse.Namespace) -> int:
    from ringfence.formats.simple_signing import Claim
    from ringfence.io import named_file, signature_files
    from ringfence.trust import beside, openpgp_signing, signing

    secret = named_file.read(options.gpg, openpgp_signing.MAX_KEY_BYTES)
    with places.reading(options.ref) as place:
        if not (place.folder or options.lookaside):
            mend = "add --lookaside DIR, or bring the image into a folder: skopeo copy IMAGE dir:DIR"
            raise WrongUsage("OpenPGP signatures lie beside an image, not in it", where=options.ref, mend=mend)
        name = options.name or (f"{place.name}:{place.tag}" if place.name and place.tag else "")
        if not name:
            raise WrongUsage("no name to sign it for is known", where=options.ref, mend="add --name REGISTRY/PATH:TAG")
        at = int(datetime.fromisoformat(clock.now()).timestamp())
        for digest in signing.family(place.repository, place.image.digest, recursive=options.recursive):
            message = openpgp_signing.sign(secret, Claim(digest=digest, reference=name), at, places.passphrase())
            signature_files.add(place.folder or beside.folder(options.lookaside, name, digest), message)
            print(digest)
    return 0
