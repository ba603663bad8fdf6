import re

import pytest

from ringfence.knowledge import kernel_support
from ringfence.model.knowledge import Known, Unknown

TABLE = kernel_support.load()


@pytest.mark.parametrize(
    ("version", "end"),
    [
        ("6.18.44", "2028-12-31"),
        ("4.19.2", "2024-12-05"),
        ("7.1.3", ""),  # no end announced yet
        ("4.15.0", "2024-12-05"),  # not listed: ended before the next listed branch, 4.19
        ("2.6.32.71", "2023-01-07"),  # older than all: ended before the oldest listed, 4.9
    ],
)
def test_the_end_of_a_branch(version: str, end: str) -> None:
    assert TABLE.end_of_life(version) == Known(end)


@pytest.mark.parametrize("version", ["99.1", "nonsense", "7"])
def test_a_branch_nobody_knows_is_unknown(version: str) -> None:
    assert isinstance(TABLE.end_of_life(version), Unknown)


def test_every_entry_has_its_dates_and_its_source() -> None:
    assert len({item.branch for item in TABLE.branches}) == len(TABLE.branches) > 30
    for item in TABLE.branches:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", item.released)
        assert re.fullmatch(r"(\d{4}-\d\d-\d\d)?", item.end)
        assert item.source.startswith("https://")
