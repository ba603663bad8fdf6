"""Keys that are no files: in the environment, in a token (SoftHSM), and in a service asked through a program."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from ringfence.cli import main
from ringfence.errors import Malformed, RingfenceError, Unavailable, UnreadableInput
from ringfence.formats import pkcs11_uri
from ringfence.io import oci_layout
from ringfence.trust import managed_key, notary_signing, signer, verifying
from ringfence.trust.faults import Refused
from ringfence.trust.notary import NotarySigner
from ringfence.trust.notary_signing import NotaryDraft
from ringfence.trust.repository import LayoutRepository
from ringfence.trust.verifying import Demand
from trust import sample_layout
from trust.certificates import NOW, Authority, Key, private

SOURCE = str(Path(__file__).parents[2] / "src")
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
softhsm = pytest.mark.skipif(
    not os.path.exists(MODULE) or shutil.which("openssl") is None,
    reason="needs SoftHSM and openssl (Debian packages softhsm2, openssl)",
)
KEYS: dict[str, Key] = {"ec": ec.generate_private_key(ec.SECP256R1()), "rsa": rsa.generate_private_key(65537, 2048)}


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A token with an EC and an RSA key."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    words = ("softhsm2-util", "--init-token", "--free", "--label", "company", "--pin", "1234", "--so-pin", "5678")
    subprocess.run(words, check=True, capture_output=True)
    for number, (name, key) in enumerate(KEYS.items(), 1):
        (folder / name).write_bytes(private(key))
        load = ("softhsm2-util", "--import", str(folder / name), "--token", "company", "--pin", "1234")
        subprocess.run((*load, "--label", name, "--id", f"0{number}"), check=True, capture_output=True)
    return "pkcs11:token=company;object={}?module-path=" + MODULE


def layout(folder: Path) -> LayoutRepository:
    sample_layout.image(folder)
    return LayoutRepository(oci_layout.in_directory(str(folder)), oci_layout.writable(str(folder)))


@softhsm
@pytest.mark.parametrize("name", KEYS)
def test_a_key_in_a_token_signs_as_one_in_a_file(name: str, token: str, tmp_path: Path) -> None:
    key = signer.load(token.format(name), "1234")
    assert key.public.signed(key.sign(b"this"), b"this")
    assert not key.public.signed(key.sign(b"this"), b"that")
    repository, authority = layout(tmp_path), Authority()
    draft = NotaryDraft((authority.issue(KEYS[name]), authority.certificate), NOW)
    notary_signing.sign(repository, "v1", key, draft)
    who = NotarySigner("ours", (authority.certificate,))
    assert verifying.verify(repository, "v1", Demand(notary=(who,), now=NOW)).vouched


@softhsm
def test_the_command_takes_a_token(token: str, tmp_path: Path) -> None:
    layout(tmp_path / "image")

    def sign(uri: str, pin: str) -> subprocess.CompletedProcess[bytes]:
        """In a process of its own: a login counts for a whole process."""
        environment = {**os.environ, "PYTHONPATH": SOURCE, "RINGFENCE_PASSPHRASE": pin}
        words = ["sign", f"oci:{tmp_path}/image:v1", "--name", "registry.example/app", "--key", uri]
        command = [sys.executable, "-m", "ringfence", *words]
        return subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)

    assert sign(token.format("ec"), "1234").returncode == 0
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    (tmp_path / "pub").write_bytes(KEYS["ec"].public_key().public_bytes(serialization.Encoding.PEM, form))
    assert main.main(["verify", f"oci:{tmp_path}/image:v1", "--key", f"{tmp_path}/pub"]) == 0
    for uri, pin in ((token.format("none"), "1234"), (token.format("ec"), "0000"), ("pkcs11:token=x;object=y", "1")):
        done = sign(uri, pin)
        assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)


@softhsm
def test_a_module_that_is_none_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "module").write_text("nothing")
    with pytest.raises(RingfenceError):
        signer.load(f"pkcs11:token=a;object=b?module-path={tmp_path}/module", None)


def test_a_pin_in_the_uri_is_refused() -> None:
    with pytest.raises(Malformed, match="it holds a PIN"):
        pkcs11_uri.parse("pkcs11:token=a;object=b?pin-value=1234")
    found = pkcs11_uri.parse("pkcs11:token=my%20token;id=%01%02?module-path=/a%2Fb")
    assert (found.token, found.id, found.module) == ("my token", b"\x01\x02", "/a/b")
    with pytest.raises(Malformed, match="does not name"):
        pkcs11_uri.parse("pkcs11:token=a")


@given(st.text(max_size=80))
def test_any_text_is_a_uri_or_one_error(text: str) -> None:
    try:
        assert pkcs11_uri.parse(text).token is not None
    except Malformed:
        return


def test_a_key_in_the_environment_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY", private(KEYS["ec"]).decode())
    key = signer.load("env://SIGNING_KEY", None)
    assert key.public.signed(key.sign(b"this"), b"this")
    with pytest.raises(UnreadableInput, match="is not set"):
        signer.load("env://NO_SUCH_KEY", None)


# A program as sigstore's protocol wants it, whose service is a file.
PROGRAM = """#!{python}
import base64, json, os, sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
assert sys.argv[1] == "v1" and os.environ["SERVICE_TOKEN"] == "secret"
asked = json.loads(sys.argv[2])
name = asked["initOptions"]["keyResourceID"].partition("://")[2]
if name != "release":
    print(json.dumps({{"errorMessage": "there is no key " + name}}))
    sys.exit(0)
key = serialization.load_pem_private_key(open("{folder}/key", "rb").read(), None)
if asked["methodName"] == "publicKey":
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, form)
    print(json.dumps({{"publicKey": {{"publicKeyPEM": base64.b64encode(pem).decode()}}}}))
else:
    assert asked["signMessage"]["signOptions"]["hashFunc"] == 5
    made = key.sign(sys.stdin.buffer.read() + {wrong}, ec.ECDSA(hashes.SHA256()))
    print(json.dumps({{"signMessage": {{"signature": base64.b64encode(made).decode()}}}}))
"""


@pytest.mark.parametrize("wrong", [b"", b"!"])
def test_a_service_is_asked_through_its_program(wrong: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "sigstore-kms-vault"
    program.write_text(PROGRAM.format(python=sys.executable, folder=tmp_path, wrong=wrong))
    program.chmod(0o755)
    (tmp_path / "key").write_bytes(private(KEYS["ec"]))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("SERVICE_TOKEN", "secret")
    key = signer.load("vault://release", None)
    if wrong:
        with pytest.raises(Refused, match="its own public key does not accept"):
            key.sign(b"this")
        return
    assert key.public.signed(key.sign(b"this"), b"this")
    authority = Authority()
    draft = NotaryDraft((authority.issue(KEYS["ec"]), authority.certificate), NOW)
    assert notary_signing.sign(layout(tmp_path / "image"), "v1", key, draft)
    with pytest.raises(Unavailable, match="there is no key other"):
        signer.load("vault://other", None).sign(b"this")
    with pytest.raises(Unavailable):
        signer.load("nowhere://release", None).sign(b"this")


def test_what_is_a_path_is_no_service() -> None:
    assert not managed_key.is_one("/a/b://c".replace("://", ":/"))
    assert not managed_key.is_one("key.pem")
