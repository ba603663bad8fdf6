"""What distributions publish in their own formats: states, channels and modules come through to the match."""

import json
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.advisories.feeds import azure_linux, oracle_oval, redhat_vex, ubuntu_osv, ubuntu_tracker
from ringfence.advisories.match import Match
from ringfence.errors import LimitExceeded, Malformed, RingfenceError
from ringfence.formats import csaf, oval, ubuntu_cve
from ringfence.model.advisory import FixState
from ringfence.model.finding import Severity
from ringfence.model.package import Package
from worlds.archives import tar_zst
from worlds.store import filled, matched, package, written

UBUNTU = b"""Candidate: CVE-2023-4863
PublicDate: 2023-09-12 15:15:00 UTC
Description:
 Heap buffer overflow in libwebp
 in Google Chrome
Priority: medium
Priority_chromium: low
CVSS:
 nvd: CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H [8.8 HIGH]

Patches_libwebp:
 upstream: https://example.org/patch (main)
upstream_libwebp: needs-triage
trusty_libwebp: ignored (end of standard support)
trusty/esm_libwebp: not-affected (code not present)
xenial_libwebp: DNE
bionic_libwebp: ignored (end of standard support)
esm-infra/bionic_libwebp: released (0.6.1-2ubuntu0.18.04.2+esm1)
focal_libwebp: released (0.6.1-2ubuntu0.20.04.3)
jammy_libwebp: needed
mantic_libwebp: pending (1.2.4-0.2ubuntu2)
noble_libwebp: needs-triage
noble_chromium: deferred (2024-01-01)
devel_libwebp: needed
"""


def tracked(tmp_path: Path, ecosystem: str, name: str, version: str) -> list[Match]:
    if not (tmp_path / "db").exists():
        tar_zst(
            tmp_path / "uct.tar.zst", {"x/active/CVE-2023-4863": UBUNTU, "x/active/CVE-1": b"rubbish", "x/README": b"no"}
        )
        done = filled(tmp_path / "db", (ubuntu_tracker, tmp_path / "uct.tar.zst"))
        assert [item.where for item in done.problems] == ["Ubuntu x/active/CVE-1"]
    return list(matched(tmp_path / "db", package(ecosystem, name, version)).matches)


@pytest.mark.parametrize(
    ("ecosystem", "name", "version", "state", "fixed"),
    [
        ("Ubuntu:20.04", "libwebp", "0.6.1-2", FixState.FIXED, "0.6.1-2ubuntu0.20.04.3"),
        ("Ubuntu:22.04", "libwebp", "1.2.2-2", FixState.AFFECTED, ""),
        ("Ubuntu:23.10", "libwebp", "1.2.4-0.1", FixState.PENDING, "1.2.4-0.2ubuntu2"),
        ("Ubuntu:24.04", "libwebp", "1.3-1", FixState.UNDER_INVESTIGATION, ""),
        ("Ubuntu:24.04", "chromium", "1.3-1", FixState.DEFERRED, ""),
        ("Ubuntu:18.04", "libwebp", "0.6.1-2", FixState.NEEDS_SUBSCRIPTION, "0.6.1-2ubuntu0.18.04.2+esm1"),
    ],
)
def test_every_state_of_ubuntu(tmp_path: Path, ecosystem: str, name: str, version: str, state: FixState, fixed: str) -> None:
    (found,) = tracked(tmp_path, ecosystem, name, version)
    assert (found.state, found.fixed_version) == (state, fixed)
    assert found.severity is (Severity.LOW if name == "chromium" else Severity.MEDIUM)


@pytest.mark.parametrize(
    ("ecosystem", "version"),
    [("Ubuntu:20.04", "0.6.1-2ubuntu0.20.04.3"), ("Ubuntu:18.04", "0.6.1-2ubuntu0.18.04.2+esm1"), ("Ubuntu:14.04", "0.4-1")],
)
def test_what_ubuntu_mended_or_never_had(tmp_path: Path, ecosystem: str, version: str) -> None:
    assert not tracked(tmp_path, ecosystem, "libwebp", version)


def product(id_: str, **helper: str) -> dict[str, object]:
    return {"product": {"product_id": id_, "name": id_, "product_identification_helper": helper}}


def part(of: str, what: str) -> dict[str, object]:
    return {
        "full_product_name": {"product_id": f"{of}:{what}", "name": what},
        "product_reference": what,
        "relates_to_product_reference": of,
    }


