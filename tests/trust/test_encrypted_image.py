"""Encrypt, decrypt, rewrap: whoever may open it gets the same image back to the byte, and nobody gets anything else."""

import base64
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from ringfence.cli.main import main
from ringfence.errors import RingfenceError, UnreadableInput, WrongUsage
from ringfence.formats import ocicrypt
from ringfence.io import oci_layout
from ringfence.trust import encrypted_image, keys, layer_cipher
from ringfence.trust.encrypted_image import Decrypter, Encrypter, Rewrapper
from ringfence.trust.faults import NoKeyFits, Refused
from ringfence.trust.wrapping import jwe
from trust import sample_layout
from trust.sample_layout import Pair

Manifest = dict[str, list[dict[str, object]]]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    return sample_layout.keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def plain(tmp_path: Path) -> tuple[Path, str]:
    folder = tmp_path / "plain"
    return folder, sample_layout.image(folder)


def encrypted(plain: Path, target: Path, *recipients: str, places: tuple[int, ...] = ()) -> None:
    layout = oci_layout.in_directory(str(plain))
    encrypter = Encrypter(layout, oci_layout.writable(str(target)), keys.recipients(list(recipients)), places)
    encrypter.copy(encrypted_image.find(layout, "v1"), "enc")


def decrypted(source: Path, target: Path, *words: str) -> str:
    layout = oci_layout.in_directory(str(source))
    decrypter = Decrypter(layout, oci_layout.writable(str(target)), keys.private_keys(list(words)))
    return decrypter.copy(encrypted_image.find(layout, "enc"), "v1").digest


def states(folder: Path) -> list[bool]:
    layout = oci_layout.in_directory(str(folder))
    return [layer.encrypted for layer in encrypted_image.layers(layout, encrypted_image.find(layout, "enc"))]


@pytest.mark.parametrize("scheme", ["jwe-rsa", "jwe-ec", "pkcs7", "pgp"])
def test_what_is_decrypted_is_the_image_that_was_encrypted(
    scheme: str, pairs: dict[str, Pair], plain: tuple[Path, str], tmp_path: Path
) -> None:
    folder, digest = plain
    encrypted(folder, tmp_path / "enc", pairs[scheme].recipient)
    layers = {gzip.compress(item, mtime=0) for item in sample_layout.LAYERS}
    assert not layers & {path.read_bytes() for path in (tmp_path / "enc" / "blobs" / "sha256").iterdir()}
    assert states(tmp_path / "enc") == [True, True]
    assert decrypted(tmp_path / "enc", tmp_path / "dec", pairs[scheme].key) == digest


def test_all_schemes_on_one_layer_each_open_it_and_the_base_stays_plain(
    pairs: dict[str, Pair], plain: tuple[Path, str], tmp_path: Path
) -> None:
    folder, digest = plain
    encrypted(folder, tmp_path / "enc", *(pair.recipient for pair in pairs.values()), places=(-1,))
    assert states(tmp_path / "enc") == [False, True]
    for name, pair in pairs.items():
        assert decrypted(tmp_path / "enc", tmp_path / name, pair.key) == digest


def test_a_key_that_does_not_fit_is_told_for_whom_it_is(
    pairs: dict[str, Pair], plain: tuple[Path, str], tmp_path: Path
) -> None:
    encrypted(plain[0], tmp_path / "enc", pairs["jwe-rsa"].recipient, pairs["pgp"].recipient)
    with pytest.raises(NoKeyFits, match=r"it is for jwe RSA-OAEP kid \S+, pgp key [0-9a-f]{16}"):
        decrypted(tmp_path / "enc", tmp_path / "dec", pairs["jwe-ec"].key)
    assert not (tmp_path / "dec" / "index.json").exists()
    assert not list((tmp_path / "dec" / "blobs" / "sha256").glob(".part-*"))


