"""Known ways to match packages wrongly, each a test. They come from the faults of other scanners, told in their issues."""

from pathlib import Path
from typing import Any

import pytest

from ringfence.advisories.feeds import alpine_secdb, debian_changelogs, debian_tracker, osv
from ringfence.advisories.kernel_packages import is_kernel
from ringfence.advisories.match import Matching
from ringfence.formats import dpkg
from ringfence.model.advisory import FixState
from ringfence.model.finding import Severity
from worlds.advisories import bucket, record
from worlds.archives import tar_zst
from worlds.store import filled, matched, package, written


def ids(found: Matching) -> set[str]:
    return {item.advisory.id for item in found.matches}


def tracker(folder: Path, *lines: tuple[str, str, dict[str, Any]], release: str = "bookworm") -> Path:
    held: dict[str, dict[str, Any]] = {}
    for name, cve, line in lines:
        held.setdefault(name, {})[cve] = {"description": f"about {name}", "releases": {release: line}}
    return written(folder / "json", held)


def open_line(**more: object) -> dict[str, Any]:
    return {"status": "open", "repositories": {"bookworm": "1.0-1"}, "urgency": "not yet assigned", **more}


def fixed_line(version: str, have: str = "", **more: object) -> dict[str, Any]:
    repositories = {"bookworm": have or version}
    return {"status": "resolved", "fixed_version": version, "repositories": repositories, "urgency": "low", **more}


def test_the_source_package_is_what_advisories_name(tmp_path: Path) -> None:
    filled(tmp_path / "db", (debian_tracker, tracker(tmp_path, ("openssl", "CVE-2024-0001", fixed_line("3.0.13-1")))))
    binary = package("Debian:12", "libssl3", "3.0.11-1+b1", source_name="openssl", source_version="3.0.11-1")
    assert ids(matched(tmp_path / "db", binary)) == {"CVE-2024-0001"}
    assert not ids(matched(tmp_path / "db", package("Debian:12", "libssl3", "3.0.11-1")))


def test_the_source_version_counts_and_not_the_binary_one(tmp_path: Path) -> None:
    """A binary's version may have an epoch or a rebuild that its source has not (`Source: gcc-12 (12.2.0-14)`)."""
    filled(tmp_path / "db", (debian_tracker, tracker(tmp_path, ("gcc-12", "CVE-2024-0002", fixed_line("12.3.0-1")))))
    binary = package("Debian:12", "cpp", "4:12.9.9-1", source_name="gcc-12", source_version="12.2.0-14")
    assert ids(matched(tmp_path / "db", binary)) == {"CVE-2024-0002"}


STATES = [
    (open_line(), FixState.AFFECTED, "", Severity.UNKNOWN),
    (open_line(nodsa="Minor issue", nodsa_reason=""), FixState.AFFECTED, "no-dsa: Minor issue", Severity.UNKNOWN),
    (open_line(nodsa="Later", nodsa_reason="postponed"), FixState.DEFERRED, "postponed: Later", Severity.UNKNOWN),
    (open_line(nodsa="Intrusive", nodsa_reason="ignored"), FixState.WILL_NOT_FIX, "ignored: Intrusive", Severity.UNKNOWN),
    (open_line(urgency="unimportant"), FixState.AFFECTED, "unimportant", Severity.NEGLIGIBLE),
    (open_line(urgency="end-of-life"), FixState.END_OF_LIFE, "", Severity.UNKNOWN),
    (open_line(status="undetermined"), FixState.UNDER_INVESTIGATION, "", Severity.UNKNOWN),
    (fixed_line("2.0-1"), FixState.FIXED, "", Severity.LOW),
    (fixed_line("2.0-1", have="1.0-1"), FixState.PENDING, "", Severity.LOW),
    (fixed_line("2.0-1", urgency="high**"), FixState.FIXED, "", Severity.UNKNOWN),
]


@pytest.mark.parametrize(("line", "state", "note", "severity"), STATES)
def test_every_state_of_debian_is_kept(
    tmp_path: Path, line: dict[str, Any], state: FixState, note: str, severity: Severity
) -> None:
    filled(tmp_path / "db", (debian_tracker, tracker(tmp_path, ("a", "CVE-2024-0003", line))))
    (found,) = matched(tmp_path / "db", package("Debian:12", "a", "1.0-1")).matches
    assert (found.state, found.note, found.severity) == (state, note, severity)
    assert found.decided == "debian-tracker CVE-2024-0003: Debian:12 a 1.0-1 is in its range"


