"""Credentials in text: found by shape or name, never handed on whole, and a path is not one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.formats.credential_text import in_arguments, in_text, in_value, names_a_secret, redacted, shaped

AWS = "AKIA" + "IOSFODNN7EXAMPLE"


@given(st.text(), st.text())
def test_any_text(name: str, text: str) -> None:
    for found in (*in_text(name, text), *in_arguments((name, text))):
        assert found.kind


@given(st.text(st.characters(codec="ascii", exclude_categories=("Cc", "Zs")), min_size=8, max_size=40))
def test_no_credential_is_shown_whole(value: str) -> None:
    assert value not in redacted(value)
    found = in_value("PASSWORD", value)
    if found:
        assert value not in found.shown


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "dbPassword", "API_KEY", "spring.datasource.password", "clientSecret", "pwd"]
)
def test_names_of_secrets(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize(
    "name",
    ["DB_PASSWORD_FILE", "TOKEN_URL", "SECRET_NAME", "keyName", "PASSWORD_MIN_LENGTH", "TOKEN_TTL", "PATH", "", "MONKEY"],
)
def test_names_of_other_things(name: str) -> None:
    assert not names_a_secret(name)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (AWS, "AWS access key id"),
        ("ghp_" + "a" * 36, "GitHub token"),
        ("glpat-" + "a" * 20, "GitLab token"),
        ("xoxb-" + "1" * 12, "Slack token"),
        ("sk_live_" + "a" * 24, "Stripe secret key"),
        ("AIza" + "b" * 35, "Google API key"),
        ("-----BEGIN RSA PRIVATE KEY-----", "private key"),
        ("eyJ" + "a" * 12 + ".eyJ" + "b" * 12 + "." + "c" * 12, "JSON web token"),
        ("postgres://u:hunter22@db/x", "password in an address"),
    ],
)
def test_shapes(text: str, kind: str) -> None:
    found = shaped(f"before {text} after")
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "value", ["$(DB_PASSWORD)", "${X}", "{{ .Values.p }}", "<changeme>", "/run/secrets/p", "vault:x", "", "true"]
)
def test_a_reference_is_no_credential(value: str) -> None:
    assert in_value("PASSWORD", value) is None


def test_arguments() -> None:
    found = in_arguments(
        ("serve", "--password=abcdefgh", "--token", "ijklmnop", "--verbose", "SECRET=qrstuvwx", "--port", "80")
    )
    assert [item.name for item in found] == ["password", "token", "SECRET"]


def test_a_configuration_file() -> None:
    found = in_text("app.conf", f"user = me\npassword = abcdefgh\n# note\nkey: {AWS}\ntoken_file = /x\n")
    assert [(item.kind, item.name) for item in found] == [("literal value", "password"), ("AWS access key id", "key")]
