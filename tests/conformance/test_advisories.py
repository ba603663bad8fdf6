"""All published records of an ecosystem load through the true parsers, over HTTP, as many as their README says."""

import os
from pathlib import Path
from typing import cast

import pytest

from ringfence.advisories.delivery import FeedModule
from ringfence.advisories.feeds import debian_changelogs, osv
from ringfence.advisories.match import match
from ringfence.advisories.store import open_store
from ringfence.advisories.update import Source, Update
from ringfence.engine.index import plugin
from ringfence.engine.vulnerabilities import schemes
from ringfence.io.bucket import open_bucket
from ringfence.model.package import Package
from worlds.advisories import bucket as made_bucket
from worlds.advisories import record
from worlds.file_server import serving
from worlds.store import filled, package
from worlds.store import matched as matched_package

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


FILES: dict[str, tuple[str, int | tuple[int, ...]]] = {
    "alpine-secdb": ("alpine/alpine-secdb-2020-06-08.tar.zst", 2580),
    "alpine-secdb derived": ("alpine/derived-secdb-a-to-gs-2025-05.tar.zst", 2782),
    "osv almalinux": ("osv/almalinux-osv-2026-08-21.tar.zst", 5680),
    "osv bitnami": ("osv/bitnami-vulndb-2026-08-05.tar.zst", 7444),
    "azure-linux": ("oval/azurelinux-3.0-oval.xml.zst", 1005),
    "azure-linux mariner": ("oval/cbl-mariner-1.0-oval.xml.zst", 2149),
    "kubernetes-osv list": ("kubernetes/vuln-list-k8s-2024-09-16.tar.zst", 44),
    # 47,157 files; the rest name no release that is known here, or are of "ignored".
    "ubuntu-tracker": ("ubuntu/ubuntu-cve-tracker-2024-02-16.tar.zst", 34_627),
    "kev": ("kev/known_exploited_vulnerabilities.json.gz", 1662),
    "epss": ("epss/epss_scores-2026-08-16.emba.csv.gz", 360_142),
    "ssvc": ("ssvc/cisa-vulnrichment-2024-10-24.tar.zst", 44_026),
    # 5,891 pairs are in the README; a line that says "revert", "reintroduced" and the like is no fix to us.
    "debian-changelogs": ("debian/changelogs.tar.zst", 5886),
    "go-vulndb": ("osv/Go/all.zip", 4291),
    # 100 submissions are about 79 CVEs.
    "kernelctf": ("kernel/kernelctf-metadata-2026-08-07.tar.zst", 79),
    # The README counts 32,185; the archive has that many members with the folder `data/`.
    "nvd-overrides": ("nvd/anchore-nvd-data-overrides-2026-08-21.tar.zst", 32_184),
    # 7,228 release lines with a day, of 463 products.
    "endoflife": ("endoflife/endoflife.date-products-2026-08-22.tar.zst", 7228),
    "ubuntu-vex": ("ubuntu/ubuntu-vex-osv-samples.tar.zst", 2),
    # 468 advisories about npm's packages, less one whose range is no npm expression, and Node.js's own 171.
    "nodejs-security-wg": ("lang/nodejs-security-wg-2026-04-08.tar.zst", (467, 171)),
    "photon-oval": ("oval/com.vmware.phsa-photon3.xml.zst", 497),
    "kubernetes-osv": ("kubernetes/cve-feed-osv-2024-11-18.tar.zst", 47),
    "kernel-cna": ("kernel/kernel-cna-cve5-2024-10-24.ndjson.zst", 3727),
    # Two documents are broken on purpose, two are about layered products only, the rest are lists of deletions.
    "redhat-vex": ("redhat/claircore-rhel-vex-samples.tar.zst", 4),
}


@pytest.mark.parametrize("slug", FILES)
def test_a_feeds_published_file_loads_whole(tmp_path: Path, slug: str) -> None:
    path, records = FILES[slug]
    item = plugin("FEED", slug.partition(" ")[0])
    assert item is not None
    module = cast("FeedModule", item.load())
    with serving(DATA / path.rpartition("/")[0]) as server:
        bucket = open_bucket(f"{server.url}/{path.rpartition('/')[2]}")
        done = Update(str(tmp_path / "db"), "2026-11-24T00:00:00Z").run([Source(module, bucket)])
    assert tuple(item.written for item in done.imported) == (records if isinstance(records, tuple) else (records,))


def test_debians_runc_has_the_fix_that_upstreams_range_denies(tmp_path: Path) -> None:
    """The changelogs of bookworm's own packages against a range of upstream's versions."""
    upstream = record("GO-2024-2491", "runc", "Debian:12", fixed="1.1.12", aliases=["CVE-2024-21626"])
    later = record("GO-2025-4096", "runc", "Debian:12", fixed="1.2.8", aliases=["CVE-2025-31133"])
    filled(
        tmp_path / "db",
        (osv, made_bucket(tmp_path / "osv", {"Debian": [upstream, later]})),
        (debian_changelogs, DATA / "debian" / "changelogs.tar.zst"),
    )
    found = matched_package(tmp_path / "db", package("Debian:12", "runc", "1.1.5+ds1-1+deb12u1"))
    assert [item.advisory.id for item in found.matches] == ["CVE-2025-31133"]
    assert [item.match.advisory.id for item in found.overruled] == ["CVE-2024-21626"]


def matched(store: str, ecosystem: str, name: str, version: str) -> set[str]:
    package = Package(purl="", name=name, version=version, ecosystem=ecosystem)
    with open_store(store) as opened:
        found = match((package,), opened, schemes())
    assert not found.unmatched
    assert not found.not_assessed
    return {text for item in found.matches for text in (item.advisory.id, *item.advisory.aliases)}


def test_go_records_name_the_functions_with_the_fault(store: str) -> None:
    with open_store(store) as opened:
        (record_,) = (item for item in opened.named("GO-2023-2102"))
        assert "net/http.Server.Serve" in record_.affected[0].symbols
        rows = opened.connection.execute("SELECT number FROM advisory WHERE ecosystem = 'Go'").fetchall()
        entries = [entry for row in rows for entry in opened.advisory(row[0]).affected]
    assert sum(bool(entry.symbols) for entry in entries) > 1000


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
