"""skopeo opens what we encrypt, and we open what skopeo encrypts, in every scheme."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ringfence.io import oci_layout
from ringfence.trust import encrypted_image, keys
from ringfence.trust.encrypted_image import Decrypter, Encrypter, Rewrapper
from trust import sample_layout
from trust.sample_layout import Pair

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("skopeo") is None, reason="needs skopeo (Debian package skopeo)"),
]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    return sample_layout.keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(autouse=True)
def plain(tmp_path: Path) -> None:
    sample_layout.image(tmp_path / "plain")


def skopeo(*words: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **({"GNUPGHOME": str(home)} if home else {})}
    words = ("skopeo", "--insecure-policy", "copy", "-q", *words)
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


def we_open(folder: Path, key: str) -> str:
    layout = oci_layout.in_directory(str(folder))
    decrypter = Decrypter(layout, oci_layout.writable(str(folder.with_name("opened"))), keys.private_keys([key]))
    return decrypter.copy(encrypted_image.find(layout, "enc"), "v1").digest


def we_encrypt(folder: Path, target: Path, *recipients: str) -> None:
    layout = oci_layout.in_directory(str(folder))
    encrypter = Encrypter(layout, oci_layout.writable(str(target)), keys.recipients(list(recipients)))
    encrypter.copy(encrypted_image.find(layout, "v1"), "enc")


def layers_of(folder: Path, tag: str) -> tuple[str, ...]:
    layout = oci_layout.in_directory(str(folder))
    return tuple(layer.digest for layer in encrypted_image.layers(layout, encrypted_image.find(layout, tag)))


@pytest.mark.parametrize("scheme", ["jwe-rsa", "jwe-ec", "pkcs7"])
def test_skopeo_encrypts_and_we_open(scheme: str, pairs: dict[str, Pair], tmp_path: Path) -> None:
    done = skopeo("--encryption-key", pairs[scheme].recipient, f"oci:{tmp_path}/plain:v1", f"oci:{tmp_path}/enc:enc")
    assert done.returncode == 0, done.stderr
    we_open(tmp_path / "enc", pairs[scheme].key)
    assert layers_of(tmp_path / "opened", "v1") == layers_of(tmp_path / "plain", "v1")


@pytest.mark.parametrize(
    "schemes", [("jwe-rsa",), ("jwe-ec",), ("jwe-rsa", "jwe-ec"), ("pkcs7",), ("jwe-rsa", "pkcs7", "pgp")]
)
def test_we_encrypt_and_skopeo_opens(schemes: tuple[str, ...], pairs: dict[str, Pair], tmp_path: Path) -> None:
    we_encrypt(tmp_path / "plain", tmp_path / "enc", *(pairs[scheme].recipient for scheme in schemes))
    for scheme in schemes:
        if scheme == "pgp":
            continue  # the next test, since skopeo wants the keys in gpg's keyring
        # skopeo takes a certificate as one more key.
        opening = [word for path in pairs[scheme].key.split(":") for word in ("--decryption-key", path)]
        done = skopeo(*opening, f"oci:{tmp_path}/enc:enc", f"oci:{tmp_path}/{scheme}:v1")
        assert done.returncode == 0, done.stderr
        assert layers_of(tmp_path / scheme, "v1") == layers_of(tmp_path / "plain", "v1")


@pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg (Debian package gnupg)")
def test_openpgp_goes_both_ways_through_gpgs_keyring(tmp_path: Path) -> None:
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)

    def gpg(*words: str) -> bytes:
        command = ("gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "")
        return subprocess.run((*command, *words), capture_output=True, check=True).stdout

    try:
        gpg("--quick-gen-key", "reader@example.test", "rsa2048", "encr,sign,cert", "never")
        (tmp_path / "pub").write_bytes(gpg("--export", "reader@example.test"))
        (tmp_path / "sec").write_bytes(gpg("--export-secret-keys", "reader@example.test"))
        # skopeo looks into the keyring files of gpg 1 and of --export.
        (home / "pubring.gpg").write_bytes((tmp_path / "pub").read_bytes())
        (home / "secring.gpg").write_bytes((tmp_path / "sec").read_bytes())
        done = skopeo(
            *("--encryption-key", "pgp:reader@example.test", f"oci:{tmp_path}/plain:v1", f"oci:{tmp_path}/enc:enc"),
            home=home,
        )
        assert done.returncode == 0, done.stderr
        we_open(tmp_path / "enc", f"{tmp_path}/sec")
        assert layers_of(tmp_path / "opened", "v1") == layers_of(tmp_path / "plain", "v1")
        we_encrypt(tmp_path / "plain", tmp_path / "ours", f"pgp:{tmp_path}/pub")
        done = skopeo(
            "--decryption-key", f"{tmp_path}/sec", f"oci:{tmp_path}/ours:enc", f"oci:{tmp_path}/theirs:v1", home=home
        )
        assert done.returncode == 0, done.stderr
        assert layers_of(tmp_path / "theirs", "v1") == layers_of(tmp_path / "plain", "v1")
    finally:
        subprocess.run(("gpgconf", "--homedir", str(home), "--kill", "all"), check=False)


def test_after_rewrapping_skopeo_opens_with_the_new_key_and_not_with_the_old(pairs: dict[str, Pair], tmp_path: Path) -> None:
    we_encrypt(tmp_path / "plain", tmp_path / "enc", pairs["jwe-rsa"].recipient)
    layout = oci_layout.in_directory(str(tmp_path / "enc"))
    Rewrapper(
        layout,
        oci_layout.writable(str(tmp_path / "enc")),
        keys.private_keys([pairs["jwe-rsa"].key]),
        keys.recipients([pairs["jwe-ec"].recipient]),
        keep=False,
    ).copy(encrypted_image.find(layout, "enc"), "enc")
    new = skopeo("--decryption-key", pairs["jwe-ec"].key, f"oci:{tmp_path}/enc:enc", f"oci:{tmp_path}/new:v1")
    old = skopeo("--decryption-key", pairs["jwe-rsa"].key, f"oci:{tmp_path}/enc:enc", f"oci:{tmp_path}/old:v1")
    assert (new.returncode, old.returncode != 0) == (0, True), new.stderr
