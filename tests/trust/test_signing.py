"""What is signed verifies, in every form at once; and nothing else does."""

import contextlib
import json
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import Malformed, RingfenceError, Unavailable, UnreadableInput
from ringfence.formats import dsse, in_toto, sigstore_bundle, simple_signing
from ringfence.formats.simple_signing import Claim
from ringfence.io import oci_layout
from ringfence.trust import key_files, openpgp_signing, public_keys, signing, verifying
from ringfence.trust.faults import Refused
from ringfence.trust.key_files import SigningKey
from ringfence.trust.repository import INDEX, LayoutRepository
from ringfence.trust.verifying import Demand
from trust import sample_layout

NAME = "registry.example/team/app"
KEYS = {
    "ecdsa": SigningKey(ec.generate_private_key(ec.SECP256R1()), "ecdsa"),
    "p384": SigningKey(ec.generate_private_key(ec.SECP384R1()), "p384"),
    "rsa": SigningKey(rsa.generate_private_key(65537, 2048), "rsa"),
    "ed25519": SigningKey(ed25519.Ed25519PrivateKey.generate(), "ed25519"),
}


@pytest.fixture
def repository(tmp_path: Path) -> LayoutRepository:
    sample_layout.image(tmp_path)
    return LayoutRepository(oci_layout.in_directory(str(tmp_path)), oci_layout.writable(str(tmp_path)))


def demand(*names: str, **more: object) -> Demand:
    return Demand(tuple(KEYS[name].public for name in names), **more)  # type: ignore[arg-type]  # of the test's own making


@pytest.mark.parametrize("kind", KEYS)
def test_a_signature_is_there_in_both_forms_and_names_its_repository(kind: str, repository: LayoutRepository) -> None:
    digest = signing.sign(repository, "v1", KEYS[kind], NAME)
    found = verifying.verify(repository, "v1", demand(kind, identity=f"{NAME}:v1"))
    assert (found.digest, [item.form for item in found.vouched]) == (digest, ["signature", "bundle"])
    with pytest.raises(Refused, match="it is for the repository"):
        verifying.verify(repository, "v1", demand(kind, identity="registry.example/team/other"))
    with pytest.raises(Refused, match="none of the given keys made it"):
        verifying.verify(repository, "v1", demand(*(set(KEYS) - {kind})))


def test_signatures_add_up_and_one_key_counts_once(repository: LayoutRepository) -> None:
    for name in ("ecdsa", "ecdsa", "rsa"):
        signing.sign(repository, "v1", KEYS[name], NAME)
    assert verifying.verify(repository, "v1", demand("ecdsa", "rsa", at_least=2)).vouched
    with pytest.raises(Refused, match="2 of 3 wanted"):
        verifying.verify(repository, "v1", demand("ecdsa", "rsa", "ed25519", at_least=3))


def test_an_attestation_is_no_signature_and_a_signature_no_attestation(repository: LayoutRepository) -> None:
    signing.attest(repository, "v1", KEYS["ecdsa"], NAME, in_toto.PREDICATES["spdx"], {"spdxVersion": "SPDX-2.3"})
    with pytest.raises(Refused, match=r"it states 'https://spdx\.dev/Document'"):
        verifying.verify(repository, "v1", demand("ecdsa"))
    found = verifying.verify(repository, "v1", demand("ecdsa", predicate=in_toto.PREDICATES["spdx"]))
    assert [item.statement.predicate for item in found.vouched if item.statement] == [{"spdxVersion": "SPDX-2.3"}] * 2
    signing.sign(repository, "v1", KEYS["rsa"], NAME)
    with pytest.raises(Refused, match="it is a signature, not a statement"):
        verifying.verify(repository, "v1", demand("rsa", predicate=in_toto.PREDICATES["spdx"]))


def test_a_signature_moved_to_another_image_is_refused(repository: LayoutRepository, tmp_path: Path) -> None:
    digest = signing.sign(repository, "v1", KEYS["ecdsa"], NAME)
    other = sample_layout.image(tmp_path / "other", layers=(b"another",))
    index = json.loads((tmp_path / "index.json").read_text())
    entry = json.loads((tmp_path / "other" / "index.json").read_text())["manifests"][0]
    entry["annotations"] = {"org.opencontainers.image.ref.name": "v2"}
    for item in index["manifests"]:
        notes = item["annotations"]
        tag = notes["org.opencontainers.image.ref.name"]
        notes["org.opencontainers.image.ref.name"] = tag.replace(digest[7:], other[7:])
    index["manifests"].append(entry)
    (tmp_path / "index.json").write_text(json.dumps(index))
    (tmp_path / "blobs" / "sha256" / other[7:]).write_bytes(
        (tmp_path / "other" / "blobs" / "sha256" / other[7:]).read_bytes()
    )
    with pytest.raises(Refused, match=r"it is for another image.*it is about another image"):
        verifying.verify(repository, "v2", demand("ecdsa"))


