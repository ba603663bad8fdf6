"""Signatures by certificates: Notary Project envelopes, keyless bundles, time stamps, and the commands for them."""

import contextlib
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from ringfence.cli import main
from ringfence.errors import Malformed, RingfenceError
from ringfence.formats import notary_envelope, notary_policy
from ringfence.formats.notary_policy import LEVELS, Level
from ringfence.io import oci_layout
from ringfence.trust import keyless, notary_signing, verifying
from ringfence.trust.faults import Refused
from ringfence.trust.key_files import SigningKey
from ringfence.trust.keyless import KeylessSigner
from ringfence.trust.notary import NotarySigner
from ringfence.trust.notary_signing import NotaryDraft
from ringfence.trust.repository import LayoutRepository
from ringfence.trust.verifying import Demand
from trust import certificates, sample_layout
from trust.certificates import NOW, Authority, pem, private

KEYS: dict[str, certificates.Key] = {
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "rsa": rsa.generate_private_key(65537, 2048),
}
AUTHORITY = Authority()
SAMPLES = Path(__file__).parent / "keyless"


@pytest.fixture
def repository(tmp_path: Path) -> LayoutRepository:
    sample_layout.image(tmp_path / "image")
    return LayoutRepository(oci_layout.in_directory(str(tmp_path / "image")), oci_layout.writable(str(tmp_path / "image")))


def signed(repository: LayoutRepository, kind: str = "p256", *, cose: bool = False, **issued: object) -> tuple[str, object]:
    leaf = AUTHORITY.issue(KEYS[kind], **issued)  # type: ignore[arg-type]  # of the test's own making
    draft = NotaryDraft((leaf, AUTHORITY.certificate), NOW, cose=cose)
    return notary_signing.sign(repository, "v1", SigningKey(KEYS[kind], kind), draft), leaf


def demand(**more: object) -> Demand:
    late = more.pop("now", NOW)
    return Demand(notary=(NotarySigner("ours", (AUTHORITY.certificate,), **more),), now=late)  # type: ignore[arg-type]  # of the test's own making


@pytest.mark.parametrize("cose", [False, True])
@pytest.mark.parametrize("kind", KEYS)
def test_both_envelopes_hold_with_every_key(kind: str, cose: bool, repository: LayoutRepository) -> None:
    digest, _ = signed(repository, kind, cose=cose)
    found = verifying.verify(repository, "v1", demand(subjects=("x509.subject: C=US, ST=WA, O=example.org",)))
    assert (found.digest, [item.form for item in found.vouched]) == (digest, ["notary"])
    with pytest.raises(Refused, match="its signer is"):
        verifying.verify(repository, "v1", demand(subjects=("x509.subject: C=US, ST=WA, O=example.com",)))
    other = NotarySigner("other", (Authority("other").certificate,))
    with pytest.raises(Refused, match="is not trusted"):
        verifying.verify(repository, "v1", Demand(notary=(other,), now=NOW))


def test_what_a_fault_does_is_the_levels_to_say(repository: LayoutRepository) -> None:
    signed(repository)
    late = NOW + timedelta(days=11)
    with pytest.raises(Refused, match=r"authenticTimestamp.*was not valid now"):
        verifying.verify(repository, "v1", demand(now=late))
    found = verifying.verify(repository, "v1", demand(now=late, level=Level(acts=LEVELS["permissive"])))
    assert "authenticTimestamp" in found.vouched[0].notes[0]


def test_revocation_is_told_by_a_list_and_otherwise_not_taken_for_granted(repository: LayoutRepository) -> None:
    _, leaf = signed(repository, list_at="http://crl.example/list")
    with pytest.raises(Refused, match="is revoked cannot be told"):
        verifying.verify(repository, "v1", demand())
    assert verifying.verify(repository, "v1", demand(crls=(AUTHORITY.revoke(),))).vouched
    with pytest.raises(Refused, match=r"revocation: .* is revoked"):
        verifying.verify(repository, "v1", demand(crls=(AUTHORITY.revoke(leaf),)))  # type: ignore[arg-type]  # a certificate
    forged = Authority("root").revoke()
    with pytest.raises(Refused, match="cannot be told"):
        verifying.verify(repository, "v1", demand(crls=(forged,)))


def test_certificates_nobody_would_accept_sign_nothing(repository: LayoutRepository) -> None:
    with pytest.raises(Refused, match="was not valid now"):
        signed(repository, begin=-10, days=5)
    assert not repository.referrers("v1")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl (Debian package openssl)")
@pytest.mark.parametrize("envelope", ["jws", "cose"])
def test_a_time_stamp_outlives_the_certificate(envelope: str, repository: LayoutRepository, tmp_path: Path) -> None:
    leaf = AUTHORITY.issue(KEYS["p256"])
    (tmp_path / "chain").write_bytes(pem(leaf, AUTHORITY.certificate))
    (tmp_path / "key").write_bytes(private(KEYS["p256"]))
    with certificates.stamping(tmp_path) as url:
        words = ["--key", f"{tmp_path}/key", "--certificates", f"{tmp_path}/chain", "--time-stamps", url]
        assert main.main(["sign", f"oci:{tmp_path}/image:v1", *words, "--envelope", envelope]) == 0
    from ringfence.trust import timestamps

    stamps = timestamps.certificates(f"{tmp_path}/chain.pem")
    late = NOW + timedelta(days=11)
    assert verifying.verify(repository, "v1", demand(now=late, stamps=stamps)).vouched
    with pytest.raises(Refused, match="was not valid now"):
        verifying.verify(repository, "v1", demand(now=late))
    others = (Authority("time root").certificate,)
    with pytest.raises(Refused, match="its time stamp does not hold"):
        verifying.verify(repository, "v1", demand(now=late, stamps=others))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl (Debian package openssl)")
