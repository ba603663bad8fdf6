"""What a match is worth in its place: suppressed with a reason, never dropped."""

from pathlib import Path

import pytest

from ringfence.advisories.feeds import debian_changelogs, debian_tracker, osv
from ringfence.engine.storeys import Gathered
from ringfence.engine.vulnerabilities import assess
from ringfence.formats.go_pclntab import fingerprint
from ringfence.layers.image.facts import Facts
from ringfence.model.finding import Finding, Storey
from ringfence.model.package import Package
from worlds.advisories import bucket, record
from worlds.archives import tar_zst
from worlds.store import filled, written

SYMBOLS = {"imports": [{"path": "net/http", "symbols": ["Server.Serve", "Client.Do"]}]}


def image(*packages: Package) -> tuple[Gathered, ...]:
    facts = Facts(reference="app:1", digest="", collected_on="2026-11-24", packages=packages)
    return (Gathered(Storey.IMAGE, "dir", "app:1", facts),)


def found(db: Path, *packages: Package) -> tuple[Finding, ...]:
    return assess(image(*packages), str(db)).findings


def go(version: str = "1.21.0", linked: str = "") -> Package:
    return Package(purl=f"pkg:golang/stdlib@{version}", name="stdlib", version=version, ecosystem="Go", linked=linked)


@pytest.fixture
def go_store(tmp_path: Path) -> Path:
    fault = record("GO-2023-1", "stdlib", "Go", fixed="1.21.3", aliases=["CVE-2023-1"])
    fault["affected"][0]["ecosystem_specific"] = SYMBOLS
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"Go": [fault]})))
    return tmp_path / "db"


def test_a_go_fault_whose_functions_are_not_in_the_program_is_suppressed_with_their_names(go_store: Path) -> None:
    (seen,) = found(go_store, go(linked=fingerprint(["net/url", "net/url.Parse"])))
    assert seen.suppressed is not None
    assert seen.suppressed.by == "go-symbols"
    assert "net/http.Server.Serve, net/http.Client.Do" in seen.suppressed.reason


def test_a_go_fault_whose_functions_are_there_or_not_known_stays(go_store: Path) -> None:
    (here,) = found(go_store, go(linked=fingerprint(["net/http", "net/http.Client.Do"])))
    assert here.suppressed is None
    assert here.evidence is not None
    assert "linked into the program: net/http.Client.Do" in here.evidence.seen
    (unknown,) = found(go_store, go())
    assert unknown.suppressed is None
    assert unknown.evidence is not None
    assert "which functions are linked into the program is not known" in unknown.evidence.seen


def debian(name: str, version: str, source: str = "") -> Package:
    purl = f"pkg:deb/debian/{name}@{version}?distro=debian-12"
    return Package(purl=purl, name=name, version=version, ecosystem="Debian:12", source_name=source)


def python(owner: Package) -> Package:
    return Package(purl="pkg:pypi/idna@3.3", name="idna", version="3.3", ecosystem="PyPI", owned_by=owner.purl)


IDNA = [record("PYSEC-1", "idna", aliases=["CVE-2024-3651"], fixed="3.7"), record("PYSEC-2", "idna", fixed="3.9")]


def test_a_language_package_of_an_os_package_is_judged_as_that_where_its_distribution_has_data(tmp_path: Path) -> None:
    line = {"status": "open", "repositories": {"bookworm": "1"}, "urgency": "low"}
    tracker = written(tmp_path / "json", {"other": {"CVE-1": {"releases": {"bookworm": line}}}})
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"PyPI": IDNA})), (debian_tracker, tracker))
    owner = debian("python3-idna", "3.3-1+deb12u1", "python-idna")
    held = found(tmp_path / "db", owner, python(owner))
    assert {item.suppressed.by for item in held if item.suppressed} == {"owned-by-os-package"}
    assert len(held) == 2


def test_without_its_distributions_data_the_owners_changelog_speaks_for_it(tmp_path: Path) -> None:
    text = b"python-idna (3.3-1+deb12u1) bookworm; urgency=high\n\n  * CVE-2024-3651: quadratic complexity\n"
    tar_zst(tmp_path / "changes.tar.zst", {"python-idna.changelog": text})
    filled(
        tmp_path / "db",
        (osv, bucket(tmp_path / "osv", {"PyPI": IDNA})),
        (debian_changelogs, tmp_path / "changes.tar.zst"),
    )
    owner = debian("python3-idna", "3.3-1+deb12u1", "python-idna")
    held = {item.rule: item.suppressed for item in found(tmp_path / "db", owner, python(owner))}
    mended = held["CVE-2024-3651"]
    assert mended is not None
    assert mended.reason.endswith("says to have mended it, in 3.3-1+deb12u1")
    assert held["PYSEC-2"] is None


def test_the_kernels_headers_in_an_image_are_told_and_suppressed(tmp_path: Path) -> None:
    line = {"status": "open", "repositories": {"bookworm": "6.1.1-1"}, "urgency": "low"}
    tracker = written(tmp_path / "json", {"linux": {"CVE-2024-1": {"releases": {"bookworm": line}}}})
    filled(tmp_path / "db", (debian_tracker, tracker))
    (seen,) = found(tmp_path / "db", debian("linux-libc-dev", "6.1.1-1", "linux"))
    assert seen.suppressed is not None
    assert seen.suppressed.by == "kernel-package-in-image"


def test_what_is_not_assessed_is_a_problem_of_the_run(tmp_path: Path) -> None:
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"PyPI": IDNA})))
    told = assess(image(debian("less", "590"), go()), str(tmp_path / "db"))
    assert [problem.where for problem in told.problems] == ["Debian:12", "Go"]
    assert not told.findings


def test_a_go_fault_of_another_system_is_none_of_a_program_for_linux(tmp_path: Path) -> None:
    fault = record("GO-2023-2", "stdlib", "Go", fixed="1.21.4")
    windows = {"path": "path/filepath", "goos": ["windows"], "symbols": ["Clean"]}
    fault["affected"][0]["ecosystem_specific"] = {"imports": [windows]}
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"Go": [fault]})))
    (seen,) = found(tmp_path / "db", go(linked=fingerprint(["path/filepath", "path/filepath.Clean"])))
    assert seen.suppressed is not None
    assert seen.suppressed.reason.endswith("path/filepath.Clean (windows only)")
