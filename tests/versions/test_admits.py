"""Which versions ranges let in: any text gives an answer or none; each language by its own examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.versions.admits import admits

ECOSYSTEMS = ("PyPI", "npm", "crates.io", "Pub", "Packagist", "RubyGems", "Hex", "NuGet", "Maven", "Go", "nothing")
CASES = [
    ("npm", "^1.2.3", "1.9.0", True),
    ("npm", "^1.2.3", "2.0.0", False),
    ("npm", "^0.2.3", "0.3.0", False),
    ("npm", "^0.0.3", "0.0.4", False),
    ("npm", "~1.2.3", "1.2.9", True),
    ("npm", "~1.2", "1.3.0", False),
    ("npm", "~1", "1.9.0", True),
    ("npm", "1.x", "1.9.0", True),
    ("npm", "1.2.x || 2", "2.4.0", True),
    ("npm", "1.2.3 - 2.3", "2.3.9", True),
    ("npm", "1.2.3 - 2.3.4", "2.3.5", False),
    ("npm", ">=1.2 <2", "2.0.0", False),
    ("npm", ">1.2", "1.2.9", False),
    ("npm", "<=1.2", "1.2.9", True),
    ("npm", "1.2.3", "1.2.4", False),
    ("npm", "^1.2.3", "1.3.0-beta", False),
    ("npm", "npm:real@^1", "1.5.0", True),
    ("npm", "latest", "1.0.0", None),
    ("npm", "*", "1.0.0", True),
    ("crates.io", "0.7", "0.7.9", True),
    ("crates.io", "0.7", "0.8.0", False),
    ("crates.io", "1", "1.9.0", True),
    ("crates.io", "=1.2.3", "1.2.4", False),
    ("crates.io", ">=1, <1.5", "1.4.9", True),
    ("PyPI", ">=2,<3", "2.9", True),
    ("PyPI", "~=2.19", "3.0", False),
    ("PyPI", "==2.*", "2.5", True),
    ("PyPI", "^2.1", "2.9", True),
    ("PyPI", "^2.1", "3.0", False),
    ("PyPI", "~2.1", "2.2", False),
    ("RubyGems", "~> 6.0, >= 6.0.3", "6.1", True),
    ("RubyGems", "~> 6.0.3", "6.1", False),
    ("RubyGems", "!= 1.5", "1.5", False),
    ("Packagist", "^4.4|^5.0", "5.1.0", True),
    ("Packagist", "~1.2", "1.9.0", True),
    ("Packagist", "~1.2.3", "1.3.0", False),
    ("Packagist", "dev-main", "1.0", None),
    ("Hex", "~> 1.0 or ~> 2.1", "2.5.0", True),
    ("Hex", ">= 1.0.0 and < 1.5.0", "1.6.0", False),
    ("Pub", "^1.2.0", "1.9.0", True),
    ("Pub", ">=1.0.0 <2.0.0", "2.0.0", False),
    ("NuGet", "12.0.1", "13.0.1", True),
    ("NuGet", "[12.0.1, 13)", "13.0.0", False),
    ("NuGet", "[12.0.1]", "12.0.1", True),
    ("NuGet", "1.*", "1.2.0", None),
    ("Maven", "[1,2),[3,4)", "3.5", True),
    ("Maven", "(,1.0]", "1.0.1", False),
    ("Maven", "1.0", "1.1", None),
    ("Go", "v1.0.0", "v1.0.0", None),
]


@pytest.mark.parametrize(("ecosystem", "text", "version", "wanted"), CASES)
def test_examples(ecosystem: str, text: str, version: str, wanted: bool | None) -> None:
    assert admits(ecosystem, text, version) is wanted


@given(
    st.sampled_from(ECOSYSTEMS),
    st.one_of(st.text(max_size=20), st.text("0123456789.^~<>=|, -*x[]()v", max_size=20)),
    st.one_of(st.text(max_size=8), st.from_regex(r"\d{1,3}\.\d{1,3}\.\d{1,3}", fullmatch=True)),
)
def test_any_text(ecosystem: str, text: str, version: str) -> None:
    assert admits(ecosystem, text, version) in (True, False, None)


@given(
    st.sampled_from(("npm", "crates.io", "Pub")), st.tuples(*[st.integers(0, 50)] * 3), st.tuples(*[st.integers(0, 50)] * 3)
)
def test_a_caret_keeps_the_first_number_that_is_not_zero(
    ecosystem: str, low: tuple[int, int, int], version: tuple[int, int, int]
) -> None:
    first = next((index for index, number in enumerate(low) if number), 2)
    wanted = version >= low and version[: first + 1] == low[: first + 1]
    assert admits(ecosystem, "^" + ".".join(map(str, low)), ".".join(map(str, version))) is wanted