def test_a_fix_that_is_announced_and_not_in_the_archive_is_pending(tmp_path: Path) -> None:
    filled(tmp_path / "db", (debian_tracker, tracker(tmp_path, ("a", "CVE-2024-0004", fixed_line("2.0-1", have="1.5-1")))))
    (found,) = matched(tmp_path / "db", package("Debian:12", "a", "1.5-1")).matches
    assert (found.state, found.fixed_version) == (FixState.PENDING, "2.0-1")


def test_zero_is_never_affected_and_says_so_against_others(tmp_path: Path) -> None:
    copied = record("DEBIAN-CVE-2024-0005", "a", "Debian:12", fixed="", aliases=["CVE-2024-0005"])
    filled(
        tmp_path / "db",
        (debian_tracker, tracker(tmp_path, ("a", "CVE-2024-0005", fixed_line("0", have="1.0-1")))),
        (osv, bucket(tmp_path / "osv", {"Debian": [copied]})),
    )
    found = matched(tmp_path / "db", package("Debian:12", "a", "1.0-1"))
    assert not found.matches
    (seen,) = found.overruled
    assert (seen.match.advisory.id, seen.by) == ("CVE-2024-0005", "debian-tracker CVE-2024-0005")


def test_the_publisher_decides_against_a_copy_that_lags(tmp_path: Path) -> None:
    copied = record("DEBIAN-CVE-2024-0006", "a", "Debian:12", fixed="9.0", aliases=["CVE-2024-0006"])
    filled(
        tmp_path / "db",
        (debian_tracker, tracker(tmp_path, ("a", "CVE-2024-0006", fixed_line("1.5-1")))),
        (osv, bucket(tmp_path / "osv", {"Debian": [copied]})),
    )
    assert not matched(tmp_path / "db", package("Debian:12", "a", "1.6-1")).matches
    (found,) = matched(tmp_path / "db", package("Debian:12", "a", "1.0-1")).matches
    assert found.fixed_version == "1.5-1"


RUNC = """runc (1.1.5+ds1-1+deb12u1) bookworm-security; urgency=high

  * CVE-2024-21626: several container breakouts due to internally leaked fds

 -- A Person <a@example.org>  Fri, 02 Feb 2024 21:53:05 +0800
"""


def test_a_backport_is_seen_in_the_changelog_though_upstreams_range_says_affected(tmp_path: Path) -> None:
    """Debian's runc 1.1.5+ds1-1+deb12u1 has the fix of CVE-2024-21626; upstream's is 1.1.12."""
    (tmp_path / "changes").mkdir()
    tar_zst(tmp_path / "changes" / debian_changelogs.FILE, {"runc.changelog": RUNC.encode()})
    upstream = record("GO-2024-2491", "runc", "Debian:12", fixed="1.1.12", aliases=["CVE-2024-21626"])
    other = record("GO-2025-0001", "runc", "Debian:12", fixed="1.2.8", aliases=["CVE-2025-31133"])
    filled(
        tmp_path / "db",
        (osv, bucket(tmp_path / "osv", {"Debian": [upstream, other]})),
        (debian_changelogs, tmp_path / "changes"),
    )
    mended = matched(tmp_path / "db", package("Debian:12", "runc", "1.1.5+ds1-1+deb12u1"))
    assert ids(mended) == {"CVE-2025-31133"}
    (seen,) = mended.overruled
    assert (seen.match.advisory.id, seen.by) == ("CVE-2024-21626", "debian-changelogs runc:CVE-2024-21626")
    assert seen.reason == "Debian's changelog of runc names it, in 1.1.5+ds1-1+deb12u1"
    before = matched(tmp_path / "db", package("Debian:12", "runc", "1.1.5+ds1-1"))
    assert ids(before) == {"CVE-2024-21626", "CVE-2025-31133"}