RED_HAT = {
    "document": {
        "category": "csaf_vex",
        "title": "curl: a fault",
        "aggregate_severity": {"text": "Important"},
        "tracking": {"id": "CVE-2023-38545", "current_release_date": "2025-11-21T00:00:00+00:00"},
    },
    "product_tree": {
        "branches": [
            {
                "branches": [
                    product("rhel9", cpe="cpe:/o:redhat:enterprise_linux:9::baseos"),
                    product("rhel8", cpe="cpe:/o:redhat:enterprise_linux:8"),
                    product("eus", cpe="cpe:/o:redhat:rhel_eus:9.2::baseos"),
                    product("curl-fixed", purl="pkg:rpm/redhat/curl@7.76.1-26.el9_3.2?arch=x86_64"),
                    product("eus-fixed", purl="pkg:rpm/redhat/curl@7.76.1-23.el9_2.4?arch=x86_64"),
                    product("perl-fixed", purl="pkg:rpm/redhat/perl@5.26.3-1.el8?arch=x86_64&epoch=4"),
                    product("node", purl="pkg:rpm/redhat/nodejs@18.1-1.module+el8?arch=x86_64&rpmmod=nodejs:18:1:abc"),
                    product("curl", purl="pkg:rpm/redhat/curl"),
                    product("libssh", purl="pkg:rpm/redhat/libssh"),
                    product("source", purl="pkg:rpm/redhat/curl@9?arch=src"),
                ]
            }
        ],
        "relationships": [
            part("rhel9", "curl-fixed"),
            part("rhel9", "source"),
            part("eus", "eus-fixed"),
            part("rhel8", "perl-fixed"),
            part("rhel8", "node"),
            part("rhel8", "curl"),
            part("rhel8", "libssh"),
        ],
    },
    "vulnerabilities": [
        {
            "cve": "CVE-2023-38545",
            "product_status": {
                "fixed": ["rhel9:curl-fixed", "rhel9:source", "eus:eus-fixed", "rhel8:perl-fixed", "rhel8:node"],
                "known_affected": ["rhel8:curl"],
                "known_not_affected": ["rhel8:libssh"],
            },
            "remediations": [{"category": "no_fix_planned", "details": "Will not fix", "product_ids": ["rhel8:curl"]}],
            "scores": [{"cvss_v3": {"vectorString": "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],
        }
    ],
}


@pytest.fixture
def red_hat(tmp_path: Path) -> Path:
    mirror = tmp_path / "vex"
    written(mirror / "2023" / "cve-2023-38545.json", RED_HAT)
    (mirror / redhat_vex.LATEST).write_text("csaf_vex_2025-02-15.tar.zst")
    old = json.dumps({**RED_HAT, "vulnerabilities": [{**RED_HAT["vulnerabilities"][0], "cve": "CVE-2020-0001"}]})  # type: ignore[index]  # a literal above
    tar_zst(mirror / "csaf_vex_2025-02-15.tar.zst", {"2020/cve-2020-0001.json": old.encode(), "2020/cve-2020-2.json": b"{"})
    (mirror / "changes.csv").write_text(
        '"2023/cve-2023-38545.json","2025-02-18T14:28:08+00:00"\n"2019/cve-2019-1.json","2025-02-01T00:00:00+00:00"\n'
    )
    (mirror / "deletions.csv").write_text('"2020/cve-2020-0001.json","2025-02-18T00:00:00+00:00"\n')
    done = filled(tmp_path / "db", (redhat_vex, mirror))
    assert [item.written for item in done.imported] == [1], "the archive's one is deleted, the changed one is fetched"
    assert len(done.problems) == 1
    return tmp_path / "db"


@pytest.mark.parametrize(
    ("installed", "state", "fixed"),
    [
        (("Red Hat:9", "curl", "7.76.1-26.el9_3.1", ""), FixState.FIXED, "7.76.1-26.el9_3.2"),
        (("Red Hat:8", "curl", "7.61-1.el8", ""), FixState.WILL_NOT_FIX, ""),
        (("Red Hat:8", "perl", "4:5.26.2-1.el8", ""), FixState.FIXED, "4:5.26.3-1.el8"),
        (("Red Hat:8", "nodejs", "18.0-1.module+el8", "nodejs:18:9:f"), FixState.FIXED, "18.1-1.module+el8"),
    ],
)
def test_red_hat_affected(red_hat: Path, installed: tuple[str, str, str, str], state: FixState, fixed: str) -> None:
    (found,) = matched(red_hat, rpm(*installed)).matches
    assert (found.state, found.fixed_version, found.severity) == (state, fixed, Severity.HIGH)
    assert found.advisory.cvss.startswith("CVSS:3.1/")


@pytest.mark.parametrize(
    ("ecosystem", "name", "version", "module"),
    [
        ("Red Hat:9", "curl", "7.76.1-26.el9_3.2", ""),
        ("Red Hat:8", "libssh", "0.9-1.el8", ""),
        ("Red Hat:8", "perl", "4:5.26.3-1.el8", ""),
        ("Red Hat:8", "nodejs", "16.0-1.module+el8", "nodejs:16:9:f"),
        ("Red Hat:8", "nodejs", "10.0-1.el8", ""),
    ],
)
def test_red_hat_not_affected_and_module_streams_apart(
    red_hat: Path, ecosystem: str, name: str, version: str, module: str
) -> None:
    assert not matched(red_hat, rpm(ecosystem, name, version, module)).matches


def rpm(ecosystem: str, name: str, version: str, module: str = "") -> Package:
    qualifier = f"?rpmmod={module}" if module else ""
    return Package(purl=f"pkg:rpm/redhat/{name}@1{qualifier}", name=name, version=version, ecosystem=ecosystem)


OVAL = """<oval_definitions xmlns:d="x">
 <definitions><definition class="patch" id="def:1"><metadata><title>
ELSA-2007-0057: bind</title><affected><platform>Oracle Linux 5</platform></affected>
  <reference source="elsa" ref_id="ELSA-2007-0057"/><reference source="CVE" ref_id="CVE-2007-0493"/>
  <advisory><severity>MODERATE</severity><issued date="2007-06-26"/></advisory></metadata>
  <criteria operator="AND"><criterion test_ref="t0"/><criteria operator="OR"><criterion test_ref="t1"/>
   <criterion test_ref="t2"/></criteria></criteria></definition></definitions>
 <tests><rpminfo_test id="t0"><object object_ref="o0"/><state state_ref="s0"/></rpminfo_test>
  <d:rpminfo_test id="t1"><d:object object_ref="o1"/><d:state state_ref="s1"/></d:rpminfo_test>
  <rpminfo_test id="t2"><object object_ref="o2"/><state state_ref="s2"/></rpminfo_test></tests>
 <objects><rpminfo_object id="o0"><name>oraclelinux-release</name></rpminfo_object>
  <rpminfo_object id="o1"><name>bind-devel</name></rpminfo_object>
  <rpminfo_object id="o2"><name>bind-old</name></rpminfo_object></objects>
 <states><rpminfo_state id="s0"><version operation="pattern match">^5</version></rpminfo_state>
  <d:rpminfo_state id="s1"><d:evr operation="less than">30:9.3.3-8.el5</d:evr></d:rpminfo_state>
  <rpminfo_state id="s2"><evr operation="less than or equal">0:1.0-1</evr></rpminfo_state></states>
</oval_definitions>"""


def test_oval_bounds_become_ranges(tmp_path: Path) -> None:
    (tmp_path / "oracle.xml.gz").write_text(OVAL)
    filled(tmp_path / "db", (oracle_oval, tmp_path / "oracle.xml.gz"))
    (found,) = matched(tmp_path / "db", package("Oracle Linux:5", "bind-devel", "30:9.3.3-7.el5")).matches
    assert (found.advisory.id, found.fixed_version, found.severity) == ("CVE-2007-0493", "30:9.3.3-8.el5", Severity.MEDIUM)
    assert not matched(tmp_path / "db", package("Oracle Linux:5", "bind-devel", "30:9.3.3-8.el5")).matches
    (last,) = matched(tmp_path / "db", package("Oracle Linux:5", "bind-old", "1.0-1")).matches
    assert last.fixed_version == ""


BOMB = '<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY c "&a;&a;&a;">]><b>&c;</b>'


def test_an_xml_bomb_is_refused() -> None:
    with pytest.raises(Malformed, match="DTD"):
        list(oval.parse(BytesIO(BOMB.encode())))
    with pytest.raises(LimitExceeded):
        list(oval.parse(BytesIO(b"<a>" * 1000)))


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_any_bytes_give_values_or_our_errors(data: bytes) -> None:
    for parse in (csaf.parse, ubuntu_cve.parse):
        with suppress(RingfenceError):
            parse(data)
    with suppress(RingfenceError):
        list(oval.parse(BytesIO(data)))


@given(st.integers(0, len(OVAL)), st.text('<>/"=abo ', max_size=4))
def test_a_broken_oval_document_gives_our_errors(at: int, inserted: str) -> None:
    with suppress(RingfenceError):
        list(oval.parse(BytesIO((OVAL[:at] + inserted + OVAL[at:]).encode())))


def test_ubuntus_own_records_have_pro_as_a_channel(tmp_path: Path) -> None:
    free = {
        "package": {"ecosystem": "Ubuntu:16.04:LTS", "name": "a"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
    }
    pro = {
        "package": {"ecosystem": "Ubuntu:Pro:16.04:LTS", "name": "a"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2+esm1"}]}],
    }
    record = {"id": "UBUNTU-CVE-2020-1", "modified": "", "upstream": ["CVE-2020-1"], "affected": [free, pro]}
    tar_zst(tmp_path / "osv-all.tar.zst", {"osv/cve/2020/UBUNTU-CVE-2020-1.json": json.dumps(record).encode()})
    filled(tmp_path / "db", (ubuntu_osv, tmp_path / "osv-all.tar.zst"))
    (found,) = matched(tmp_path / "db", package("Ubuntu:16.04", "a", "1.0")).matches
    assert (found.advisory.id, found.state) == ("CVE-2020-1", FixState.NEEDS_SUBSCRIPTION)


def test_releases_of_azure_linux_stay_apart(tmp_path: Path) -> None:
    text = OVAL.replace("Oracle Linux 5", "Azure Linux")
    (tmp_path / "cbl-mariner-2.0-oval.xml").write_text(text)
    (tmp_path / "azurelinux-3.0-oval.xml").write_text(text.replace("30:9.3.3-8.el5", "31:0-1"))
    filled(tmp_path / "db", (azure_linux, tmp_path))
    old, new = (package(f"Azure Linux:{release}", "bind-devel", "30:9.9-1") for release in "23")
    assert not matched(tmp_path / "db", old).matches
    (found,) = matched(tmp_path / "db", new).matches
    assert found.advisory.id == "CVE-2007-0493"
