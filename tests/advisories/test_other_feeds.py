"""Support dates, kernelCTF, Kubernetes' official feed, Go's own database."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.advisories.feeds import (
    debian_support,
    distro_info,
    endoflife,
    go_vulndb,
    kernelctf,
    kev,
    kubernetes_feed,
    nodejs_security_wg,
)
from ringfence.advisories.store import open_store
from ringfence.formats import kubernetes_cve_feed
from ringfence.formats.kubernetes_cve_feed import Fixed, Span
from ringfence.model.advisory import FixState
from worlds.advisories import record, zipped
from worlds.archives import tar_zst
from worlds.store import filled, matched, package, written

DEBIAN = """version,codename,series,created,release,eol,eol-lts,eol-elts
12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-06-10,2028-06-30,2033-06-30
,Experimental,experimental,1993-08-16
"""
UBUNTU = """version,codename,series,created,release,eol,eol-server,eol-esm
22.04 LTS,Jammy Jellyfish,jammy,2021-10-14,2022-04-21,2027-06-01,2027-06-01,2032-04-09
"""
PAGE = b"""---
title: Alpine Linux
releases:
  - releaseCycle: "3.22"
    releaseDate: 2025-05-30
    eol: 2027-05-01

  - releaseCycle: "2.1"
    eol: true