def test_a_changelog_does_not_overrule_the_publishers_own_fix(tmp_path: Path) -> None:
    (tmp_path / "changes").mkdir()
    text = "a (1.5-1) bookworm; urgency=low\n\n  * Part of CVE-2024-0007\n"
    tar_zst(tmp_path / "changes" / debian_changelogs.FILE, {"a.changelog": text.encode()})
    filled(
        tmp_path / "db",
        (debian_tracker, tracker(tmp_path, ("a", "CVE-2024-0007", fixed_line("1.7-1")))),
        (debian_changelogs, tmp_path / "changes"),
    )
    assert ids(matched(tmp_path / "db", package("Debian:12", "a", "1.6-1"))) == {"CVE-2024-0007"}


def test_a_changelog_alone_is_no_data(tmp_path: Path) -> None:
    (tmp_path / "changes").mkdir()
    tar_zst(tmp_path / "changes" / debian_changelogs.FILE, {"runc.changelog": RUNC.encode()})
    filled(tmp_path / "db", (debian_changelogs, tmp_path / "changes"))
    assert matched(tmp_path / "db", package("Debian:12", "runc", "1.1.5")).not_assessed


def test_a_fix_for_subscribers_is_a_state_of_its_own(tmp_path: Path) -> None:
    """Ubuntu: nobody has it free, Ubuntu Pro has it; who has Pro's package has the fix."""
    free = record("UBUNTU-CVE-1", "wayland", "Ubuntu:16.04:LTS", fixed="", upstream=["CVE-2021-3782"])
    pro = record("x", "wayland", "Ubuntu:Pro:16.04:LTS", fixed="1.12.0-1~ubuntu16.04.3+esm1")
    both = {**free, "affected": [*free["affected"], *pro["affected"]]}
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"Ubuntu": [both]})))
    (found,) = matched(tmp_path / "db", package("Ubuntu:16.04", "wayland", "1.12.0-1~ubuntu16.04.3")).matches
    assert found.state is FixState.NEEDS_SUBSCRIPTION
    assert found.fixed_version == "1.12.0-1~ubuntu16.04.3+esm1"
    assert not matched(tmp_path / "db", package("Ubuntu:16.04", "wayland", "1.12.0-1~ubuntu16.04.3+esm1")).matches
    only_pro = bucket(tmp_path / "pro", {"Ubuntu": [{**pro, "id": "UBUNTU-CVE-2"}]})
    filled(tmp_path / "db2", (osv, only_pro))
    (told,) = matched(tmp_path / "db2", package("Ubuntu:16.04", "wayland", "1.11.0-1")).matches
    assert told.state is FixState.NEEDS_SUBSCRIPTION


SECDB = {
    "distroversion": "v3.18",
    "reponame": "main",
    "packages": [
        {
            "pkg": {
                "name": "util-linux",
                "secfixes": {
                    "2.28-r1": ["CVE-2017-2616 (+ regression fix)"],
                    "2.30-r0": ["CVE_2019-1234 GHSA-aaaa-bbbb-cccc", "CVE-2026-291i67"],
                    "0": ["CVE-2020-9999"],
                },
            }
        }
    ],
}


def test_alpine_zero_origin_and_dirty_ids(tmp_path: Path) -> None:
    written(tmp_path / "secdb" / "v3.18" / "main.json", SECDB)
    filled(tmp_path / "db", (alpine_secdb, tmp_path / "secdb"))
    old = package("Alpine:v3.18", "libuuid", "2.27-r0", source_name="util-linux")
    found = matched(tmp_path / "db", old)
    assert ids(found) == {"CVE-2017-2616", "CVE-2019-1234", "GHSA-aaaa-bbbb-cccc", "CVE-2026-291i67"}
    assert not matched(tmp_path / "db", package("Alpine:v3.18", "util-linux", "2.30-r0")).matches


def test_packages_of_two_releases_in_one_image_are_judged_each_by_its_own(tmp_path: Path) -> None:
    edge = {
        **SECDB,
        "distroversion": "edge",
        "packages": [{"pkg": {"name": "util-linux", "secfixes": {"3.0-r0": ["CVE-2026-1111"]}}}],
    }
    written(tmp_path / "secdb" / "v3.18" / "main.json", SECDB)
    written(tmp_path / "secdb" / "edge" / "main.json", edge)
    filled(tmp_path / "db", (alpine_secdb, tmp_path / "secdb"))
    found = matched(
        tmp_path / "db", package("Alpine:v3.18", "util-linux", "2.29-r0"), package("Alpine:edge", "util-linux", "2.29-r0")
    )
    by = {(item.package.ecosystem, item.advisory.id) for item in found.matches}
    assert ("Alpine:edge", "CVE-2026-1111") in by
    assert ("Alpine:v3.18", "CVE-2026-1111") not in by
    assert ("Alpine:v3.18", "CVE-2019-1234") in by


