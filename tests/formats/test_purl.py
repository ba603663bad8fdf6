"""Package URLs: what we make we read, and any text gives a value or `Malformed`."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import Malformed
from ringfence.formats.purl import Purl, make, parse

parts = st.text(min_size=1, max_size=8).filter(
    lambda text: text.isprintable() and text.strip("/@ ") == text and "/" not in text
)


@given(parts, parts)
def test_what_is_made_is_read(name: str, version: str) -> None:
    read = parse(make("npm", f"@scope/{name}", version))
    assert (read.kind, read.namespace, read.name, read.version) == ("npm", "@scope", name, version)


@given(st.one_of(st.text(), st.text().map("pkg:{}".format)))
def test_any_text(text: str) -> None:
    with suppress(Malformed):
        parse(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pkg:PyPI/Django@4.2#sub/path", Purl(kind="pypi", name="Django", version="4.2")),
        ("pkg:npm/@angular/core", Purl(kind="npm", namespace="@angular", name="core")),
        ("pkg:npm/%40angular/core@1.0%2Bx", Purl(kind="npm", namespace="@angular", name="core", version="1.0+x")),
        (
            "pkg:deb/debian/dash@0.5?arch=amd64&distro=debian-12",
            Purl(
                kind="deb",
                namespace="debian",
                name="dash",
                version="0.5",
                qualifiers=(("arch", "amd64"), ("distro", "debian-12")),
            ),
        ),
        ("pkg:golang/github.com/a/b@v1.2.3", Purl(kind="golang", namespace="github.com/a", name="b", version="v1.2.3")),
    ],
)
def test_examples(text: str, wanted: Purl) -> None:
    assert parse(text) == wanted


@pytest.mark.parametrize("text", ["", "pkg:", "pkg:npm", "pkg:npm/", "http://x", "pkg:/a", "pkg:" + "a/" * 5000])
def test_what_is_none(text: str) -> None:
    with pytest.raises(Malformed):
        parse(text)
