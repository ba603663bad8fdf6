"""What a runtime asks of us: containerd's stream processor and ocicrypt's key provider, as they call us."""

import base64
import gzip
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import Malformed
from ringfence.formats import decrypt_request, ocicrypt, protobuf_any
from ringfence.formats.ocicrypt import Encryption
from ringfence.trust import keys, layer_cipher
from trust import sample_layout
from trust.sample_layout import Pair

SOURCE = str(Path(__file__).parents[2] / "src")
TAR = "application/vnd.oci.image.layer.v1.tar"
PLAIN = b"not a tar, and nobody here looks " * 5000


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    return sample_layout.keys(tmp_path_factory.mktemp("keys"))


def encrypted(plain: bytes, media_type: str, recipient: str) -> tuple[bytes, bytes]:
    """A layer and containerd's payload about it."""
    out = bytearray()
    private, public = layer_cipher.encrypt([plain], out.extend, sample_layout.digest(plain))
    wrapped = keys.recipients([recipient]).wrap(ocicrypt.write_private(private))
    descriptor = {
        "mediaType": f"{media_type}+encrypted",
        "digest": sample_layout.digest(bytes(out)),
        "size": len(out),
        "annotations": ocicrypt.annotations(Encryption(public=public, keys=wrapped)),
    }
    value = json.dumps({"DecryptConfig": {"Parameters": {}}, "Descriptor": descriptor}).encode()
    return bytes(out), protobuf_any.write(protobuf_any.Any(decrypt_request.PAYLOAD, value))


def decoder(layer: bytes, payload: bytes, key: str, tmp_path: Path) -> subprocess.CompletedProcess[bytes]:
    """The command as containerd runs it: the payload on descriptor 3."""
    (tmp_path / "payload").write_bytes(payload)
    command = f'exec {sys.executable} -m ringfence decoder --key {key} 3<"{tmp_path}/payload"'
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": SOURCE}
    return subprocess.run(["sh", "-c", command], input=layer, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize("form", ["", "+gzip", "+zstd"])
def test_the_runtime_gets_the_plain_tar_of_any_layer(form: str, pairs: dict[str, Pair], tmp_path: Path) -> None:
    packed = {"": PLAIN, "+gzip": gzip.compress(PLAIN), "+zstd": zstandard.compress(PLAIN)}[form]
    layer, payload = encrypted(packed, TAR + form, pairs["jwe-ec"].recipient)
    done = decoder(layer, payload, pairs["jwe-ec"].key, tmp_path)
    assert (done.returncode, done.stdout) == (0, PLAIN), done.stderr


def test_not_a_byte_comes_out_of_a_layer_that_was_changed(pairs: dict[str, Pair], tmp_path: Path) -> None:
    layer, payload = encrypted(PLAIN, TAR, pairs["jwe-ec"].recipient)
    for changed in (layer[:-1], layer[:-1] + bytes((layer[-1] ^ 1,)), b""):
        done = decoder(changed, payload, pairs["jwe-ec"].key, tmp_path)
        assert (done.returncode, done.stdout) == (2, b"")
        assert b"HMAC does not match" in done.stderr


def test_another_key_is_told_for_whom_the_layer_is(pairs: dict[str, Pair], tmp_path: Path) -> None:
    layer, payload = encrypted(PLAIN, TAR, pairs["jwe-ec"].recipient)
    done = decoder(layer, payload, pairs["jwe-rsa"].key, tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"it is for jwe ECDH-ES+A256KW kid" in done.stderr


def ringfence(*words: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    return subprocess.run(
        [sys.executable, "-m", "ringfence", *words], input=data, env=environment, capture_output=True, check=False
    )


@pytest.mark.parametrize("scheme", ["jwe-rsa", "pkcs7", "pgp"])
def test_a_key_provider_opens_what_it_wrapped(scheme: str, pairs: dict[str, Pair]) -> None:
    options = base64.b64encode(b'{"symkey":"..."}').decode()
    ask = json.dumps({"op": "keywrap", "keywrapparams": {"ec": {"Parameters": {}}, "optsdata": options}}).encode()
    wrapped = ringfence("keyprovider", "--recipient", pairs[scheme].recipient, data=ask)
    assert wrapped.returncode == 0, wrapped.stderr
    annotation = json.loads(wrapped.stdout)["keywrapresults"]["annotation"]
    ask = json.dumps({"op": "keyunwrap", "keyunwrapparams": {"dc": {}, "annotation": annotation}}).encode()
    opened = ringfence("keyprovider", "--key", pairs[scheme].key, data=ask)
    assert json.loads(opened.stdout) == {"keyunwrapresults": {"optsdata": options}}
    assert ringfence("keyprovider", "--key", pairs["jwe-ec"].key, data=ask).returncode == 2


def test_the_configurations_name_this_command_and_its_keys(pairs: dict[str, Pair]) -> None:
    done = ringfence("keyprovider", "--key", pairs["jwe-ec"].key, "--print-config", "ringfence")
    command = json.loads(done.stdout)["key-providers"]["ringfence"]["cmd"]
    assert command["args"] == ["keyprovider", "--key", pairs["jwe-ec"].key]
    said = tomllib.loads(ringfence("decoder", "--key", pairs["pkcs7"].key, "--print-config").stdout.decode())
    processors = said["stream_processors"]
    # containerd's own two ids, which it would else fill itself and prefer at random.
    assert [len(item["accepts"]) for item in processors.values()] == [3, 1]
    assert {name.removeprefix("io.containerd.ocicrypt.decoder.v1.") for name in processors} == {"tar", "tar.gzip"}
    assert all(item["args"] == ["decoder", "--key", pairs["pkcs7"].key] for item in processors.values())


def test_without_a_payload_the_decoder_says_who_should_run_it(pairs: dict[str, Pair]) -> None:
    done = ringfence("decoder", "--key", pairs["jwe-ec"].key)
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"containerd runs this command" in done.stderr


@given(st.text(), st.binary())
def test_an_any_is_read_as_written(kind: str, value: bytes) -> None:
    try:
        message = protobuf_any.Any(kind, value)
        assert protobuf_any.parse(protobuf_any.write(message)) == message
    except UnicodeEncodeError:
        pass  # a lone surrogate is no text


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_malformed(data: bytes) -> None:
    for parse in (protobuf_any.parse, decrypt_request.layer_of, decrypt_request.key_request):
        try:
            parse(data)
        except Malformed:
            continue
