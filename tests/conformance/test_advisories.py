"""All published records of an ecosystem load through the true parsers, over HTTP, as many as their README says."""

import os
from pathlib import Path

import pytest

from ringfence.advisories.feeds import osv
from ringfence.advisories.match import match
from ringfence.advisories.store import open_store
from ringfence.advisories.update import Source, Update
from ringfence.engine.vulnerabilities import schemes
from ringfence.io.bucket import open_bucket
from ringfence.model.package import Package
from worlds.file_server import serving

DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "advisories"
pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with advisories/"),
]

RECORDS = {"PyPI": 7080, "Go": 4291, "crates.io": 1206}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("conformance") / "db")
    with serving(DATA / "osv") as server:
        done = Update(path, "2026-11-24T00:00:00Z").run([Source(osv, open_bucket(server.url), tuple(RECORDS))])
    assert {item.ecosystem: item.written for item in done.imported} == RECORDS
    assert not done.problems
    return path


@pytest.mark.parametrize(
    ("ecosystem", "name", "version", "wanted"),
    [
        ("PyPI", "jinja2", "2.11.2", {"CVE-2020-28493", "CVE-2024-22195", "CVE-2024-34064"}),
        ("PyPI", "Pillow", "8.4.0", {"CVE-2023-4863", "CVE-2022-22817"}),
        ("PyPI", "requests", "2.19.0", {"CVE-2018-18074", "CVE-2023-32681"}),
        ("Go", "github.com/opencontainers/runc", "v1.1.11", {"CVE-2024-21626"}),
        ("Go", "golang.org/x/net", "v0.16.0", {"CVE-2023-39325"}),
        ("Go", "stdlib", "1.21.2", {"CVE-2023-39325"}),
        ("crates.io", "time", "0.1.42", {"CVE-2020-26235"}),
    ],
)
def test_known_holes_are_found(store: str, ecosystem: str, name: str, version: str, wanted: set[str]) -> None:
    found = matched(store, ecosystem, name, version)
    assert wanted <= found, wanted - found


def test_the_fix_of_a_hole_has_it_not(store: str) -> None:
    assert "CVE-2024-21626" not in matched(store, "Go", "github.com/opencontainers/runc", "v1.1.12")
    assert "CVE-2018-18074" not in matched(store, "PyPI", "requests", "2.20.0")


def matched(store: str, ecosystem: str, name: str, version: str) -> set[str]:
    package = Package(purl="", name=name, version=version, ecosystem=ecosystem)
    with open_store(store) as opened:
        found = match((package,), opened, schemes())
    assert not found.unmatched
    assert not found.not_assessed
    return {text for item in found.matches for text in (item.advisory.id, *item.advisory.aliases)}


def test_every_record_is_about_something_with_an_order(store: str) -> None:
    """No range of the real data is without an order of versions, but for 25 a publisher wrote wrong (`2.9.0-NA`)."""
    broken: list[str] = []
    with open_store(store) as opened:
        for ecosystem in RECORDS:
            names = [
                row[0] for row in opened.connection.execute("SELECT package FROM affected WHERE ecosystem = ?", (ecosystem,))
            ]
            packages = [Package(purl="", name=name, version="1.0.0", ecosystem=ecosystem) for name in dict.fromkeys(names)]
            broken.extend(item.why for item in match(packages, opened, schemes()).unmatched)
    assert len(broken) == 25, broken
