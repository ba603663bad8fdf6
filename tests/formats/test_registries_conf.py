"""registries.conf: which places a name is asked of, in which order."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed, Unavailable
from ringfence.formats import image_name, registries_conf
from ringfence.io.registry_session import origin_of

CONF = b"""
unqualified-search-registries = ["docker.io"]

[[registry]]
prefix = "example.com/team"
location = "inside.example.org/mirror/team"
insecure = true

[[registry.mirror]]
location = "near.example.org:5000/team"
insecure = true

[[registry.mirror]]
location = "digests.example.org/team"
pull-from-mirror = "digest-only"

[[registry]]
prefix = "example.com/team/closed"
blocked = true

[[registry]]
prefix = "*.wild.example"
location = "wild.example.org"
"""
DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("example.com/team/app:1", ["near.example.org:5000/team/app:1", "inside.example.org/mirror/team/app:1"]),
        (
            f"example.com/team/app@{DIGEST}",
            [
                f"near.example.org:5000/team/app@{DIGEST}",
                f"digests.example.org/team/app@{DIGEST}",
                f"inside.example.org/mirror/team/app@{DIGEST}",
            ],
        ),
        ("example.com/team/closed/x:1", []),
        ("example.com/teamwork/app:1", ["example.com/teamwork/app:1"]),
        ("a.b.wild.example/x:1", ["wild.example.org/x:1"]),
        ("wild.example/x:1", ["wild.example/x:1"]),
        ("alpine", ["docker.io/library/alpine:latest"]),
    ],
)
def test_where_a_name_is_asked_for(name: str, places: list[str]) -> None:
    found = registries_conf.places(image_name.parse(name), registries_conf.parse(CONF))
    assert [str(place.name) for place in found] == places


def test_only_what_is_called_insecure_is() -> None:
    found = registries_conf.places(image_name.parse("example.com/team/app:1"), registries_conf.parse(CONF))
    assert [place.insecure for place in found] == [True, True]
    assert not registries_conf.places(image_name.parse("example.com/other:1"), registries_conf.parse(CONF))[0].insecure


def test_plain_http_is_for_the_one_host_that_may_have_it() -> None:
    assert origin_of("http://near.example.org:5000/v2/x", "x", plain="near.example.org:5000")[0] == "http"
    for url in ("http://near.example.org/v2", "http://near.example.org:5001/v2", "http://other.example:5000/"):
        with pytest.raises(Unavailable, match="not https"):
            origin_of(url, "x", plain="near.example.org:5000")


@given(st.binary(max_size=200) | st.text(alphabet='[]="registymo.\n', max_size=120).map(str.encode))
def test_any_bytes(data: bytes) -> None:
    with suppress(Malformed, LimitExceeded):
        registries_conf.parse(data)
