import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import Malformed
from ringfence.formats import proc_version
from ringfence.formats.proc_version import Banner

DEBIAN = (
    b"Linux version 6.1.0-28-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, "
    b"GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)\n"
)
OWN = b"Linux version 6.18.44-fc-v669 (builder@host) (gcc (GCC) 15.3.0, GNU ld 2.46) #1 SMP PREEMPT_DYNAMIC @0\n"


def test_debian_writes_its_package_version() -> None:
    assert proc_version.parse(DEBIAN) == Banner(release="6.1.0-28-amd64", debian_version="6.1.119-1")
    assert proc_version.parse(OWN) == Banner(release="6.18.44-fc-v669")


def test_ubuntu_signs_with_the_upstream_version() -> None:
    assert proc_version.upstream_of_signature(b"Ubuntu 5.15.0-91.101-generic 5.15.131\n") == "5.15.131"
    with pytest.raises(Malformed):
        proc_version.upstream_of_signature(b"Ubuntu 5.15.0-91.101-generic\n")


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_any_bytes(data: bytes) -> None:
    for parse in (proc_version.parse, proc_version.upstream_of_signature):
        for text in (data, b"Linux version " + data, b"Ubuntu " + data):
            with contextlib.suppress(Malformed):
                parse(text)