def test_a_keys_signature_may_be_asked_for_a_time_stamp(
    tmp_path: Path, repository: LayoutRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert repository.layout.where
    image = f"oci:{tmp_path}/image:v1"
    (tmp_path / "key").write_bytes(private(KEYS["p256"]))
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    (tmp_path / "pub").write_bytes(KEYS["p256"].public_key().public_bytes(serialization.Encoding.PEM, form))
    sign = ["sign", image, "--key", f"{tmp_path}/key", "--name", "registry.example/app"]
    verify = ["verify", image, "--key", f"{tmp_path}/pub", "--time-authority", f"{tmp_path}/chain.pem"]
    with certificates.stamping(tmp_path) as url:
        assert main.main(sign) == 0
        assert main.main(verify) == 1
        assert "it has no time stamp" in capsys.readouterr().err
        assert main.main([*sign, "--time-stamps", url]) == 0
    assert main.main(verify) == 0
    assert capsys.readouterr().out.count("by ") == 2, "the claim and the bundle that are stamped"


def test_a_trust_policy_with_its_store_decides(
    repository: LayoutRepository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signed(repository)
    store = tmp_path / "store" / "x509" / "ca" / "example"
    store.mkdir(parents=True)
    (store / "root.pem").write_bytes(pem(AUTHORITY.certificate))
    statement = {
        "name": "ours",
        "registryScopes": ["registry.example/app"],
        "signatureVerification": {"level": "strict"},
        "trustStores": ["ca:example"],
        "trustedIdentities": ["x509.subject: C=US, ST=WA, O=example.org"],
    }
    (tmp_path / "policy.json").write_text(json.dumps({"version": "1.0", "trustPolicies": [statement]}))
    words = ["verify", f"oci:{tmp_path}/image:v1", "--notary-policy", f"{tmp_path}/policy.json"]
    words += ["--notary-store", f"{tmp_path}/store", "--identity"]
    assert main.main([*words, "registry.example/app:v1"]) == 0
    assert "notary by ca:example" in capsys.readouterr().out
    assert main.main([*words, "registry.example/other"]) == 1
    assert "no statement about it" in capsys.readouterr().err


def test_a_policy_is_read_as_written() -> None:
    policies = (
        notary_policy.NotaryPolicy(name="all", scopes=("*",), skip=True),
        notary_policy.NotaryPolicy(
            name="one",
            scopes=("a.example/b",),
            skip=False,
            level=Level(acts=LEVELS["permissive"], always_stamp=True),
            stores=("ca:x",),
            identities=("*",),
        ),
    )
    assert notary_policy.parse(notary_policy.write(policies)) == policies
    with pytest.raises(Malformed, match="about one repository"):
        notary_policy.parse(notary_policy.write((policies[0], policies[0])))


@given(st.binary(max_size=200))
def test_any_bytes_are_no_envelope_or_policy(data: bytes) -> None:
    for media_type in (notary_envelope.JWS, notary_envelope.COSE):
        with pytest.raises(Malformed):
            notary_envelope.parse(data, media_type)
    with pytest.raises(Malformed):
        notary_policy.parse(data)


@given(st.data())
def test_a_damaged_cose_message_is_refused_or_says_the_same(data: st.DataObject) -> None:
    whole = COSE_SAMPLE
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] + bytes((whole[at] ^ (1 << data.draw(st.integers(0, 7))),)) + whole[at + 1 :]
    with contextlib.suppress(RingfenceError):
        assert notary_envelope.parse(damaged, notary_envelope.COSE).chain


def _cose_sample() -> bytes:
    draft = notary_envelope.Unsigned(algorithm="ES256", payload=b"{}", signing_time=NOW)
    _, header = notary_envelope.to_sign_cose(draft)
    chain = (AUTHORITY.certificate.public_bytes(serialization.Encoding.DER),)
    return notary_envelope.write_cose(draft, header, bytes(64), chain)


COSE_SAMPLE = _cose_sample()


def keyless_signer(root: str, subject: str = "builder@example.test") -> KeylessSigner:
    data = (SAMPLES / f"{root}.json").read_bytes()
    return KeylessSigner("builder", keyless.trusted_root(data, root), subject, "https://issuer.example.test")


def test_a_keyless_bundle_holds_under_its_own_root_alone() -> None:
    bundle = (SAMPLES / "keyless_dsse.json").read_bytes()
    keyless.verify(bundle, keyless_signer("trusted_root"))
    with pytest.raises(Refused):
        keyless.verify(bundle, keyless_signer("other_root"))
    with pytest.raises(Refused, match="its signer is"):
        keyless.verify(bundle, keyless_signer("trusted_root", "[b]uilder@example.test"))


@given(st.data())
def test_a_damaged_keyless_bundle_is_refused_with_one_error(data: st.DataObject) -> None:
    bundle = (SAMPLES / "keyless_dsse.json").read_bytes()
    at = data.draw(st.integers(0, len(bundle) - 1))
    damaged = bundle[:at] + data.draw(st.binary(max_size=3)) + bundle[at + 1 :]
    # A changed space or hint is no change; whatever else is wrong is one kind of error.
    with contextlib.suppress(Refused):
        keyless.verify(damaged, keyless_signer("trusted_root"))