def test_an_unsigned_image_and_one_that_is_not_there_are_told_apart(repository: LayoutRepository) -> None:
    with pytest.raises(Refused, match="none is attached"):
        verifying.verify(repository, "v1", demand("ecdsa"))
    with pytest.raises(UnreadableInput, match="no such image"):
        signing.sign(repository, "v9", KEYS["ecdsa"], NAME)


def test_a_key_pair_is_for_its_owner_only_and_opens_with_its_passphrase_alone(tmp_path: Path) -> None:
    private, public = key_files.generate(str(tmp_path / "pair"), "long words")
    assert stat.S_IMODE(os.stat(private).st_mode) == 0o600
    key = key_files.load(private, "long words")
    assert public_keys.load(public).signed(key.sign(b"data"), b"data")
    assert not public_keys.load(public).signed(key.sign(b"data"), b"other")
    for wrong in ("other words", None):
        with pytest.raises(UnreadableInput, match="passphrase is another"):
            key_files.load(private, wrong)
    with pytest.raises(Unavailable, match="File exists"):
        key_files.generate(str(tmp_path / "pair"), "x")


def test_what_should_not_vouch_is_refused_as_a_key() -> None:
    short = rsa.generate_private_key(65537, 1024).public_key()
    pem = short.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(UnreadableInput, match="1024 bits"):
        public_keys.parse(pem, "short")
    with pytest.raises(UnreadableInput, match="is no public key in PEM"):
        public_keys.parse(b"nothing", "nothing")


def test_openpgp_signs_and_verifies(tmp_path: Path) -> None:
    sample_layout.keys(tmp_path)
    secret = (tmp_path / "pgp.sec").read_bytes()
    claim = Claim(digest=f"sha256:{'a' * 64}", reference=f"{NAME}:v1")
    message = openpgp_signing.sign(secret, claim, at=1_700_000_000)
    certificates = (openpgp_signing.certificate(str(tmp_path / "pgp.pub")),)
    assert openpgp_signing.verify(message, certificates, claim.digest)[0] == claim
    with pytest.raises(Refused, match="for another image"):
        openpgp_signing.verify(message, certificates, f"sha256:{'b' * 64}")
    for at in range(0, len(message), 7):
        damaged = message[:at] + bytes((message[at] ^ 1,)) + message[at + 1 :]
        # Some bytes (a file's name, hints) are under no signature; what is said must be what was signed.
        with contextlib.suppress(RingfenceError):
            assert openpgp_signing.verify(damaged, certificates, claim.digest)[0] == claim
    with pytest.raises(RingfenceError):
        openpgp_signing.verify(message[:-10], certificates, claim.digest)


def test_a_lookaside_path_has_no_host_and_no_tag() -> None:
    digest = f"sha256:{'a' * 64}"
    path = openpgp_signing.lookaside("/var/lib/sigstore", "host:5000/ns/app:v1", digest, 2)
    assert path == f"/var/lib/sigstore/ns/app@sha256={'a' * 64}/signature-2"


@given(st.text(), st.text(alphabet="0123456789abcdef", min_size=64, max_size=64))
def test_a_claim_is_read_as_written(reference: str, digits: str) -> None:
    claim = Claim(digest=f"sha256:{digits}", reference=reference or "x")
    try:
        data = simple_signing.write(claim, simple_signing.COSIGN)
    except UnicodeEncodeError:
        return  # a lone surrogate is no text
    assert simple_signing.parse(data, simple_signing.COSIGN) == claim
    with pytest.raises(Malformed):
        simple_signing.parse(data, simple_signing.ATOMIC)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    for parse in (
        dsse.parse,
        in_toto.parse,
        sigstore_bundle.parse,
        lambda data: simple_signing.parse(data, simple_signing.COSIGN),
    ):
        with pytest.raises(Malformed):
            parse(data)


def test_an_index_is_signed_with_the_images_of_its_platforms(repository: LayoutRepository, tmp_path: Path) -> None:
    entry = json.loads((tmp_path / "index.json").read_text())["manifests"][0]
    index = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [{**entry, "platform": {"architecture": "amd64", "os": "linux"}}],
    }
    made = repository.put_manifest(json.dumps(index).encode(), INDEX, "all")
    assert signing.family(repository, "all", recursive=False) == (made.digest,)
    for digest in signing.family(repository, "all", recursive=True):
        signing.sign(repository, digest, KEYS["ecdsa"], NAME)
    for reference in ("all", entry["digest"]):
        assert verifying.verify(repository, reference, demand("ecdsa")).vouched