@pytest.mark.parametrize("keep", [True, False])
def test_rewrapping_changes_who_can_open_it_and_no_blob(
    keep: bool, pairs: dict[str, Pair], plain: tuple[Path, str], tmp_path: Path
) -> None:
    encrypted(plain[0], tmp_path / "enc", pairs["jwe-rsa"].recipient)
    layout = oci_layout.in_directory(str(tmp_path / "enc"))
    old_key, new_key = keys.private_keys([pairs["jwe-rsa"].key]), keys.recipients([pairs["pgp"].recipient])
    rewrapper = Rewrapper(layout, oci_layout.writable(str(tmp_path / "enc")), old_key, new_key, keep=keep)
    before = {path.name for path in (tmp_path / "enc" / "blobs" / "sha256").iterdir()}
    rewrapper.copy(encrypted_image.find(layout, "enc"), "enc")
    after = {path.name for path in (tmp_path / "enc" / "blobs" / "sha256").iterdir()}
    assert len(after - before) == 1, "only a new manifest"
    assert decrypted(tmp_path / "enc", tmp_path / "dec", pairs["pgp"].key) == plain[1]
    if keep:
        assert decrypted(tmp_path / "enc", tmp_path / "dec", pairs["jwe-rsa"].key) == plain[1]
    else:
        with pytest.raises(NoKeyFits):
            decrypted(tmp_path / "enc", tmp_path / "dec", pairs["jwe-rsa"].key)


def swap(manifest: Manifest) -> None:
    manifest["layers"].reverse()


def repeat(manifest: Manifest) -> None:
    manifest["layers"][0] = manifest["layers"][1]


def hide(manifest: Manifest) -> None:
    manifest["layers"][0]["mediaType"] = sample_layout.GZIPPED


def publish_nonce(manifest: Manifest) -> None:
    notes = manifest["layers"][0]["annotations"]
    assert isinstance(notes, dict)
    public = json.loads(base64.b64decode(notes[ocicrypt.PUBLIC]))
    public["cipheroptions"] = {"nonce": base64.b64encode(bytes(16)).decode()}
    notes[ocicrypt.PUBLIC] = base64.b64encode(json.dumps(public).encode()).decode()


@pytest.mark.parametrize("tamper", [swap, repeat, hide, publish_nonce])
def test_a_changed_manifest_releases_nothing(
    tamper: Callable[[Manifest], None], pairs: dict[str, Pair], plain: tuple[Path, str], tmp_path: Path
) -> None:
    encrypted(plain[0], tmp_path / "enc", pairs["jwe-ec"].recipient)
    change_manifest(tmp_path / "enc", tamper)
    with pytest.raises(RingfenceError):
        decrypted(tmp_path / "enc", tmp_path / "dec", pairs["jwe-ec"].key)
    assert not (tmp_path / "dec" / "index.json").exists()


def test_judging_an_encrypted_image_tells_for_whom_each_layer_is(
    pairs: dict[str, Pair], plain: tuple[Path, str], tmp_path: Path
) -> None:
    encrypted(plain[0], tmp_path / "enc", pairs["jwe-ec"].recipient, pairs["pgp"].recipient, places=(-1,))
    out = tmp_path / "report.json"
    main(["image", str(tmp_path / "enc"), "--format", "json", "--output", str(out), "--quiet"])
    told = [item["why"] for item in json.loads(out.read_text())["status"]["problems"] if "encrypted" in item["why"]]
    assert len(told) == 1
    assert re.search(r"is encrypted for jwe ECDH-ES\+A256KW kid [\w-]{43}, pgp key [0-9a-f]+", told[0]), told


def change_manifest(folder: Path, tamper: Callable[[Manifest], None]) -> None:
    """Rewrites the image's manifest, every digest made to fit: what someone with the registry's password can do."""
    index = json.loads((folder / "index.json").read_text())
    (entry,) = index["manifests"]
    blobs = folder / "blobs" / "sha256"
    manifest = json.loads((blobs / entry["digest"][7:]).read_bytes())
    tamper(manifest)
    data = json.dumps(manifest).encode()
    entry.update(digest=sample_layout.digest(data), size=len(data))
    (blobs / entry["digest"][7:]).write_bytes(data)
    (folder / "index.json").write_text(json.dumps(index))


