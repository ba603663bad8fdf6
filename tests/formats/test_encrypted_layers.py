"""The formats an encrypted layer is made of: annotations, DER, EnvelopedData, OpenPGP packets."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import der, enveloped_data, ocicrypt, openpgp
from ringfence.formats.enveloped_data import KeyTransport
from ringfence.formats.ocicrypt import Encryption, PrivateOptions, PublicOptions, WrappedKey

ENCRYPTED = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"
PLAIN = "application/vnd.oci.image.layer.v1.tar+gzip"
GOOD = Encryption(public=PublicOptions(hmac=bytes(32)), keys=(WrappedKey(scheme="jwe", blob=b"{}"),))


def noted(**more: str) -> dict[str, str]:
    return {**ocicrypt.annotations(GOOD), **{f"org.opencontainers.image.enc.{name}": value for name, value in more.items()}}


def pub(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_plain_layer_has_no_encryption() -> None:
    assert ocicrypt.encryption(PLAIN, {"org.opencontainers.image.title": "x"}) is None


@pytest.mark.parametrize(
    ("media_type", "annotations", "wrong"),
    [
        (PLAIN, noted(), "does not say it is encrypted"),
        (ENCRYPTED, {}, "has no keys"),
        (ENCRYPTED, {ocicrypt.PUBLIC: noted()[ocicrypt.PUBLIC]}, "nobody can open it"),
        (ENCRYPTED, noted(pubopts="%%%"), "no base64"),
        (ENCRYPTED, noted(pubopts=pub('{"cipher":"AES_256_GCM","hmac":"","cipheroptions":{}}')), "cipher"),
        (ENCRYPTED, noted(pubopts=pub('{"cipher":"AES_256_CTR_HMAC_SHA256","hmac":"AAAA"}')), "HMAC has 3 bytes"),
        (
            ENCRYPTED,
            noted(pubopts=pub('{"cipher":"AES_256_CTR_HMAC_SHA256","hmac":"AAAA","cipheroptions":{"nonce":"AAAA"}}')),
            "a nonce stands in the public options",
        ),
        (ENCRYPTED, noted(pubopts=pub('{"cipher":"a","cipher":"b","hmac":""}')), "stands twice"),
    ],
)
def test_what_contradicts_itself_is_refused(media_type: str, annotations: dict[str, str], wrong: str) -> None:
    with pytest.raises(Malformed, match=wrong):
        ocicrypt.encryption(media_type, annotations)


def test_a_key_that_is_no_base64_is_kept_with_its_fault_beside_the_good_ones() -> None:
    found = ocicrypt.encryption(ENCRYPTED, noted(**{"keys.jwe": "e30=,%%%"}))
    assert found is not None
    assert [(item.blob, bool(item.fault)) for item in found.keys] == [(b"{}", False), (b"", True)]


def test_too_many_keys_are_a_limit() -> None:
    with pytest.raises(LimitExceeded, match="wrapped keys of one layer"):
        ocicrypt.encryption(ENCRYPTED, noted(**{"keys.jwe": ",".join(["e30="] * 1001)}))


@given(st.lists(st.tuples(st.sampled_from(["jwe", "pgp", "pkcs7"]), st.binary(min_size=1)), min_size=1))
def test_what_annotations_say_is_read_again(keys: list[tuple[str, bytes]]) -> None:
    wanted = Encryption(
        public=PublicOptions(hmac=bytes(range(32))), keys=tuple(WrappedKey(scheme=name, blob=blob) for name, blob in keys)
    )
    found = ocicrypt.encryption(ENCRYPTED, ocicrypt.annotations(wanted))
    assert found is not None
    assert found.public == wanted.public
    for scheme in ("jwe", "pgp", "pkcs7"):
        assert [k.blob for k in found.keys if k.scheme == scheme] == [k.blob for k in wanted.keys if k.scheme == scheme]


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=16), st.text(alphabet="0123456789abcdef"))
def test_private_options_are_read_as_written(key: bytes, nonce: bytes, digest: str) -> None:
    options = PrivateOptions(key=key, nonce=nonce, digest=digest)
    assert ocicrypt.parse_private(ocicrypt.write_private(options)) == options


@given(st.dictionaries(st.sampled_from([ocicrypt.PUBLIC, f"{ocicrypt.KEYS}jwe", "x"]), st.text()), st.text())
def test_any_annotations_give_a_value_or_the_one_error(annotations: dict[str, str], media_type: str) -> None:
    for kind in (media_type, ENCRYPTED):
        with contextlib.suppress(Malformed):
            ocicrypt.encryption(kind, annotations)


@given(st.integers(-(2**200), 2**200))
def test_an_integer_is_read_as_written(number: int) -> None:
    assert der.parse(der.write_integer(number)).integer() == number


def test_an_object_identifier_is_the_standards_own_example() -> None:
    # X.690, 8.19.5: {2 999 3} is 06 03 88 37 03.
    assert der.write_object("2.999.3").hex() == "0603883703"


@given(
    st.lists(st.tuples(st.integers(1, 2**160), st.binary(min_size=1, max_size=300)), min_size=1, max_size=3),
    st.binary(min_size=12, max_size=12),
    st.binary(min_size=16),
)
def test_an_envelope_is_read_as_written(infos: list[tuple[int, bytes]], nonce: bytes, content: bytes) -> None:
    issuer = der.write(der.SEQUENCE, der.write(der.SET))
    recipients = tuple(KeyTransport(issuer=issuer, serial=serial, encrypted_key=key) for serial, key in infos)
    found = enveloped_data.parse(enveloped_data.write(recipients, nonce, content))
    assert found == enveloped_data.EnvelopedData(recipients=recipients, cipher="aes-128-gcm", nonce=nonce, content=content)


ENVELOPE = enveloped_data.write(
    (KeyTransport(issuer=der.write(der.SEQUENCE), serial=1, encrypted_key=b"k" * 256),), bytes(12), bytes(40)
)


@given(st.data())
def test_a_damaged_envelope_gives_a_value_or_the_one_error(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(ENVELOPE) - 1))
    byte = data.draw(st.integers(0, 255))
    for damaged in (ENVELOPE[:place], ENVELOPE[:place] + bytes((byte,)) + ENVELOPE[place + 1 :]):
        with contextlib.suppress(Malformed):
            enveloped_data.parse(damaged)


@given(st.binary(max_size=300))
def test_any_bytes_are_packets_or_the_one_error(data: bytes) -> None:
    for reader in (openpgp.recipients, lambda data: list(openpgp.packets(data)), der.parse, enveloped_data.parse):
        with contextlib.suppress(Malformed):
            reader(data)


def test_partial_bodies_are_joined_and_old_headers_read() -> None:
    partial = b"\xcb" + b"\xe1ab" + b"\xe0c" + b"\x01d"
    assert list(openpgp.packets(partial)) == [(openpgp.LITERAL, b"abcd")]
    assert list(openpgp.packets(b"\xac\x02hi")) == [(openpgp.LITERAL, b"hi")]


def test_for_whom_a_message_is() -> None:
    body = b"\x03" + bytes.fromhex("0123456789abcdef") + b"\x01"
    hidden = b"\x03" + bytes(8) + b"\x01"
    message = b"".join(b"\xc1" + bytes((len(item),)) + item for item in (body, hidden))
    assert openpgp.recipients(message) == ("0123456789abcdef", "0" * 16)
