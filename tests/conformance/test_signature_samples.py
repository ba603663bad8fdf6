"""Signatures of cosign 2.5, skopeo 1.18, gpg and Sequoia hold.

Fifteen damaged ones do not, nor six damaged OpenPGP ones, nor a key file that asks for too much work.
"""

import json
import os
from pathlib import Path

import pytest

from ringfence.errors import RingfenceError, UnreadableInput
from ringfence.formats import in_toto
from ringfence.io import oci_layout
from ringfence.trust import key_files, openpgp_signing, public_keys, verifying
from ringfence.trust.faults import Refused
from ringfence.trust.repository import LayoutRepository
from ringfence.trust.verifying import Demand, Verified

pytestmark = pytest.mark.conformance

DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/none"), "signing")
if not DATA.is_dir():
    pytest.skip("RINGFENCE_TEST_DATA names no folder with signing/", allow_module_level=True)

DIGEST = "sha256:1e9df31c47c18b19f83f61c594f841f9f2d979ee6458e944af6068f0b6d12b03"
SIGNED_FOR = "127.0.0.1:5055/sig"
KEYS = tuple(public_keys.load(str(DATA / "keys" / f"cosign_{letter}.pub")) for letter in "ab")


def verified(repository: str, demand: Demand) -> Verified:
    layout = oci_layout.in_directory(str(DATA / "signed"))
    return verifying.verify(LayoutRepository(layout, prefix=f"{repository}:"), DIGEST, demand)


@pytest.mark.parametrize("repository", ["py", "cs", "sk", "ref11", "tsa"])
def test_signatures_of_every_form_and_maker_hold(repository: str) -> None:
    found = verified(repository, Demand(KEYS, identity=f"{SIGNED_FOR}/{repository}:v1"))
    assert found.digest == DIGEST
    assert found.vouched


def test_a_bundle_of_cosign_3_holds_and_names_no_repository() -> None:
    assert verified("bunpy", Demand(KEYS)).vouched
    with pytest.raises(Refused, match="it names no repository, and one is asked for"):
        verified("bunpy", Demand(KEYS, identity=f"{SIGNED_FOR}/bunpy"))


@pytest.mark.parametrize(
    ("repository", "predicate"),
    [
        ("att", "https://slsa.dev/provenance/v0.2"),
        ("attpy", in_toto.PREDICATES["slsaprovenance"]),
        ("bun", "https://slsa.dev/provenance/v0.2"),
        ("bunpy", in_toto.PREDICATES["slsaprovenance"]),
    ],
)
def test_statements_of_every_form_and_maker_hold(repository: str, predicate: str) -> None:
    found = verified(repository, Demand(KEYS, predicate=predicate))
    assert all(item.statement is not None and item.statement.predicate_type == predicate for item in found.vouched)


def test_two_of_two_hold_where_both_signed_and_not_where_one_did() -> None:
    assert {key for item in verified("py", Demand(KEYS, at_least=2)).vouched for key in item.keys} == {
        key.name for key in KEYS
    }
    with pytest.raises(Refused, match="1 of 2 wanted"):
        verified("cs", Demand(KEYS, at_least=2))


@pytest.mark.parametrize("repository", ["unsigned", "keyless"])
def test_what_no_key_signed_is_refused(repository: str) -> None:
    with pytest.raises(Refused):
        verified(repository, Demand(KEYS))


def test_the_signature_of_an_encrypted_image_is_over_its_encrypted_manifest() -> None:
    layout = oci_layout.in_directory(str(DATA / "signed"))
    repository = LayoutRepository(layout, prefix="encsigned:")
    assert verifying.verify(repository, "v1", Demand(KEYS)).digest != DIGEST


def test_the_fifteen_verdicts() -> None:
    expected = json.loads((DATA / "signed" / "bad_expected.json").read_text())
    assert len(expected) == 15
    for name in expected:
        for demand in (
            Demand(KEYS, identity=f"{SIGNED_FOR}/py"),
            Demand(KEYS, predicate=in_toto.PREDICATES["slsaprovenance"]),
            Demand(KEYS, predicate="https://slsa.dev/provenance/v0.2"),
        ):
            with pytest.raises(Refused):
                verified(f"bad-{name}", demand)


@pytest.mark.parametrize("letter", "ab")
def test_cosigns_key_files_open_and_sign_what_their_public_half_takes(letter: str) -> None:
    key = key_files.load(str(DATA / "keys" / f"cosign_{letter}.key"), "pw")
    assert public_keys.load(str(DATA / "keys" / f"cosign_{letter}.pub")).signed(key.sign(b"this"), b"this")


def test_a_key_file_that_asks_for_endless_work_is_refused_before_it_starts() -> None:
    with pytest.raises(UnreadableInput, match="too much"):
        key_files.load(str(DATA / "keys" / "malformed_scrypt_bomb.key"), "pw")


CERTIFICATES = tuple(openpgp_signing.certificate(str(DATA / "keys" / f"pgp_{name}_pub.gpg")) for name in ("reader", "curve"))


@pytest.mark.parametrize("maker", ["sk", "py", "pycurve"])
def test_openpgp_signatures_of_skopeo_and_sequoia_hold(maker: str) -> None:
    (path,) = (DATA / "gpg" / "lookaside" / "gpg").glob(f"{maker}@*/signature-1")
    claim, names = openpgp_signing.verify(path.read_bytes(), CERTIFICATES, DIGEST)
    assert claim.reference == f"127.0.0.1:5055/gpg/{maker}:v1"
    assert len(names) == 1
    other = tuple(item for item in CERTIFICATES if item.name not in names)
    with pytest.raises(Refused):
        openpgp_signing.verify(path.read_bytes(), other, DIGEST)


@pytest.mark.parametrize("path", sorted((DATA / "gpg" / "bad").iterdir()), ids=lambda path: path.name)
def test_damaged_openpgp_signatures_are_refused(path: Path) -> None:
    with pytest.raises(RingfenceError):
        openpgp_signing.verify(path.read_bytes(), CERTIFICATES, DIGEST)
