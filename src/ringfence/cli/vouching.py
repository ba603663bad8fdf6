"""Whose word counts: the options by which `ringfence verify` is told, and what they come to."""

import argparse
from datetime import datetime
from typing import TYPE_CHECKING

from ringfence.errors import WrongUsage
from ringfence.io import clock, named_file

if TYPE_CHECKING:
    from ringfence.trust.keyless import KeylessSigner
    from ringfence.trust.notary import NotarySigner
    from ringfence.trust.verifying import Demand

MAX_FILE_BYTES = 4 * 1024 * 1024
"""Bytes of a policy or a list of what is revoked."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options."""
    add = parser.add_argument
    add("--key", metavar="FILE", action="append", default=[], help="public key that may vouch (may be repeated)")
    add("--gpg", metavar="FILE", action="append", default=[], help="OpenPGP certificate that may vouch (may be repeated)")
    add("--lookaside", metavar="DIR", help="where OpenPGP signatures lie (registries.d; dir: images bring their own)")
    add("--sigstore-root", metavar="FILE", help="trusted root (JSON) under which certificates may vouch")
    add("--certificate-identity", metavar="NAME", help="with --sigstore-root: who (address or URI; * for any characters)")
    add("--certificate-issuer", metavar="URL", help="with --sigstore-root: by whose word")
    add("--notary-ca", metavar="FILE", action="append", default=[], help="certificates of a Notary Project trust store")
    add("--notary-identity", metavar="NAME", action="append", default=[], help='"x509.subject: C=..., ST=..., O=..."')
    add("--notary-policy", metavar="FILE", help="trustpolicy.json; needs --notary-store")
    add("--notary-store", metavar="DIR", help="folder with x509/ca/NAME, x509/signingAuthority/NAME, x509/tsa/NAME")
    add("--crl", metavar="FILE", action="append", default=[], help="list of revoked certificates (may be repeated)")
    add("--time-authority", metavar="FILE", help="certificates of a time stamp authority whose stamp each signature needs")
    add("--at-least", metavar="N", type=int, default=1, help="how many of those must vouch (default: 1)")
    add("--identity", metavar="NAME", default="", help="the repository that signatures must name (registry/path)")


def demand(options: argparse.Namespace, predicate: str) -> "Demand":
    """What the options ask for. Raises `WrongUsage`, `UnreadableInput`."""
    from ringfence.trust import public_keys
    from ringfence.trust.verifying import Demand

    certificates: tuple[object, ...] = ()
    if options.gpg:
        from ringfence.trust import openpgp_signing

        certificates = tuple(openpgp_signing.certificate(path) for path in options.gpg)
    stamps: tuple[object, ...] = ()
    if options.time_authority:
        from ringfence.trust import timestamps

        stamps = timestamps.certificates(options.time_authority)
    made = Demand(
        keys=tuple(public_keys.load(path) for path in options.key),
        certificates=certificates,  # type: ignore[arg-type]  # imported late, so that keys alone stay fast
        keyless=_keyless(options),
        notary=_notary(options),
        at_least=options.at_least,
        identity=options.identity,
        predicate=predicate,
        stamps=stamps,  # type: ignore[arg-type]  # as above
        now=datetime.fromisoformat(clock.now()),
    )
    if not made.signers:
        raise WrongUsage("nobody is named who may vouch", mend="add --key, --gpg, --sigstore-root, --notary-ca or --trust")
    if not 1 <= options.at_least <= len(made.signers):
        mend = "name as many, or ask for fewer"
        raise WrongUsage(f"--at-least {options.at_least} of {len(made.signers)} who may vouch", mend=mend)
    return made


def _keyless(options: argparse.Namespace) -> "tuple[KeylessSigner, ...]":
    if not options.sigstore_root:
        return ()
    if not (options.certificate_identity and options.certificate_issuer):
        mend = "add --certificate-identity and --certificate-issuer"
        raise WrongUsage("a root vouches for everybody it gave a certificate", mend=mend)
    from ringfence.cli import extras

    with extras.needs("keyless"):
        from ringfence.trust import keyless
        from ringfence.trust.keyless import KeylessSigner

    data = named_file.read(options.sigstore_root, keyless.MAX_ROOT_BYTES)
    root = keyless.trusted_root(data, options.sigstore_root)
    return (KeylessSigner(options.certificate_identity, root, options.certificate_identity, options.certificate_issuer),)


def _notary(options: argparse.Namespace) -> "tuple[NotarySigner, ...]":
    if not (options.notary_ca or options.notary_policy):
        return ()
    from ringfence.formats import notary_policy
    from ringfence.trust import notary_store, timestamps
    from ringfence.trust.notary import NotarySigner

    crls = tuple(notary_store.revoked(named_file.read(path, MAX_FILE_BYTES), path) for path in options.crl)
    stamps = timestamps.certificates(options.time_authority) if options.time_authority else ()
    found = [
        NotarySigner(
            path,
            timestamps.certificates(path),
            tuple(options.notary_identity) or (notary_policy.ANY_IDENTITY,),
            stamps=stamps,
            crls=crls,
        )
        for path in options.notary_ca
    ]
    if options.notary_policy:
        if not (options.notary_store and options.identity):
            raise WrongUsage("a trust policy goes by repository, with a store", mend="add --notary-store and --identity")
        policies = notary_policy.parse(named_file.read(options.notary_policy, MAX_FILE_BYTES))
        found += notary_store.signers(policies, options.notary_store, options.identity, crls)
    return tuple(found)
