"""SUSE, Amazon, Ubuntu's VEX, NVD: vendors' own formats, in small documents of the same form."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ringfence.advisories.feeds import amazon_updateinfo, nvd, nvd_overrides, suse_oval, ubuntu_vex
from ringfence.advisories.match import Matching
from ringfence.engine import advising
from ringfence.errors import Unavailable
from ringfence.model.advisory import FixState
from worlds.archives import tar_zst
from worlds.store import filled, matched, package

NAMESPACE = "http://oval.mitre.org/XMLSchema/oval-definitions-5"
SUSE = f"""<oval_definitions xmlns="{NAMESPACE}"><definitions>
<definition id="d1"><metadata><title>CVE-2021-29154</title><reference ref_id="Mitre CVE-2021-29154" source="CVE"/>
 <advisory><severity>Important</severity></advisory></metadata>
 <criteria operator="OR">
  <criteria operator="AND"><criterion test_ref="ltss"/>
   <criteria operator="OR"><criterion test_ref="old"/></criteria></criteria>
  <criteria operator="AND"><criteria operator="OR"><criterion test_ref="sp6"/><criterion test_ref="module"/></criteria>
   <criteria operator="OR"><criterion test_ref="new"/><criterion test_ref="patch"/></criteria></criteria>
 </criteria></definition>
<definition id="d2"><metadata><title>CVE-2026-34073</title><reference ref_id="Mitre CVE-2026-34073" source="CVE"/></metadata>
 <criteria operator="AND"><criterion test_ref="sp6"/><criterion test_ref="open"/></criteria></definition>
<definition id="d3"><metadata><title>CVE-1999-0524</title><reference ref_id="Mitre CVE-1999-0524" source="CVE"/></metadata>
 <criteria operator="AND"><criterion test_ref="sp6"/><criterion test_ref="never"/></criteria></definition>
