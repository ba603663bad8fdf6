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

PITFALLS = {
    "1 source against binary package, source version": (
        "advisories/test_pitfalls.py::test_the_source_package_is_what_advisories_name",
        "advisories/test_pitfalls.py::test_the_source_version_counts_and_not_the_binary_one",
    ),
    "2 an epoch that one side lacks": ("advisories/test_pitfalls.py::test_an_rpm_is_compared_by_its_own_epoch",),
    "3 versions with ~, ^, epochs and letters": (
        "versions/test_schemes.py::test_examples_of_the_specification",
        "live/test_version_tools.py::test_dpkg",
        "live/test_version_tools.py::test_rpm",
    ),
    "4 module streams": (
        "advisories/test_pitfalls.py::test_module_streams_and_plain_builds_never_meet",
        "advisories/test_distribution_feeds.py::test_red_hat_not_affected_and_module_streams_apart",
    ),
    "5 Debian's states": ("advisories/test_pitfalls.py::test_every_state_of_debian_is_kept",),
    "6 a fix that is announced and not in the archive": (
        "advisories/test_pitfalls.py::test_a_fix_that_is_announced_and_not_in_the_archive_is_pending",
    ),
    "7 fixes for subscribers (ESM)": (
        "advisories/test_pitfalls.py::test_a_fix_for_subscribers_is_a_state_of_its_own",
        "advisories/test_vendor_feeds.py::test_a_suse_fix_counts_for_its_own_service_pack_only",
    ),
    "8 Alpine's 0, edge, origin packages": (
        "advisories/test_pitfalls.py::test_alpine_zero_origin_and_dirty_ids",
        "advisories/test_pitfalls.py::test_zero_is_never_affected_and_says_so_against_others",
    ),
    "9 mixed repositories": (
        "advisories/test_pitfalls.py::test_packages_of_two_releases_in_one_image_are_judged_each_by_its_own",
    ),
    "10 language packages owned by an OS package": (
        "engine/test_vulnerabilities.py::test_a_language_package_of_an_os_package_is_judged_as_that_where_its_distribution_has_data",
        "engine/test_vulnerabilities.py::test_without_its_distributions_data_the_owners_changelog_speaks_for_it",
    ),
    "11 kernel headers in an image": (
        "advisories/test_pitfalls.py::test_the_kernels_headers_in_an_image_are_the_kernel",
        "engine/test_vulnerabilities.py::test_the_kernels_headers_in_an_image_are_told_and_suppressed",
    ),
    "12 Go's standard library, main module and functions": (
        "advisories/test_pitfalls.py::test_gos_standard_library_by_every_way_its_version_is_written",
        "advisories/test_pitfalls.py::test_a_version_without_an_order_is_told_and_never_clean",
        "layers/image/collect/test_ecosystems.py::test_a_go_program_has_the_version_its_linker_was_told",
        "engine/test_vulnerabilities.py::test_a_go_fault_whose_functions_are_not_in_the_program_is_suppressed_with_their_names",
    ),
    "13 jars whose group is not known": (
        "advisories/test_pitfalls.py::test_a_jar_without_a_group_is_told_and_never_guessed",
    ),
    "14 guessed CPE names": ("advisories/test_vendor_feeds.py::test_no_package_is_matched_by_a_guessed_cpe_name",),
    "15 ended distributions": (
        "layers/test_check_cases.py::test_every_check_has_a_bad_a_good_and_an_unknown_case",
        "engine/test_support.py::test_the_stores_dates_and_lists_are_put_into_the_facts",
    ),
    "16 unknown distributions": (
        "advisories/test_pitfalls.py::test_an_unknown_or_ended_release_is_not_assessed_and_never_clean",
        "engine/test_vulnerabilities.py::test_what_is_not_assessed_is_a_problem_of_the_run",
    ),
    "17 packages of third parties": (
        "advisories/test_pitfalls.py::test_a_third_partys_package_meets_no_record_of_another_that_has_its_version",
    ),
    "18 what dpkg does not count as installed, two architectures": (
        "advisories/test_pitfalls.py::test_what_is_not_installed_does_not_count_and_two_architectures_are_two_packages",
    ),
    "19 deleted, replaced and brought back files": (
        "layers/image/collect/test_layers.py::test_a_database_replaced_by_a_later_layer_is_the_one_that_counts",
        "layers/image/collect/test_layers.py::test_a_file_brought_back_is_not_deleted",
        "layers/image/collect/test_layers.py::test_an_opaque_folder_hides_what_is_below_and_shows_its_own",
    ),
    "20 one vulnerability under many ids, withdrawn records": (
        "advisories/test_pitfalls.py::test_one_vulnerability_under_many_ids_is_one_match_that_keeps_them_all",
        "advisories/test_pitfalls.py::test_a_withdrawn_record_never_matches",
    ),
}
"""The twenty ways that other scanners are known to match wrongly, and the tests that hold each."""


