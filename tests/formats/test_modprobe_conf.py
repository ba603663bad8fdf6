import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded
from ringfence.formats import modprobe_conf
from ringfence.formats.modprobe_conf import ModuleRules

FILE = b"""# CIS
install dccp /bin/false
install sctp /sbin/modprobe --ignore-install sctp
install ip-gre \\
  /bin/true
blacklist pcspkr
options kvm nested=1
"""


def test_only_a_command_that_does_nothing_bars_a_module() -> None:
    assert modprobe_conf.parse(FILE) == ModuleRules(barred=("dccp", "ip_gre"), hidden=("pcspkr",))


@given(st.binary(max_size=2000))
def test_any_bytes_are_read(data: bytes) -> None:
    modprobe_conf.parse(data)


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        modprobe_conf.parse(b"#" * (modprobe_conf.MAX_BYTES + 1))
