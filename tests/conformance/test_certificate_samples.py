"""Keyless bundles, Notary Project signatures and time stamps of the samples: good ones hold offline, the others do not."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from ringfence.errors import RingfenceError
from ringfence.formats import notary_envelope, notary_policy
from ringfence.formats.oci_image import Descriptor
from ringfence.io import oci_layout
from ringfence.trust import keyless, notary, public_keys, timestamps, verifying
from ringfence.trust.faults import Refused
from ringfence.trust.keyless import KeylessSigner
from ringfence.trust.notary import NotarySigner
from ringfence.trust.repository import LayoutRepository
from ringfence.trust.verifying import Demand

pytestmark = pytest.mark.conformance

DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/none"), "signing")
if not DATA.is_dir():
    pytest.skip("RINGFENCE_TEST_DATA names no folder with signing/", allow_module_level=True)

DIGEST = "sha256:1e9df31c47c18b19f83f61c594f841f9f2d979ee6458e944af6068f0b6d12b03"
SUBJECT, ISSUER = "builder@example.test", "https://issuer.example.test"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def signer(root: str = "trusted_root", subject: str = SUBJECT, issuer: str = ISSUER) -> KeylessSigner:
    path = DATA / "keyless" / f"{root}.json"
    return KeylessSigner("builder", keyless.trusted_root(path.read_bytes(), str(path)), subject, issuer)


def test_a_keyless_bundle_holds_offline() -> None:
    bundle = (DATA / "keyless" / "keyless_dsse.json").read_bytes()
    keyless.verify(bundle, signer())
    keyless.verify(bundle, signer(subject="*@example.test"))
    for other in (
        signer("other_root"),
        signer(subject="other@example.test"),
        signer(subject="*@example.tes"),
        signer(issuer="https://other.example.test"),
    ):
        with pytest.raises(Refused):
            keyless.verify(bundle, other)


@pytest.mark.parametrize(
    "path",
    [
        ("verificationMaterial", "tlogEntries", 0, "inclusionProof", "rootHash"),
        ("verificationMaterial", "tlogEntries", 0, "inclusionProof", "checkpoint", "envelope"),
        ("verificationMaterial", "tlogEntries", 0, "inclusionPromise", "signedEntryTimestamp"),
        ("verificationMaterial", "tlogEntries", 0, "canonicalizedBody"),
        ("verificationMaterial", "tlogEntries", 0, "integratedTime"),
        ("verificationMaterial", "tlogEntries"),
        ("verificationMaterial", "certificate", "rawBytes"),
        ("dsseEnvelope", "signatures", 0, "sig"),
        ("dsseEnvelope", "payload"),
    ],
    ids=lambda path: ".".join(map(str, path)),
)
def test_a_keyless_bundle_with_one_part_changed_does_not_hold(path: tuple[str | int, ...]) -> None:
    """Each part is changed by one character in its middle, and taken away."""
    data = (DATA / "keyless" / "keyless_dsse.json").read_bytes()
    for taken in (False, True):
        bundle = json.loads(data)
        place = bundle
        for step in path[:-1]:
            place = place[step]
        old = place[path[-1]]
        if taken or not isinstance(old, str):
            del place[path[-1]]
        else:
            middle = len(old) // 2
            place[path[-1]] = old[:middle] + ("1" if old[middle] != "1" else "2") + old[middle + 1 :]
        with pytest.raises(Refused):
            keyless.verify(json.dumps(bundle).encode(), signer())


def test_a_keyless_signature_of_an_image_is_one_of_its_signatures() -> None:
    layout = oci_layout.in_directory(str(DATA / "signed"))
    repository = LayoutRepository(layout, prefix="keyless:")
    found = verifying.verify(repository, DIGEST, Demand(keyless=(signer(),), predicate="https://slsa.dev/provenance/v1"))
    assert {item.form for item in found.vouched} == {"keyless"}
    with pytest.raises(Refused, match="does not hold"):
        verifying.verify(repository, DIGEST, Demand(keyless=(signer("other_root"),)))


MANIFEST = (DATA / "notation" / "manifest.json").read_bytes()
IMAGE = Descriptor(digest=DIGEST, media_type="application/vnd.oci.image.manifest.v1+json", size=len(MANIFEST))
(POLICY,) = notary_policy.parse((DATA / "notation" / "trustpolicy.json").read_bytes())
TRUSTED = timestamps.certificates(str(DATA / "notation" / "trust-store" / "x509" / "ca" / "example" / "root.pem"))


def notarised(name: str, trusted: tuple[x509.Certificate, ...] = TRUSTED, **more: object) -> tuple[str, ...]:
    path = DATA / "notation" / name
    envelope = notary_envelope.parse(
        path.read_bytes(), notary_envelope.JWS if path.suffix == ".jws" else notary_envelope.COSE
    )
    who = NotarySigner("example", trusted, **{"subjects": POLICY.identities, "level": POLICY.level, **more})  # type: ignore[arg-type]  # of the test's own making
    return notary.verify(envelope, IMAGE, who, NOW)


@pytest.mark.parametrize("name", ["valid.jws", "valid.cose"])
def test_notary_project_signatures_hold(name: str) -> None:
    assert notarised(name) == ()
    for wrong in ({"subjects": ("x509.subject: C=US, ST=WA, O=other",)}, {"authority": True}):
        with pytest.raises(Refused, match="authenticity"):
            notarised(name, **wrong)
    with pytest.raises(Refused, match="is not trusted"):
        notarised(name, timestamps.certificates(str(DATA / "tsa" / "ca.pem")))


@pytest.mark.parametrize("path", sorted((DATA / "notation").glob("bad-*")), ids=lambda path: path.name)
def test_damaged_notary_project_signatures_do_not(path: Path) -> None:
    with pytest.raises(RingfenceError):
        notarised(path.name)


@pytest.mark.parametrize("name", ["expired.jws", "expired.cose"])
def test_an_expired_one_is_refused_or_only_told_of_as_the_level_says(name: str) -> None:
    with pytest.raises(Refused, match="expiry"):
        notarised(name)
    (said,) = notarised(name, level=notary_policy.Level(acts=notary_policy.LEVELS["permissive"]))
    assert said.startswith("expiry")


def test_time_stamps_hold_under_their_authority_alone() -> None:
    stamp = (DATA / "tsa" / "r.tsr").read_bytes()
    layout = oci_layout.in_directory(str(DATA / "signed"))
    keys = (public_keys.load(str(DATA / "keys" / "cosign_a.pub")),)
    repository = LayoutRepository(layout, prefix="tsa:")
    chain = timestamps.certificates(str(DATA / "tsa" / "chain.pem"))
    assert verifying.verify(repository, DIGEST, Demand(keys, stamps=chain)).vouched
    bad = timestamps.certificates(str(DATA / "tsa" / "badchain.pem"))
    with pytest.raises(Refused, match="its time stamp does not hold"):
        verifying.verify(repository, DIGEST, Demand(keys, stamps=bad))
    with pytest.raises(Refused, match="it has no time stamp"):
        verifying.verify(LayoutRepository(layout, prefix="py:"), DIGEST, Demand(keys, stamps=chain))
    with pytest.raises(Refused):
        timestamps.stamped(stamp, b"other bytes", chain)