@pytest.mark.parametrize(
    ("ecosystem", "name", "wanted"),
    [
        ("Debian:12", "linux", True),
        ("Debian:12", "linux-signed-amd64", True),
        ("Debian:12", "linux-base", False),
        ("Debian:12", "linuxptp", False),
        ("Debian:12", "util-linux", False),
        ("Ubuntu:22.04", "linux-hwe-6.8", True),
        ("Ubuntu:22.04", "linux-aws", True),
        ("Ubuntu:22.04", "linux-firmware", False),
        ("Alpine:v3.18", "linux-headers", True),
        ("Alpine:v3.18", "linux-pam", False),
        ("AlmaLinux:9", "kernel-headers", True),
        ("AlmaLinux:9", "kernelshark", False),
        ("PyPI", "linux", False),
    ],
)
def test_the_kernels_headers_in_an_image_are_the_kernel(ecosystem: str, name: str, wanted: bool) -> None:
    assert is_kernel(package(ecosystem, "x", "1", source_name=name)) is wanted


def test_an_unknown_or_ended_release_is_not_assessed_and_never_clean(tmp_path: Path) -> None:
    filled(tmp_path / "db", (debian_tracker, tracker(tmp_path, ("a", "CVE-2024-0008", open_line()))))
    for ecosystem in ("Debian:8", "Debian", "Debian:sid", "arch", ""):
        found = matched(tmp_path / "db", package(ecosystem, "a", "1.0-1"))
        assert not found.matches
        assert found.not_assessed[0].packages == 1


def test_a_version_without_an_order_is_told_and_never_clean(tmp_path: Path) -> None:
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"Go": [record("GO-1", "example.org/a", "Go")]})))
    for version in ("(devel)", "", "unknown"):
        found = matched(tmp_path / "db", package("Go", "example.org/a", version))
        assert "no order" in found.unmatched[0].why


def test_what_is_not_installed_does_not_count_and_two_architectures_are_two_packages() -> None:
    status = b"\n".join(
        b"Package: %s\nVersion: 1.0\nArchitecture: %s\nStatus: %s\n" % item
        for item in [
            (b"removed", b"amd64", b"deinstall ok config-files"),
            (b"held", b"amd64", b"hold ok installed"),
            (b"libc6", b"amd64", b"install ok installed"),
            (b"libc6", b"i386", b"install ok installed"),
        ]
    )
    assert [(item.name, item.arch) for item in dpkg.parse(status)] == [
        ("held", "amd64"),
        ("libc6", "amd64"),
        ("libc6", "i386"),
    ]


def test_one_vulnerability_under_many_ids_is_one_match_that_keeps_them_all(tmp_path: Path) -> None:
    records = [
        record("GHSA-1", "a", aliases=["CVE-2024-0009"]),
        record("PYSEC-1", "a", aliases=["CVE-2024-0009"], fixed="3.0"),
        record("SNYK-1", "a", aliases=["PYSEC-1"]),
        record("PYSEC-2", "a"),
    ]
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"PyPI": records})))
    found = matched(tmp_path / "db", package("PyPI", "a", "1.0"))
    assert ids(found) == {"CVE-2024-0009", "PYSEC-2"}
    one = next(item for item in found.matches if item.advisory.id == "CVE-2024-0009")
    assert set(one.advisory.aliases) == {"GHSA-1", "PYSEC-1", "SNYK-1"}
    assert one.fixed_version == "3.0"


def test_a_withdrawn_record_never_matches(tmp_path: Path) -> None:
    gone = record("PYSEC-1", "a", withdrawn="2024-01-01T00:00:00Z")
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"PyPI": [gone]})))
    assert matched(tmp_path / "db", package("PyPI", "a", "1.0")) == Matching()