</definitions><tests>
<rpminfo_test id="ltss"><object object_ref="oltss"/><state state_ref="s15"/></rpminfo_test>
<rpminfo_test id="sp6"><object object_ref="osles"/><state state_ref="s156"/></rpminfo_test>
<rpminfo_test id="module"><object object_ref="omodule"/><state state_ref="s156"/></rpminfo_test>
<rpminfo_test id="old"><object object_ref="okernel"/><state state_ref="sold"/></rpminfo_test>
<rpminfo_test id="new"><object object_ref="okernel"/><state state_ref="snew"/></rpminfo_test>
<rpminfo_test id="patch"><object object_ref="opatch"/><state state_ref="snew"/></rpminfo_test>
<rpminfo_test id="open"><object object_ref="opython"/><state state_ref="sopen"/></rpminfo_test>
<rpminfo_test id="never"><object object_ref="okernel"/><state state_ref="snever"/></rpminfo_test>
</tests><objects>
<rpminfo_object id="oltss"><name>sles-ltss-release</name></rpminfo_object>
<rpminfo_object id="osles"><name>sles-release</name></rpminfo_object>
<rpminfo_object id="omodule"><name>sle-module-basesystem-release</name></rpminfo_object>
<rpminfo_object id="okernel"><name>kernel-default</name></rpminfo_object>
<rpminfo_object id="opatch"><name>kernel-livepatch-6_4_0-150600_21-default</name></rpminfo_object>
<rpminfo_object id="opython"><name>python3-cryptography</name></rpminfo_object>
</objects><states>
<rpminfo_state id="s15"><version operation="equals">15</version></rpminfo_state>
<rpminfo_state id="s156"><version operation="equals">15.6</version></rpminfo_state>
<rpminfo_state id="sold"><evr operation="less than">0:4.12.14-150.72.1</evr></rpminfo_state>
<rpminfo_state id="snew"><evr operation="less than">0:6.4.0-150600.23.7.1</evr></rpminfo_state>
<rpminfo_state id="sopen"><evr operation="greater than">0:0-0</evr></rpminfo_state>
<rpminfo_state id="snever"><evr operation="less than">0:0-0</evr></rpminfo_state>
</states></oval_definitions>"""


def told(found: Matching) -> set[tuple[str, str, FixState]]:
    return {(item.advisory.id, item.fixed_version, item.state) for item in found.matches}


def suse(folder: Path) -> Path:
    path = folder / "suse" / suse_oval.FILES["SUSE"][1]
    path.parent.mkdir()
    path.write_bytes(gzip.compress(SUSE.encode()))
    return path.parent


def test_a_suse_fix_counts_for_its_own_service_pack_only(tmp_path: Path) -> None:
    filled(tmp_path / "db", (suse_oval, suse(tmp_path)))
    kernel = package("SUSE:15.6", "kernel-default", "6.4.0-150600.21.1")
    assert told(matched(tmp_path / "db", kernel)) == {("CVE-2021-29154", "0:6.4.0-150600.23.7.1", FixState.FIXED)}
    mended = package("SUSE:15.6", "kernel-default", "6.4.0-150600.23.7.1")
    assert not matched(tmp_path / "db", mended).matches
    # 4.12.14-150.72.1 mends 15 without a service pack, and only for those with long-term support.
    old = package("SUSE:15", "kernel-default", "4.12.14-150.66.1")
    assert told(matched(tmp_path / "db", old)) == {("CVE-2021-29154", "0:4.12.14-150.72.1", FixState.NEEDS_SUBSCRIPTION)}


def test_suse_tells_what_is_not_fixed_and_what_never_was_affected(tmp_path: Path) -> None:
    filled(tmp_path / "db", (suse_oval, suse(tmp_path)))
    unfixed = package("SUSE:15.6", "python3-cryptography", "3.3.2-150400.1")
    assert told(matched(tmp_path / "db", unfixed)) == {("CVE-2026-34073", "", FixState.AFFECTED)}
    assert matched(tmp_path / "db", package("SUSE:15.6", "python3-cryptography-vectors", "3.3.2-1")).matches == ()


UPDATES = """<updates><update type="security" from="a"><id>ALAS2023-2023-126</id><title>Important: multipath</title>
<issued date="2023-03-07 00:29"/><updated date="2023-03-08 00:51"/><severity>important</severity>
<references><reference id="CVE-2022-3787" type="cve"/><reference id="CVE-2022-41973" type="cve"/></references>
<pkglist><collection short="al2023"><name>al2023</name>
<package name="kpartx" epoch="0" version="0.8.7" release="16.amzn2023.0.1" arch="x86_64"><filename>x.rpm</filename></package>
<package name="multipath" epoch="0" version="0.8.7" release="16.amzn2023.0.1" arch="src"><filename>x.rpm</filename></package>
</collection></pkglist></update>
<update type="bugfix"><id>ALAS2023-2023-127</id><pkglist><collection>
<package name="kpartx" epoch="0" version="9" release="1" arch="x86_64"/></collection></pkglist></update></updates>"""


def amazon(folder: Path, digest: str = "", host: str = "https://cdn.amazonlinux.com") -> Path:
    root = folder / "amazon"
    inside = root / "al2023" / "core" / "guids" / "abc" / "x86_64"
    (inside / "repodata").mkdir(parents=True)
    packed = gzip.compress(UPDATES.encode())
    (inside / "repodata" / "updateinfo.xml.gz").write_bytes(packed)
    digest = digest or hashlib.sha256(packed).hexdigest()
    (inside / "repodata" / "repomd.xml").write_text(
        f'<repomd><data type="updateinfo"><checksum type="sha256">{digest}</checksum>'
        '<location href="repodata/updateinfo.xml.gz"/></data></repomd>'
    )
    listed = root / amazon_updateinfo.LISTS["2023"]
    listed.parent.mkdir(parents=True)
    listed.write_text(f"{host}/al2023/core/guids/abc/x86_64/\n")
    return root


def test_amazons_updates_are_found_through_its_mirror_list(tmp_path: Path) -> None:
    filled(tmp_path / "db", (amazon_updateinfo, amazon(tmp_path)))
    found = matched(tmp_path / "db", package("Amazon Linux:2023", "kpartx", "0.8.7-15.amzn2023"))
    assert {(item.advisory.id, item.fixed_version, item.note) for item in found.matches} == {
        ("CVE-2022-3787", "0:0.8.7-16.amzn2023.0.1", "ALAS2023-2023-126"),
        ("CVE-2022-41973", "0:0.8.7-16.amzn2023.0.1", "ALAS2023-2023-126"),
    }
    assert not matched(tmp_path / "db", package("Amazon Linux:2023", "kpartx", "0.8.7-16.amzn2023.0.1")).matches


def test_a_file_with_another_digest_than_its_index_says_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="has the digest"):
        filled(tmp_path / "db", (amazon_updateinfo, amazon(tmp_path, digest="0" * 64)))


def test_a_mirror_list_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="which is not in"):
        filled(tmp_path / "db", (amazon_updateinfo, amazon(tmp_path, host="https://elsewhere.example")))


def statement(status: str, product: str, **more: str) -> dict[str, Any]:
    return {"vulnerability": {"name": "CVE-2023-38545"}, "status": status, "products": [{"@id": product}], **more}


def test_ubuntus_vex_tells_states_by_release_and_channel(tmp_path: Path) -> None:
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "statements": [
            # The version of a fix is the one in the archive now, so it says nothing of older ones.
            statement("fixed", "pkg:deb/ubuntu/curl@7.81.0-1ubuntu1.24?arch=source&distro=jammy"),
            statement(
                "affected",
                "pkg:deb/ubuntu/curl@7.47.0-1ubuntu2.19?arch=source&distro=xenial",
                action_statement="This package (for the given release) is no longer supported. Please upgrade your system.",
            ),
            statement("not_affected", "pkg:deb/ubuntu/curl@7.58.0?arch=source&distro=bionic", justification="x"),
            statement(
                "not_affected",
                "pkg:deb/ubuntu/zabbix@1?arch=source&distro=noble",
                justification="component_not_present",
                impact_statement="This package (for the given release) does not exist in the archive.",
            ),
        ],
    }
    (tmp_path / "vex").mkdir()
    held = {"vex/cve/2023/CVE-2023-38545.json": json.dumps(document).encode(), "vex/cve/2023/CVE-2023-1.json": b"{"}
    tar_zst(tmp_path / "vex" / ubuntu_vex.FILE, held)
    done = filled(tmp_path / "db", (ubuntu_vex, tmp_path / "vex"))
    assert [problem.where for problem in done.problems] == ["Ubuntu vex/cve/2023/CVE-2023-1.json"]
    found = matched(tmp_path / "db", package("Ubuntu:16.04", "curl", "7.47.0-1ubuntu2.19"))
    assert told(found) == {("CVE-2023-38545", "", FixState.END_OF_LIFE)}
    for release in ("18.04", "22.04"):
        assert not matched(tmp_path / "db", package(f"Ubuntu:{release}", "curl", "1")).matches


def cve(id_: str, *matches: dict[str, Any], **more: object) -> dict[str, Any]:
    cpes = [{"vulnerable": True, **match} for match in matches]
    return {"cve": {"id": id_, "lastModified": "2026-01-01", "configurations": [{"nodes": [{"cpeMatch": cpes}]}], **more}}


CURL = "cpe:2.3:a:haxx:curl:*:*:*:*:*:*:*:*"
RECORDS = [
    cve("CVE-2026-0001", {"criteria": CURL, "versionStartIncluding": "7.69.0", "versionEndExcluding": "8.4.0"}),
    cve("CVE-2026-0002", {"criteria": CURL, "versionEndIncluding": "8.3.0"}),
    cve("CVE-2026-0003", {"criteria": "cpe:2.3:a:haxx:curl:8.3.0:*:*:*:*:*:*:*"}),
    cve("CVE-2026-0004", {"criteria": CURL}, vulnStatus="Rejected"),
    cve("CVE-2026-0005", {"criteria": "cpe:2.3:a:other\\:x:curl:*:*:*:*:*:*:*:*"}),
]


def year(folder: Path, records: list[dict[str, Any]], digest: str = "") -> Path:
    data = json.dumps({"vulnerabilities": [*records, {"cve": 7}], "totalResults": len(records)}).encode()
    folder.mkdir(exist_ok=True)
    (folder / nvd.FILE.format(2002)).write_bytes(gzip.compress(data))
    (folder / nvd.META.format(2002)).write_text(f"sha256:{(digest or hashlib.sha256(data).hexdigest()).upper()}\r\n")
    return folder


def test_nvd_is_asked_by_a_cpe_name_and_an_override_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "over").mkdir()
    cleared = {"_annotation": {"reason": "too wide"}, "cve": {"configurations": []}}
    tar_zst(tmp_path / "over" / nvd_overrides.FILE, {"data/2026/CVE-2026-0002.json": json.dumps(cleared).encode()})
    done = filled(tmp_path / "db", (nvd, year(tmp_path / "nvd", RECORDS)), (nvd_overrides, tmp_path / "over"))
    assert [problem.where for problem in done.problems] == ["CPE entry 5"]
    told_of = advising.lookup(str(tmp_path / "db"), "cpe:2.3:a:haxx:curl:8.3.0:*:*:*:*:*:*:*")
    assert {item.id for item in told_of.records} == {"CVE-2026-0001", "CVE-2026-0003"}
    assert {item.id for item in advising.lookup(str(tmp_path / "db"), "cpe:2.3:a:haxx:curl:8.4.0").records} == set()


def test_a_year_with_another_digest_than_its_meta_says_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"another digest than its \.meta"):
        filled(tmp_path / "db", (nvd, year(tmp_path / "nvd", RECORDS, digest="0" * 64)))


def test_no_package_is_matched_by_a_guessed_cpe_name(tmp_path: Path) -> None:
    filled(tmp_path / "db", (nvd, year(tmp_path / "nvd", RECORDS)))
    assert matched(tmp_path / "db", package("Debian:12", "curl", "7.88.1-10")).not_assessed