---
> text with --- in it
"""


def test_support_dates_of_releases_the_distributions_own_word_first(tmp_path: Path) -> None:
    (tmp_path / "di").mkdir()
    (tmp_path / "di" / "debian.csv").write_text(DEBIAN)
    (tmp_path / "di" / "ubuntu.csv").write_text(UBUNTU)
    (tmp_path / "eol").mkdir()
    answer = {
        "result": [{"name": "debian", "releases": [{"name": "12", "eolFrom": "2026-07-11", "eoesFrom": "2028-06-29"}]}]
    }
    written(tmp_path / "eol" / "full", answer)
    filled(tmp_path / "db", (endoflife, tmp_path / "eol"), (distro_info, tmp_path / "di"))
    with open_store(str(tmp_path / "db")) as store:
        found = store.support_ends()
    assert [(item.id, item.end_of_life, item.source) for item in found] == [
        ("debian:12", "2028-06-30", "distro-info-data"),
        ("debian:12", "2028-06-29", "endoflife.date"),
        ("ubuntu:22.04", "2027-06-01", "distro-info-data"),
    ]


def test_a_page_of_endoflife_is_read_by_its_yaml_and_a_broken_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "products.tar.zst"
    tar_zst(path, {"products/alpine-linux.md": PAGE, "products/broken.md": b"no yaml"})
    done = filled(tmp_path / "db", (endoflife, path))
    assert [problem.where for problem in done.problems] == ["support products/broken.md"]
    with open_store(str(tmp_path / "db")) as store:
        assert [(item.id, item.end_of_life) for item in store.support_ends()] == [("alpine:3.22", "2027-05-01")]


def test_packages_without_support_and_a_line_that_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "support"
    folder.mkdir()
    (folder / "security-support-ended.deb12").write_text(
        "# comment\nphp-horde.*\t0\t\t2025-03-22\thttps://lists.example; incompatible\nbroken line\n"
    )
    (folder / "security-support-limited").write_text("webkit2gtk      Can no longer be backported\n")
    done = filled(tmp_path / "db", (debian_support, folder))
    assert [problem.where for problem in done.problems] == ["support broken line"]
    with open_store(str(tmp_path / "db")) as store:
        limited, ended = store.package_support()
    assert (ended.ecosystem, ended.pattern, ended.through, ended.ended) == ("Debian:12", "php-horde.*", "0", "2025-03-22")
    assert (limited.ecosystem, limited.pattern, limited.limited) == ("Debian", "webkit2gtk", True)


def submission(cve: str, id_: str) -> bytes:
    needs = {"attack_surface": ["userns"], "capabilities": ["CAP_NET_ADMIN"], "kernel_config": ["CONFIG_NF_TABLES"]}
    return json.dumps({"submission_ids": [id_], "vulnerability": {"cve": cve, "requirements": needs}}).encode()


def test_kernelctf_tells_that_an_exploit_works_and_what_it_needs_and_kev_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "kernelctf.tar.zst"
    held = {
        "x/pocs/linux/kernelctf/CVE-2023-1_lts/metadata.json": submission("CVE-2023-1", "exp1"),
        "x/pocs/linux/kernelctf/CVE-2023-1_cos/metadata.json": submission("CVE-2023-1", "exp2"),
        "x/pocs/linux/kernelctf/CVE-2023-1_cos/exploit/exploit.json": b"never read",
    }
    tar_zst(path, held)
    listed = written(tmp_path / "kev.json", {"vulnerabilities": [{"cveID": "CVE-2023-1", "dateAdded": "2024-01-01"}]})
    filled(tmp_path / "db", (kernelctf, path), (kev, listed))
    with open_store(str(tmp_path / "db")) as store:
        found = store.ratings(["CVE-2023-1"])["CVE-2023-1"]
    assert (found.kev, found.exploitation) == ("2024-01-01", "poc")
    assert found.exploits == tuple(f"kernelCTF exp{n} (needs userns, CAP_NET_ADMIN, CONFIG_NF_TABLES)" for n in (1, 2))


KUBELET = """CVSS Rating: [CVSS:3.0/AV:A/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L](https://x) (Medium)

#### Affected Versions

- kubelet v1.17.0 - v1.17.2
- kubelet v1.16.0 - v1.16.6

### How do I mitigate this vulnerability?

Limit access to 10.0.0.1.

#### Fixed Versions

- v1.17.3
- v1.16.7

To upgrade, refer to the documentation
"""
SECCOMP = """This bug affects Kubelet.

**Affected Versions**
v1.27.0 - v1.27.1
<= v1.24.13

**Fixed Versions**
v1.27.2
V1.24.14

### Anything else we need to know?
"""


def test_versions_are_read_out_of_the_prose_of_kubernetes_feed(tmp_path: Path) -> None:
    items = [
        {"id": "CVE-2020-8551", "summary": "Kubelet DoS via API", "content_text": KUBELET},
        {"id": "CVE-2023-2431", "summary": "Bypass of seccomp profile enforcement", "content_text": SECCOMP},
        {"id": "CVE-2020-8561", "summary": "Webhook redirect in kube-apiserver", "content_text": "All versions, for ever."},
    ]
    done = filled(tmp_path / "db", (kubernetes_feed, written(tmp_path / "index.json", {"items": items})))
    assert [(problem.where, problem.why) for problem in done.problems] == [
        ("kubernetes CVE-2020-8561", "its text tells no versions that can be read")
    ]
    wanted = {
        "1.17.2": {"CVE-2020-8551", "CVE-2023-2431"},
        "1.17.3": {"CVE-2023-2431"},
        "1.27.1": {"CVE-2023-2431"},
        "1.27.2": set(),
    }
    for version, cves in wanted.items():
        found = matched(tmp_path / "db", package("kubernetes", "k8s.io/kubelet", version))
        assert {item.advisory.id for item in found.matches} == cves, version
        assert all(item.state is FixState.FIXED for item in found.matches)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("- kube-apiserver: <= v1.30.5", Span(component="kube-apiserver", last="1.30.5")),
        ("- Kubelet prior to v1.28.4", Span(component="kubelet", before="1.28.4")),
        ("* v1.25.0 to v1.25.3", Span(component="", first="1.25.0", last="1.25.3")),
        ("- ingress-nginx >= v1.0.0, < v1.9.0", Span(component="ingress-nginx", first="1.0.0", before="1.9.0")),
        ("- v1.19.3", Span(component="", first="1.19.3", last="1.19.3")),
    ],
)
def test_ways_a_range_is_written(line: str, wanted: Span) -> None:
    told = kubernetes_cve_feed.read(f"#### Affected Versions\n\n{line}\n#### Fixed Versions\n- kubelet v1.2.3\n")
    assert told.affected == (wanted,)
    assert told.fixed == (Fixed(component="kubelet", version="1.2.3"),)


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    kubernetes_cve_feed.read(f"## Affected versions\n{text}")


def test_gos_own_database_is_read_without_its_indexes(tmp_path: Path) -> None:
    path = tmp_path / "vulndb.zip"
    fault = record("GO-2024-1", "example.org/a", "Go", aliases=["CVE-2024-1"])
    fault["affected"][0]["ecosystem_specific"] = {"imports": [{"path": "example.org/a/b", "symbols": ["T.F"]}]}
    path.write_bytes(zipped([{**fault}, {"id": "index/modules", "x": []}]))
    done = filled(tmp_path / "db", (go_vulndb, path))
    assert [item.written for item in done.imported] == [1]
    (found,) = matched(tmp_path / "db", package("Go", "example.org/a", "1.0.0")).matches
    assert found.advisory.affected[0].symbols == ("example.org/a/b.T.F",)


def npm(id_: int, vulnerable: str, patched: str | None) -> bytes:
    told = {"id": id_, "module_name": "a", "vulnerable_versions": vulnerable, "patched_versions": patched}
    return json.dumps(told).encode()


def test_npms_range_expressions_become_ranges_less_what_is_patched(tmp_path: Path) -> None:
    path = tmp_path / "wg.tar.zst"
    held = {
        "vuln/npm/1.json": npm(1, "<=1.0.0 || >=2.0.0 <2.4.1", None),
        "vuln/npm/2.json": npm(2, "2.x", "^2.7.0"),
        "vuln/npm/3.json": npm(3, "all of them", None),
        "vuln/core/4.json": json.dumps({"cve": ["CVE-2017-1"], "vulnerable": "6.x", "patched": "^6.7.0"}).encode(),
    }
    tar_zst(path, held)
    done = filled(tmp_path / "db", (nodejs_security_wg, path))
    assert [problem.where for problem in done.problems] == ["npm vuln/npm/3.json"]
    wanted = {
        "1.0.0": {"NSWG-ECO-1"},
        "1.0.1": set(),
        "2.4.0": {"NSWG-ECO-1", "NSWG-ECO-2"},
        "2.4.1": {"NSWG-ECO-2"},
        "2.7.0": set(),
    }
    for version, ids in wanted.items():
        assert {item.advisory.id for item in matched(tmp_path / "db", package("npm", "a", version)).matches} == ids, version
    (found,) = matched(tmp_path / "db", package("node", "node", "6.6.0")).matches
    assert (found.advisory.id, found.fixed_version) == ("CVE-2017-1", "6.7.0")
