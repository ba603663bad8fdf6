"""Whatever a publisher sends: a broken record loses only itself, and a parser raises nothing but our errors."""

import json
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.advisories.delivery import FeedModule
from ringfence.advisories.feeds import go_vulndb, kernelctf, nodejs_security_wg, nvd_overrides, osv, ubuntu_vex
from ringfence.errors import RingfenceError
from ringfence.formats import (
    alpine_secdb,
    distro_info,
    endoflife,
    kubernetes_cve_feed,
    nodejs_advisory,
    nvd,
    openvex,
    updateinfo,
)
from ringfence.formats import kernelctf as kernelctf_format
from worlds.advisories import record, zipped
from worlds.archives import tar_zst
from worlds.store import filled

PARSERS: dict[str, Callable[[bytes], object]] = {
    "alpine-yaml": alpine_secdb.parse_yaml,
    "distro-info": distro_info.parse,
    "endoflife": endoflife.products,
    "endoflife-page": lambda data: endoflife.page("a", b"---\n" + data + b"\n---\n"),
    "kernelctf": kernelctf_format.parse,
    "kubernetes-feed": kubernetes_cve_feed.parse,
    "nodejs-core": lambda data: nodejs_advisory.core("1", data),
    "nodejs-npm": nodejs_advisory.npm,
    "nvd-entry": nvd.entry,
    "nvd-override": nvd.override,
    "nvd-page": nvd.page,
    "openvex": lambda data: openvex.parse(data, "a"),
    "repomd": lambda data: updateinfo.index(BytesIO(data)),
    "updateinfo": lambda data: list(updateinfo.parse(BytesIO(data))),
}
leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
names = st.sampled_from(
    [
        "cve",
        "id",
        "vulnerability",
        "vulnerabilities",
        "items",
        "result",
        "releases",
        "statements",
        "@context",
        "configurations",
    ]
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.one_of(st.binary(max_size=80), values.map(lambda value: json.dumps(value).encode())))
@settings(max_examples=60)
def test_any_bytes_and_any_json_give_values_or_our_errors(name: str, data: bytes) -> None:
    with suppress(RingfenceError):
        PARSERS[name](data)


@given(text=st.text(max_size=60))
def test_any_text_is_a_cpe_name_or_malformed(text: str) -> None:
    for name in (text, f"cpe:2.3:a:{text}"):
        with suppress(RingfenceError):
            nvd.product(name)


GOOD: dict[str, tuple[FeedModule, str, dict[str, Any]]] = {
    "kernelctf": (kernelctf, "x/metadata.json", {"vulnerability": {"cve": "CVE-2024-1"}}),
    "nodejs-security-wg": (
        nodejs_security_wg,
        "vuln/npm/1.json",
        {"id": 1, "module_name": "a", "vulnerable_versions": "<1"},
    ),
    "nvd-overrides": (nvd_overrides, "data/2024/CVE-2024-1.json", {"cve": {"configurations": []}}),
    "ubuntu-vex": (
        ubuntu_vex,
        "vex/CVE-2024-1.json",
        {
            "@context": "x",
            "statements": [
                {
                    "vulnerability": {"name": "CVE-2024-1"},
                    "status": "affected",
                    "products": [{"@id": "pkg:deb/ubuntu/a@1?arch=source&distro=noble"}],
                }
            ],
        },
    ),
}


@pytest.mark.parametrize("slug", GOOD)
@pytest.mark.parametrize(
    "broken", [b"", b"{", b"[]", b"null", b'{"vulnerability": 7, "statements": 7, "cve": 7, "id": "x"}']
)
def test_a_broken_record_loses_only_itself_and_is_named(tmp_path: Path, slug: str, broken: bytes) -> None:
    feed, path, good = GOOD[slug]
    folder, _, base = path.rpartition("/")
    other = {"metadata.json": f"{folder}2/metadata.json", "1.json": f"{folder}/2.json"}.get(
        base, f"{folder}/CVE-2024-2.json"
    )
    tar_zst(tmp_path / "all.tar.zst", {path: json.dumps(good).encode(), other: broken})
    done = filled(tmp_path / "db", (feed, tmp_path / "all.tar.zst"))
    assert sum(item.written for item in done.imported) == 1
    assert [problem.where.partition(" ")[2] for problem in done.problems] == [other]


@pytest.mark.parametrize("feed", [go_vulndb, osv], ids=["go-vulndb", "osv"])
def test_broken_records_of_a_zip_are_counted_and_the_first_are_named(tmp_path: Path, feed: FeedModule) -> None:
    good = record("GO-1", "example.org/a", "Go")
    bad: list[dict[str, Any]] = [{"id": f"GO-{number}", "affected": 7} for number in range(2, 12)]
    (tmp_path / "all.zip").write_bytes(zipped([good, *bad]))
    done = filled(tmp_path / "db", (feed, tmp_path / "all.zip"))
    assert [item.written for item in done.imported] == [1]
    assert len(done.problems) == 6
    assert done.problems[-1].why == "5 more records could not be read"
