"""Image names and registry logins."""

import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import image_name, registry_auth
from ringfence.formats.registry_auth import Challenge, Login

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("debian", "docker.io/library/debian:latest"),
        ("debian:12", "docker.io/library/debian:12"),
        ("bitnami/redis", "docker.io/bitnami/redis:latest"),
        ("index.docker.io/library/debian:12", "docker.io/library/debian:12"),
        ("localhost/x", "localhost/x:latest"),
        ("127.0.0.1:5000/a/b:v1", "127.0.0.1:5000/a/b:v1"),
        (f"quay.io/a/b@{DIGEST}", f"quay.io/a/b@{DIGEST}"),
        (f"quay.io/a/b:v1@{DIGEST}", f"quay.io/a/b:v1@{DIGEST}"),
    ],
)
def test_names(text: str, whole: str) -> None:
    assert str(image_name.parse(text)) == whole
    assert image_name.parse(whole) == image_name.parse(text)


@pytest.mark.parametrize(
    "text", ["", "UPPER", "a//b", "../x", "a b", "x:", "x:-y", "x@sha256:1", "x" * 300, "http://x/y", "a@b/c"]
)
def test_what_is_no_name_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        image_name.parse(text)


def test_challenges() -> None:
    header = 'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull"'
    wanted = Challenge(
        scheme="bearer", realm="https://auth.example/token", service="registry.example", scope="repository:a/b:pull"
    )
    assert registry_auth.parse_challenge(header) == wanted
    assert registry_auth.parse_challenge('Basic realm="x"').scheme == "basic"
    for wrong in ("", "Negotiate", "Bearer service=x"):
        with pytest.raises(Malformed):
            registry_auth.parse_challenge(wrong)


def test_the_most_specific_login_counts() -> None:
    def code(user: str) -> dict[str, str]:
        return {"auth": base64.b64encode(f"{user}:pass".encode()).decode()}

    data = {
        "auths": {
            "quay.io": code("host"),
            "quay.io/team": code("team"),
            "https://index.docker.io/v1/": code("hub"),
            "token.io": {"auth": "", "identitytoken": "abc"},
        },
        "credHelpers": {"gcr.io": "gcloud"},
        "credsStore": "../evil",
    }
    file = registry_auth.parse_login_file(json.dumps(data).encode())
    found = {
        text: registry_auth.login(file, image_name.parse(text))
        for text in ("quay.io/a/b", "quay.io/team/b", "debian", "x.io/a")
    }
    assert [login.user if login else "" for login in found.values()] == ["host", "team", "hub", ""]
    assert registry_auth.login(file, image_name.parse("token.io/a")) == Login(user="", identity_token="abc")
    assert registry_auth.helper(file, image_name.parse("gcr.io/a")) == "gcloud"
    assert registry_auth.helper(file, image_name.parse("x.io/a")) == "", "no program by a path"
    assert "pass" not in repr(found)


PARSERS: list[Callable[[bytes], object]] = [
    registry_auth.parse_login_file,
    registry_auth.parse_token,
    registry_auth.parse_helper_answer,
    lambda data: registry_auth.parse_challenge(data.decode("latin-1")),
    lambda data: image_name.parse(data.decode("latin-1")),
]


@pytest.mark.parametrize("parse", PARSERS)
@settings(max_examples=60)
@given(data=st.binary(max_size=80) | st.text('{}[]":,authsokentBri =/@.', max_size=60).map(str.encode))
def test_any_bytes_give_a_value_or_an_error_of_ours(parse: Callable[[bytes], object], data: bytes) -> None:
    try:
        parse(data)
    except (Malformed, LimitExceeded):
        return


@given(st.dictionaries(st.text(max_size=10), st.fixed_dictionaries({"auth": st.text(max_size=20)}), max_size=3))
def test_any_entries_of_logins(entries: dict[str, dict[str, str]]) -> None:
    data = json.dumps({"auths": {**entries, "x.io": next(iter(entries.values()), {})}}).encode()
    try:
        registry_auth.login(registry_auth.parse_login_file(data), image_name.parse("x.io/a"))
    except Malformed:
        return