def test_one_flipped_bit_of_the_ciphertext_releases_nothing(
    pairs: dict[str, Pair], plain: tuple[Path, str], tmp_path: Path
) -> None:
    encrypted(plain[0], tmp_path / "enc", pairs["jwe-ec"].recipient)
    blobs = tmp_path / "enc" / "blobs" / "sha256"

    def flip(manifest: Manifest) -> None:
        layer = manifest["layers"][1]
        data = bytearray((blobs / str(layer["digest"])[7:]).read_bytes())
        data[-1] ^= 1
        layer["digest"] = sample_layout.digest(bytes(data))
        (blobs / str(layer["digest"])[7:]).write_bytes(data)

    change_manifest(tmp_path / "enc", flip)
    with pytest.raises(Refused, match="HMAC"):
        decrypted(tmp_path / "enc", tmp_path / "dec", pairs["jwe-ec"].key)


@given(st.lists(st.binary(max_size=5000), max_size=5))
def test_the_cipher_gives_back_what_it_took_whatever_the_pieces(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    out = bytearray()
    private, public = layer_cipher.encrypt(pieces, out.extend, sample_layout.digest(data))
    assert len(out) == len(data)
    back = bytearray()
    layer_cipher.decrypt([bytes(out)], back.extend, private, public)
    assert (bytes(back), private.digest) == (data, sample_layout.digest(data))


def test_a_layer_that_is_not_the_manifests_is_not_encrypted() -> None:
    with pytest.raises(Refused, match="is not the one its manifest names"):
        layer_cipher.encrypt([b"other"], bytearray().extend, sample_layout.digest(b"this"))


@pytest.mark.parametrize(
    ("word", "error"),
    [("rsa:x", WrongUsage), ("jwe:", WrongUsage), ("jwe:/none", UnreadableInput), ("pgp:/none", UnreadableInput)],
)
def test_a_wrong_recipient_is_told(word: str, error: type[RingfenceError]) -> None:
    with pytest.raises(error):
        keys.recipients([word])


def test_a_private_key_given_as_a_recipient_does_not_travel(pairs: dict[str, Pair]) -> None:
    path = Path(pairs["jwe-rsa"].key)
    assert not jwe._public(str(path), path.read_bytes()).has_private


@pytest.mark.parametrize("text", [b"", b"nothing", b"\x99" * 50, b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n%\n"])
def test_what_is_no_key_is_one_error(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(text)
    for make in (
        lambda: keys.private_keys([str(path)]).unwrap((ocicrypt.WrappedKey(scheme="pgp", blob=b"\xc1\x00"),)),
        lambda: keys.recipients([f"jwe:{path}"]),
        lambda: keys.recipients([f"pkcs7:{path}"]),
        lambda: keys.recipients([f"pgp:{path}"]),
    ):
        with pytest.raises(RingfenceError):
            make()


@pytest.mark.parametrize("scheme", ["jwe-rsa", "jwe-ec", "pkcs7", "pgp"])
def test_a_passphrase_meant_for_another_key_is_passed_over(scheme: str, pairs: dict[str, Pair]) -> None:
    wrapped = keys.recipients([pairs[scheme].recipient]).wrap(b"a secret")
    assert keys.private_keys([pairs[scheme].key], "words for the signing key").unwrap(wrapped) == b"a secret"


def test_an_encrypted_pem_key_needs_its_passphrase(pairs: dict[str, Pair], tmp_path: Path) -> None:
    key = serialization.load_pem_private_key(Path(pairs["jwe-ec"].key).read_bytes(), None)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"right"),
        )
    )
    wrapped = keys.recipients([pairs["jwe-ec"].recipient]).wrap(b"a secret")
    assert keys.private_keys([str(locked)], "right").unwrap(wrapped) == b"a secret"
    for wrong in ("wrong", None):
        with pytest.raises(UnreadableInput, match="is no private key, or its passphrase is another"):
            keys.private_keys([str(locked)], wrong)


def test_opening_what_nobody_signed_is_warned_of(
    pairs: dict[str, Pair], plain: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encrypted(plain[0], tmp_path / "enc", pairs["jwe-ec"].recipient)
    words = ["decrypt", f"oci:{tmp_path}/enc:enc", f"oci:{tmp_path}/dec:v1", "--key", pairs["jwe-ec"].key]
    assert main(words) == 0
    assert "WARNING: nobody signed this image" in capsys.readouterr().err
    sign = ["sign", f"oci:{tmp_path}/enc:enc", "--key", pairs["jwe-ec"].key, "--name", "registry.example/app"]
    assert main(sign) == 0
    capsys.readouterr()
    assert main(words) == 0
    assert capsys.readouterr().err == ""
