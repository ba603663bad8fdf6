"""The searcher: what a rule says is held to, and a secret never leaves it whole."""

import base64
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.image.built_image import AWS_KEY, AWS_SECRET, GITHUB_TOKEN, STRIPE_KEY
from ringfence.errors import Malformed
from ringfence.formats import base64_text, pattern_prefilter, secret_patterns
from ringfence.formats.secret_patterns import Placeholders, SecretRule, SecretRules, SecretScanner
from ringfence.knowledge import secret_rules
from ringfence.model.finding import Severity

SCANNER = secret_rules.scanner()
SECRETS = (AWS_KEY, AWS_SECRET, GITHUB_TOKEN, STRIPE_KEY)


def rules(text: str, path: str = "") -> list[str]:
    return [match.rule for match in SCANNER.scan(text.encode(), path)]


def one(**fields: object) -> SecretScanner:
    defaults: dict[str, object] = {
        "id": "x",
        "title": "x",
        "pattern": "(?P<secret>key-[a-z0-9]+)",
        "keywords": ("key-",),
        "source": "https://x",
        "severity": Severity.HIGH,
    }
    rule = SecretRule(**{**defaults, **fields})  # type: ignore[arg-type]  # the fields are the test's own
    return SecretScanner(SecretRules(rules=(rule,), placeholders=Placeholders(words=("example",), values=("test",))))


@given(before=st.text(max_size=200), after=st.text(max_size=200), secret=st.sampled_from(SECRETS))
def test_a_secret_is_found_on_its_line_whatever_stands_around_it(before: str, after: str, secret: str) -> None:
    text = f"{before}\nAWS_SECRET_ACCESS_KEY = {secret}\n{after}"
    found = SCANNER.scan(text.encode("utf-8", "replace"))
    line = before.encode("utf-8", "replace").count(b"\n") + 2
    assert line in [match.line for match in found]
    assert secret not in repr(found)


@given(st.binary(max_size=600))
def test_any_bytes(data: bytes) -> None:
    for match in SCANNER.scan(data, "etc/shadow"):
        assert 1 <= match.line <= data.count(b"\n") + 1


@given(st.text(max_size=120))
def test_what_was_found_can_be_struck_out(text: str) -> None:
    for value, _ in SCANNER.find(f"{text} {GITHUB_TOKEN}"):
        assert value in f"{text} {GITHUB_TOKEN}"


def test_the_same_secret_has_the_same_fingerprint_everywhere() -> None:
    (first,), (second,) = SCANNER.scan(STRIPE_KEY.encode()), SCANNER.scan(f"\n\nk: '{STRIPE_KEY}'".encode())
    assert first.fingerprint == second.fingerprint
    assert first.redacted == "sk_l… (32 characters)"


def test_entropy_mixture_allowance_and_placeholders_are_held_to() -> None:
    assert not one(entropy=3.0).scan(b"key-aaaaaaaaaaaaaaaa")
    assert one(entropy=3.0).scan(b"key-a8f3kd92lq0zmx71")
    assert not one(mixed=True, pattern="key-(?P<secret>[a-z0-9]+)").scan(b"key-abc")
    assert one(mixed=True, pattern="key-(?P<secret>[a-z0-9]+)").scan(b"key-a8f")
    assert not one(allow=("^key-0+$",)).scan(b"key-0000")
    assert not one(placeholders=True).scan(b"key-example1")
    assert one(paths=("/x.conf",)).scan(b"key-a8f3", "etc/x.conf")
    assert not one(paths=("/x.conf",)).scan(b"key-a8f3", "etc/y.conf")


def test_matches_of_one_text_are_counted_out() -> None:
    text = "\n".join(f"key-{index:05}" for index in range(500))
    assert len(one().scan(text.encode())) == secret_patterns.MAX_MATCHES


@pytest.mark.parametrize("pattern", ["(", "no group"])
def test_a_rule_that_cannot_work_is_malformed(pattern: str) -> None:
    with pytest.raises(Malformed, match="secret rule"):
        one(pattern=pattern)


def test_binary_is_told_from_text() -> None:
    assert secret_patterns.is_text(b"text")
    assert not secret_patterns.is_text(b"\x7fELF\0")


def test_private_keys_and_registry_logins() -> None:
    key = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEA" * 8 + "\n-----END RSA " + "PRIVATE KEY-----\n"
    assert rules(key) == ["private-key"]
    login = json.dumps({"auths": {"registry.local": {"auth": "dXNlcjpwYXNz" + "d29yZDEyMw=="}}})
    assert rules(login, "root/.docker/config.json") == ["docker-config-auth"]
    assert rules(
        "root:$y$j9T$" + "F5Jx5fExrKuPp53xLKQ..1$" + "X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7:19000:0:", "etc/shadow"
    )
    assert not rules("root:*:19000:0:99999:7:::\ndaemon:!:1::", "etc/shadow")


SLOW = SecretScanner(secret_rules.load(), prefilter=False)


@given(
    st.lists(
        st.sampled_from(SECRETS) | st.text("abcd=:/'\" \n$@.-_0123456789EXAMPLEpasswordtokensecret", max_size=30), max_size=8
    )
)
def test_the_prefilter_leaves_nothing_out(parts: list[str]) -> None:
    data = "".join(parts).encode()
    assert SCANNER.scan(data) == SLOW.scan(data)


@given(st.from_regex(r"[a-c]{3,40}(?:x|y){17}-{20,}z{2,}", fullmatch=True))
def test_a_widened_pattern_matches_what_the_narrow_one_does(text: str) -> None:
    wide = pattern_prefilter.widened(r"[a-c]{3,40}(?:x|y){17}-{20,}z{2,}")
    assert wide == r"[a-c]{3,}(?:x|y){16,}-{16,}z{2,}"
    prefilter = pattern_prefilter.build([r"never", r"[a-c]{3,40}(?:x|y){17}-{20,}z{2,}"])
    assert prefilter is None or prefilter.candidates(text.encode()) == [1]


@given(
    before=st.binary(max_size=40), after=st.binary(max_size=40), secret=st.sampled_from([AWS_KEY, GITHUB_TOKEN, STRIPE_KEY])
)
def test_a_secret_in_base64_is_the_same_secret(before: bytes, after: bytes, secret: str) -> None:
    (plain,) = SCANNER.scan(secret.encode())
    for code in (base64.b64encode, base64.urlsafe_b64encode):
        text = b"value: " + code(before + b" " + secret.encode() + b" " + after)
        found = {match.fingerprint: match for match in SCANNER.scan(text)}
        assert plain.fingerprint in found
        assert found[plain.fingerprint].title.endswith(" in base64")
        assert SLOW.scan(text) == SCANNER.scan(text)
        if not before.isalnum():
            struck = [value for value, match in SCANNER.find(text.decode()) if match.fingerprint == plain.fingerprint]
            assert struck
            assert struck[0] in text.decode()


@given(st.binary(max_size=300) | st.text("ABCabc+/=-_ ", max_size=200).map(str.encode))
def test_any_bytes_as_base64(data: bytes) -> None:
    for offset, text in base64_text.texts(data):
        assert 0 <= offset < len(data)
        assert len(text) <= len(data)


@given(st.binary(max_size=20), st.text("abcdefgh_-.", min_size=4, max_size=12), st.binary(max_size=20))
def test_the_hint_is_in_every_code_of_a_word(before: bytes, word: str, after: bytes) -> None:
    code = base64.b64encode(before + word.encode() + after)
    assert re.search(base64_text.hint([word]).encode(), code)
