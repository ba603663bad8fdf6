"""Package databases and package metadata: examples of each, and any bytes for all."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import (
    alpm,
    apk,
    conda_meta,
    debian_copyright,
    dpkg,
    npm_package,
    os_release,
    python_dist,
    rpm_header,
)
from ringfence.formats.apk import ApkPackage
from ringfence.formats.dpkg import DpkgPackage
from ringfence.formats.npm_package import NpmPackage
from ringfence.formats.python_dist import PythonDistribution

STATUS = b"""Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc (2.36-9)
Version: 2.36-9+deb12u4
Description: GNU C Library
 Source: not this
 .
 Package: nor this

Package: dash
Status: hold ok installed
Architecture: amd64
Version: 0.5.12-2

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: half
Status: install reinstreq half-installed
Architecture: all
Version: 3:2~rc1-1

Package: nameless-version
Status: install ok installed

"""

INSTALLED = b"""C:Q1abc=
P:musl
V:1.2.4-r2
A:x86_64
L:MIT
o:musl
F:lib
R:ld-musl-x86_64.so.1
F:usr/bin
R:ldd

P:libcrypto3
V:3.1.4-r1
A:x86_64
o:openssl
L:Apache-2.0
F:
R:top

P:without-version
"""


def test_dpkg() -> None:
    assert dpkg.parse(STATUS) == (
        DpkgPackage(name="libc6", version="2.36-9+deb12u4", arch="amd64", source_name="glibc", source_version="2.36-9"),
        DpkgPackage(name="dash", version="0.5.12-2", arch="amd64", source_name="dash", source_version="0.5.12-2"),
        DpkgPackage(name="half", version="3:2~rc1-1", arch="all", source_name="half", source_version="3:2~rc1-1"),
    )


def test_a_distroless_file_without_a_status_is_installed() -> None:
    assert [item.name for item in dpkg.parse(b"Package: tzdata\nVersion: 2024a\nArchitecture: all")] == ["tzdata"]


def test_two_architectures_are_two_packages() -> None:
    data = b"".join(b"Package: libc6\nVersion: 1\nArchitecture: %s\n\n" % arch for arch in (b"amd64", b"i386"))
    assert [item.arch for item in dpkg.parse(data)] == ["amd64", "i386"]


def test_apk() -> None:
    assert apk.parse(INSTALLED) == (
        ApkPackage(name="musl", version="1.2.4-r2", arch="x86_64", origin="musl", licence="MIT"),
        ApkPackage(name="libcrypto3", version="3.1.4-r1", arch="x86_64", origin="openssl", licence="Apache-2.0"),
    )
    assert list(apk.owned_files(INSTALLED)) == [
        ("musl", "lib/ld-musl-x86_64.so.1"),
        ("musl", "usr/bin/ldd"),
        ("libcrypto3", "top"),
    ]


def test_databases_have_limits() -> None:
    with pytest.raises(LimitExceeded):
        dpkg.parse(b"Package: a\nVersion: 1\n\n" * (dpkg.MAX_PACKAGES + 1))
    with pytest.raises(LimitExceeded):
        apk.parse(b"P:a\nV:1\n\n" * (apk.MAX_PACKAGES + 1))


def test_python() -> None:
    data = b"Metadata-Version: 2.1\nName: Typing_Extensions.x\nVersion: 4.8.0\nLicense: PSF\n\nName: other\n"
    assert python_dist.parse(data) == PythonDistribution(name="typing-extensions-x", version="4.8.0", licence="PSF")


@pytest.mark.parametrize(
    "data", [b"", b"Name: x\n", b"Version: 1\n", b"Name: ../x\nVersion: 1\n", b"\n\nName: x\nVersion: 1\n"]
)
def test_python_metadata_without_name_or_version_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        python_dist.parse(data)


def test_npm() -> None:
    data = b'\xef\xbb\xbf{"name": "@babel/core", "version": "v7.1.0", "license": "MIT", "dependencies": {"a": 1}}'
    assert npm_package.parse(data) == NpmPackage(name="@babel/core", version="7.1.0", licence="MIT")
    assert npm_package.parse(b'{"type": "module"}') is None
    assert npm_package.parse(b'{"name": 3, "version": []}') is None


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"name": "../x", "version": "1"}', b'{"name": "x", "version": "\\u001b"}', b"[" * 9999]
)
def test_npm_metadata_that_is_none_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        npm_package.parse(data)


def test_os_release() -> None:
    data = (
        b'# comment\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
    )
    found = os_release.parse(data)
    assert (found.id, found.version, found.codename) == ("debian", "12", "bookworm")
    assert found.name == "Debian GNU/Linux 12 (bookworm)"
    with pytest.raises(Malformed):
        os_release.parse(b"NAME=x\nBAD='unclosed\n")


PARSERS: list[Callable[[bytes], object]] = [
    dpkg.parse,
    apk.parse,
    lambda data: tuple(apk.owned_files(data)),
    python_dist.parse,
    npm_package.parse,
    os_release.parse,
    alpm.parse,
    alpm.files,
    conda_meta.parse,
    debian_copyright.licences,
    lambda data: debian_copyright.licences(b"Format: copyright-format\n" + data),
    rpm_header.files,
]
LINES = st.lists(
    st.sampled_from(
        [b"Package: a", b"Version: 1", b"Status: x", b"Source: (", b"P:a", b"V:1", b"F:", b"R:x", b"ID='", b"", b" "]
    )
    | st.binary(max_size=12),
    max_size=12,
).map(b"\n".join)


@pytest.mark.parametrize("parse", PARSERS)
@settings(max_examples=60)
@given(data=LINES | st.binary(max_size=200) | st.text(alphabet='{}[]":,name1version\\u', max_size=60).map(str.encode))
def test_any_bytes_give_a_value_or_an_error_of_ours(parse: Callable[[bytes], object], data: bytes) -> None:
    try:
        parse(data)
    except (Malformed, LimitExceeded):
        return
