"""Encrypted images of skopeo 1.9 and 1.18, gpg, Sequoia and jwcrypto all open; twenty damaged ones have known verdicts."""

import json
import os
from pathlib import Path

import pytest

from ringfence.errors import RingfenceError
from ringfence.io import oci_layout
from ringfence.trust import encrypted_image, keys
from ringfence.trust.encrypted_image import Decrypter

pytestmark = pytest.mark.conformance

DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/none"), "signing")
if not DATA.is_dir():
    pytest.skip("RINGFENCE_TEST_DATA names no folder with signing/", allow_module_level=True)

PLAIN = "sha256:1e9df31c47c18b19f83f61c594f841f9f2d979ee6458e944af6068f0b6d12b03"
WORDS = ("jwe_rsa.pem", "jwe_ec.pem", "p7_key.pem:{0}/p7_cert.pem", "pgp_reader_sec.gpg", "pgp_curve_sec.gpg")
NEEDS_A_PROVIDER = "keyprovider-last-layer.skopeo1.18"
STILL_OPENS = "second-entry-bad"
ONLY_A_SIGNATURE_TELLS = "attacker-reencrypted"
"""A good encryption of another image: encryption proves nothing of who encrypted."""


def tags(folder: str) -> list[str]:
    index = json.loads((DATA / folder / "index.json").read_text())
    return [item["annotations"]["org.opencontainers.image.ref.name"] for item in index["manifests"]]


@pytest.fixture(scope="module")
def private() -> keys.PrivateKeys:
    folder = DATA / "keys"
    return keys.private_keys([f"{folder}/{word.format(folder)}" for word in WORDS])


def opened(folder: str, tag: str, private: keys.PrivateKeys, target: Path) -> str:
    layout = oci_layout.in_directory(str(DATA / folder))
    decrypter = Decrypter(layout, oci_layout.writable(str(target)), private)
    return decrypter.copy(encrypted_image.find(layout, tag), "out").digest


@pytest.mark.parametrize("tag", [tag for tag in tags("encrypted") if tag != NEEDS_A_PROVIDER])
def test_what_others_encrypted_opens_to_the_byte(tag: str, private: keys.PrivateKeys, tmp_path: Path) -> None:
    assert opened("encrypted", tag, private, tmp_path) == PLAIN


def test_the_twenty_verdicts(private: keys.PrivateKeys, tmp_path: Path) -> None:
    expected = json.loads((DATA / "malformed-encrypted" / "expected.json").read_text())
    refused = {}
    for tag in expected:
        try:
            opened("malformed-encrypted", tag, private, tmp_path / tag)
        except RingfenceError as refusal:
            refused[tag] = refusal.diagnostics()
            assert not (tmp_path / tag / "index.json").exists()
    assert len(expected) == 20
    assert set(expected) - set(refused) == {STILL_OPENS, ONLY_A_SIGNATURE_TELLS}
    assert opened("malformed-encrypted", STILL_OPENS, private, tmp_path / "again") == PLAIN
    assert opened("malformed-encrypted", ONLY_A_SIGNATURE_TELLS, private, tmp_path / "other") != PLAIN