def test_every_pitfall_has_its_tests() -> None:
    assert [int(name.partition(" ")[0]) for name in PITFALLS] == list(range(1, 21))
    tests = Path(__file__).parents[1]
    for name, held in PITFALLS.items():
        for where in held:
            path, _, function = where.partition("::")
            assert f"def {function}(" in (tests / path).read_text(), (name, where)


def test_an_rpm_is_compared_by_its_own_epoch(tmp_path: Path) -> None:
    """perl's libraries have an epoch that the source rpm's file name lacks: only the binary's own is ever compared."""
    fixed = record("ALSA-2024:1", "perl-libs", "AlmaLinux:9", fixed="4:5.32.1-481.el9")
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"AlmaLinux": [fixed]})))
    source = "perl-5.32.1-480.el9.src.rpm"
    for version, wanted in (("4:5.32.1-480.el9", 1), ("4:5.32.1-481.el9", 0)):
        held = package("AlmaLinux:9", "perl-libs", version, source_name="perl", source_version=source)
        assert len(matched(tmp_path / "db", held).matches) == wanted


def test_module_streams_and_plain_builds_never_meet(tmp_path: Path) -> None:
    modular = record("ALSA-2024:2", "npm", "AlmaLinux:8", fixed="1:8.19.4-1.18.17.1.1.module_el8.8.0+3613+1ed8c91d")
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"AlmaLinux": [modular]})))
    plain = package("AlmaLinux:8", "npm", "1:6.14.11-1.el8")
    assert not matched(tmp_path / "db", plain).matches
    stream = package("AlmaLinux:8", "npm", "1:8.19.2-1.18.14.2.2.module_el8.7.0+3370+1ed8c91d")
    assert ids(matched(tmp_path / "db", stream)) == {"ALSA-2024:2"}


def test_gos_standard_library_by_every_way_its_version_is_written(tmp_path: Path) -> None:
    fault = record("GO-2023-1", "stdlib", "Go", fixed="1.21.3")
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"Go": [fault]})))
    for version, wanted in (("1.21.2", 1), ("1.21", 1), ("1.21.0-rc.2", 1), ("1.21.3", 0), ("1.22.0", 0)):
        assert len(matched(tmp_path / "db", package("Go", "stdlib", version)).matches) == wanted, version


def test_a_jar_without_a_group_is_told_and_never_guessed(tmp_path: Path) -> None:
    fault = record("GHSA-1", "org.example:core", "Maven", fixed="2.0")
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"Maven": [fault]})))
    found = matched(tmp_path / "db", package("Maven", "core", "1.0"))
    assert not found.matches
    assert "group of the artifact is not known" in found.unmatched[0].why
    assert ids(matched(tmp_path / "db", package("Maven", "org.example:core", "1.0"))) == {"GHSA-1"}


def test_a_third_partys_package_meets_no_record_of_another_that_has_its_version(tmp_path: Path) -> None:
    """Docker's own docker-ce is not Debian's docker.io: another name, another source, so none of its records."""
    filled(tmp_path / "db", (debian_tracker, tracker(tmp_path, ("docker.io", "CVE-2024-1", open_line()))))
    foreign = package("Debian:12", "docker-ce", "5:24.0.7-1~debian.12~bookworm", source_name="docker-ce")
    assert matched(tmp_path / "db", foreign) == Matching()


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


def test_a_changelog_of_this_release_tells_that_an_upload_is_missing_and_makes_nothing_assessed(tmp_path: Path) -> None:
    (tmp_path / "changes").mkdir()
    texts = {
        "runc.changelog": RUNC,
        "less.changelog": "less (590-2.1) unstable; urgency=high\n\n  * CVE-2022-48624: quote in close_altfile\n",
        "redis.changelog": "redis (5:7.0.15-1~deb12u10) bookworm-security; urgency=high\n\n  * CVE-2026-92925: x\n",
    }
    tar_zst(tmp_path / "changes" / debian_changelogs.FILE, {name: text.encode() for name, text in texts.items()})
    filled(tmp_path / "db", (debian_changelogs, tmp_path / "changes"))
    found = matched(tmp_path / "db", package("Debian:12", "runc", "1.1.5+ds1-1"))
    (hit,) = found.matches
    assert (hit.advisory.id, hit.fixed_version, hit.note) == (
        "CVE-2024-21626",
        "1.1.5+ds1-1+deb12u1",
        "told by a changelog only",
    )
    assert found.not_assessed
    # The upload was for bookworm: it says nothing of bullseye's lower version.
    assert not matched(tmp_path / "db", package("Debian:11", "runc", "1.0.0~rc93+ds1-5")).matches
    # A rebuild for an older release sorts before what it was built from, and has all of its fixes.
    assert not matched(tmp_path / "db", package("Debian:12", "less", "590-2.1~deb12u2")).matches
    # But a later rebuild of the same version has more than an earlier one.
    assert ids(matched(tmp_path / "db", package("Debian:12", "redis", "5:7.0.15-1~deb12u7"))) == {"CVE-2026-92925"}
    assert not matched(tmp_path / "db", package("Debian:12", "redis", "5:7.0.15-1~deb12u10")).matches


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
