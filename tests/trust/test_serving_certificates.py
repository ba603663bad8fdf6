"""Certificates made and rotated: at no moment of a rotation is a client with the bundle of a moment ago turned away."""

import datetime as dt
import ssl

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import UnreadableInput
from ringfence.trust.serving_certificates import OVERLAP, Certificates, Pair, ends, renewed

NAMES = ("hook.ringfence.svc", "localhost")
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def verifies(bundle: bytes, held: Certificates, now: dt.datetime) -> bool:
    """Whether a client that holds `bundle` takes the certificate for the server's name: cryptography's verifier says."""
    assert held.serving is not None
    store = x509.verification.Store(x509.load_pem_x509_certificates(bundle))
    verifier = x509.verification.PolicyBuilder().store(store).time(now)
    server = verifier.build_server_verifier(x509.DNSName(NAMES[0]))
    try:
        server.verify(x509.load_pem_x509_certificate(held.serving.certificate), [])
    except x509.verification.VerificationError:
        return False
    return True


def test_the_first_certificates_are_whole() -> None:
    made = renewed(Certificates(), NAMES, START)
    assert len(made.authorities) == 1
    assert verifies(made.bundle, made, START)
    assert made.serving is not None
    assert ends(made.serving) - START == dt.timedelta(days=90)
    assert ends(made.authorities[0]) - START == dt.timedelta(days=3650)
    assert renewed(made, NAMES, START) == made, "nothing is due"
    context = ssl.create_default_context(cadata=made.bundle.decode())
    assert context.get_ca_certs()


def test_a_serving_certificate_is_renewed_when_a_third_is_left() -> None:
    made = renewed(Certificates(), NAMES, START)
    assert renewed(made, NAMES, START + dt.timedelta(days=59)) == made
    later = renewed(made, NAMES, START + dt.timedelta(days=61))
    assert later.authorities == made.authorities
    assert later.serving != made.serving


def test_other_names_make_another_certificate() -> None:
    made = renewed(Certificates(), NAMES, START)
    other = renewed(made, ("other.ringfence.svc",), START + dt.timedelta(hours=2))
    assert other.serving != made.serving
    assert other.authorities == made.authorities


def test_an_authority_is_in_the_bundle_before_it_signs_and_after() -> None:
    made = renewed(Certificates(), NAMES, START)
    due = START + dt.timedelta(days=2500)
    first = renewed(made, NAMES, due)
    assert len(first.authorities) == 2
    assert verifies(made.bundle, first, due), "what is served is signed by the old one"
    second = renewed(first, NAMES, due + OVERLAP)
    assert verifies(first.bundle, second, due + OVERLAP)
    assert not verifies(made.bundle, second, due + OVERLAP), "now it is signed by the new one"
    assert len(second.authorities) == 2, "some still hold the old bundle, and some replicas serve the old certificate"
    third = renewed(second, NAMES, due + 2 * OVERLAP)
    assert len(third.authorities) == 1
    assert verifies(second.bundle, third, due + 2 * OVERLAP)


@settings(max_examples=8)
@given(st.lists(st.sampled_from([0.02, 0.9, 1.1, 5, 24 * 20, 24 * 70, 24 * 300]), min_size=5, max_size=25))
def test_a_client_with_the_bundle_of_the_tick_before_is_never_turned_away(hours: list[float]) -> None:
    now, held = START, renewed(Certificates(), NAMES, START)
    for hour in hours * 2:
        before = held
        now += dt.timedelta(hours=hour)
        held = renewed(before, NAMES, now)
        assert verifies(held.bundle, held, now)
        assert renewed(held, NAMES, now) == held
        assert verifies(before.bundle, held, now) or all(ends(item) < now for item in before.authorities)


@pytest.mark.parametrize("pair", [Pair(certificate=b"", key=b""), Pair(certificate=b"\xff", key=b"x")])
def test_what_is_none_is_named(pair: Pair) -> None:
    with pytest.raises(UnreadableInput, match="no certificate in PEM"):
        renewed(Certificates(authorities=(pair,)), NAMES, START)


def test_an_authority_without_its_key_is_named() -> None:
    made = renewed(Certificates(), NAMES, START)
    broken = Certificates(authorities=(Pair(certificate=made.authorities[0].certificate, key=b"x"),))
    with pytest.raises(UnreadableInput, match="no private key"):
        renewed(broken, NAMES, START)
