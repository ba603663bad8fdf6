"""Whose word counts: the options by which `ringfence verify` is told, and what they come to."""

import argparse
from datetime import datetime
from typing import TYPE_CHECKING

from ringfence.errors import WrongUsage
from ringfence.io import clock, named_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from ringfence.formats.in_toto import Statement
    from ringfence.formats.statement_query import Condition
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
    add("--trust", metavar="FILE", help="decide by this root of trust ('ringfence trust') in place of the options above")
    add("--trust-anchor", metavar="FILE", help="with --trust: a copy that is known to be good, to begin from")
    add("--at-least", metavar="N", type=int, default=1, help="how many of those must vouch (default: 1)")
    add("--identity", metavar="NAME", default="", help="the repository that signatures must name (registry/path)")


def statement_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that ask for statements in place of signatures."""
    add = parser.add_argument
    add("--attestation", metavar="TYPE", default="", help="want statements of this type (spdx, openvex, ... or a URI)")
    add(
        "--require",
        metavar="'TYPE: CONDITION'",
        action="append",
        default=[],
        help="want a statement of this type for which the condition holds (may be repeated)",
    )
    add("--builder", metavar="ID", action="append", default=[], help="want SLSA provenance by this builder")
    add("--source", metavar="URI", default="", help="want SLSA provenance of this source repository")
    add("--parameter", metavar="NAME=VALUE", action="append", default=[], help="want SLSA provenance with this parameter")
    add("--only-parameters", action="store_true", help="want no external parameters but those named")


def build_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that hold an image against its Dockerfile."""
    add = parser.add_argument
    add("--build", metavar="DOCKERFILE", help="hold the image against the Dockerfile it is said to be built from")
    add("--base", metavar="REF", help="with --build: the image it starts from")
    add("--context", metavar="DIR", help="with --build: the build context (default: the Dockerfile's folder)")
    add("--build-arg", metavar="NAME=VALUE", action="append", default=[], help="with --build: a build argument")
    add(
        "--rebuild",
        action="store_true",
        help="with --build: build it again with buildah, which runs what it runs, and compare",
    )
    add("--runtime", metavar="NAME", default="", help="with --rebuild: the runtime that buildah runs commands with")
    add("--attest", metavar="KEY", help="with --rebuild: if it came out the same, say so in a signed statement")
    add("--name", metavar="NAME", default="", help="with --attest: the repository it is stated for")


def demands(options: argparse.Namespace) -> "tuple[Demand, ...]":
    """All that the options ask for; each must be met. Raises `WrongUsage`, `UnreadableInput`, `Malformed`."""
    from dataclasses import replace

    from ringfence.formats import in_toto, statement_query
    from ringfence.trust import slsa

    base = demand(options, "")
    found = []
    if options.attestation:
        found.append(replace(base, predicate=in_toto.PREDICATES.get(options.attestation, options.attestation)))
    for text in options.require:
        kind, separator, condition = text.partition(": ")
        if not separator:
            raise WrongUsage("is no requirement", where=text, mend="write 'TYPE: CONDITION', a space after the colon")
        parsed = statement_query.parse(condition)
        predicate = in_toto.PREDICATES.get(kind.strip(), kind.strip())
        found.append(replace(base, predicate=predicate, holds=_condition(parsed)))
    if options.builder or options.source or options.parameter or options.only_parameters:
        words = [word.partition("=") for word in options.parameter]
        if not all(separator for _, separator, _ in words):
            raise WrongUsage("is no parameter", where=" ".join(options.parameter), mend="write NAME=VALUE")
        parameters: dict[str, object] = {name: value for name, _, value in words}
        expected = slsa.Expected(tuple(options.builder), options.source, parameters, only=options.only_parameters)
        found.append(replace(base, predicates=slsa.TYPES, holds=lambda statement: slsa.missing(statement, expected)))
    return tuple(found) or (base,)


def _condition(parsed: "Condition") -> "Callable[[Statement], str]":
    return lambda statement: parsed.missing(statement.predicate)


def demand(options: argparse.Namespace, predicate: str) -> "Demand":
    """Who may vouch, by the options. Raises `WrongUsage`, `UnreadableInput`."""
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
