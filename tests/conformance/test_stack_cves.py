"""The shipped CVEs of the stack against the public records they are from: versions, branches, dates, preconditions."""

import gzip
import json
import os
import re
import subprocess
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ringfence.advisories.feeds.kernel_cna import kernel_cve
from ringfence.formats import cve_record
from ringfence.knowledge.stack_cves import stack_cves
from ringfence.model.kernel_cve import KernelCve
from ringfence.model.stack_cve import CanCall, CanOpenSocket, HasCapability, KernelModule, KernelOption, StackCve

DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "advisories"
pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with advisories/"),
]

KERNEL = {cve.id: cve for cve in stack_cves() if cve.component == "linux"}
RUNTIME = {cve.id: cve for cve in stack_cves() if cve.component not in ("linux", "kata-containers")}


def plain(name: str) -> bytes:
    return subprocess.run(["zstd", "-dcq", "--long=31", str(DATA / name)], capture_output=True, check=True).stdout


@cache
def stream_fixes() -> dict[str, dict[str, dict[str, str]]]:
    return json.loads(plain("kernel/stream_fixes.json.zst"))  # type: ignore[no-any-return]  # the test's own data


@cache
def cna() -> dict[str, KernelCve]:
    records = (
        kernel_cve(cve_record.parse(line)) for line in plain("kernel/kernel-cna-cve5-2024-10-24.ndjson.zst").splitlines()
    )
    return {record.id: record for record in records}


@cache
def kernelctf() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in (DATA / "derived/kernelctf-preconditions.ndjson").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        found.setdefault(record["cve"], []).append(record)
    return found


def told_by(cve: StackCve, part: str) -> bool:
    return any(part in source.url and "stable" in source.tells for source in cve.sources)


BY_STREAMS = [cve for cve in KERNEL.values() if told_by(cve, "stream_fixes")]
BY_CNA = [cve for cve in KERNEL.values() if told_by(cve, "vulns.git")]


@pytest.mark.parametrize("cve", BY_STREAMS, ids=lambda cve: cve.id)
def test_stable_branches_are_those_of_the_stream_fixes(cve: StackCve) -> None:
    wanted = {branch: fix["fixed_version"] for branch, fix in stream_fixes()[cve.id].items()}
    assert cve.stable == {branch: fixed for branch, fixed in wanted.items() if fixed.startswith(f"{branch}.")}


def test_stable_branches_are_those_of_the_kernels_own_records() -> None:
    """The data has the records of 2024; what later corrections added may be more, never less."""
    compared = [cve for cve in BY_CNA if cve.id in cna()]
    assert len(compared) >= 15
    for cve in compared:
        record = cna()[cve.id]
        assert record.stable.items() <= cve.stable.items() | at_birth(record, cve), cve.id
        mainline = [item.fixed for item in cve.ranges if item.fixed.count(".") == 1]
        assert record.mainline_fix.partition("-")[0] in [fixed.partition("-")[0] for fixed in mainline], cve.id


def at_birth(record: KernelCve, cve: StackCve) -> set[tuple[str, str]]:
    """Branches in which no release had the fault, for it came and went in one: nothing is to be said of them."""
    return {(branch, fixed) for branch, fixed in record.stable.items() if branch not in cve.stable}


ALIASES = {
    "CONFIG_NETFILTER": {"CONFIG_NF_TABLES", "CONFIG_IP_SET"},
    "CONFIG_SMBFS": {"CONFIG_CIFS"},
    "CONFIG_BPF": {"CONFIG_BPF_SYSCALL"},
    "CONFIG_CRYPTO_USER_API": {"CONFIG_CRYPTO_USER_API_AEAD", "CONFIG_CRYPTO_USER_API_HASH"},
}
"""What kernelCTF calls by a wider name."""

BESIDE = {
    *(
        "CONFIG_USER_NS",
        "CONFIG_BPF_UNPRIV_DEFAULT_OFF",
        "CONFIG_XFRM_ESPINTCP",
        "CONFIG_NF_NAT",
        "CONFIG_NF_CONNTRACK_ZONES",
    ),
    *("CONFIG_NET_SCH_PLUG", "CONFIG_NET_SCH_SFQ", "CONFIG_NET_SCH_FIFO", "CONFIG_VSOCKETS_LOOPBACK"),
}
"""What one exploit used and another need not."""

MISSPELT = {"CVE-2023-0193": "CVE-2024-0193"}
"""A submission's folder names another year; its patch is that of the second."""


def options(cve: StackCve) -> set[str]:
    return {item.option for way in cve.ways for item in way.preconditions if isinstance(item, KernelOption | KernelModule)}


@pytest.mark.parametrize("name", sorted(kernelctf()) if DATA.is_dir() else [])
def test_what_won_a_bounty_needs_what_its_record_says(name: str) -> None:
    cve = KERNEL[MISSPELT.get(name, name)]
    asked = {option for record in kernelctf()[name] for option in record["requirements"]["kernel_config"]}
    for option in asked - BESIDE:
        assert option in options(cve) or ALIASES.get(option, set()) & options(cve), option
    needed = {item for record in kernelctf()[name] for item in record["requirements"]["capabilities"]}
    held = {
        capability
        for way in cve.ways
        for item in way.preconditions
        if isinstance(item, HasCapability)
        for capability in item.names
    }
    if needed:
        assert held & needed
    else:
        assert any(not any(isinstance(item, HasCapability) for item in way.preconditions) for way in cve.ways)
    if any("io_uring" in record["exploit_uses"] for record in kernelctf()[name]):
        assert any(
            "io_uring_setup" in item.all_of for way in cve.ways for item in way.preconditions if isinstance(item, CanCall)
        )


def test_every_bounty_is_known() -> None:
    assert len(kernelctf()) == 79
    assert {MISSPELT.get(name, name) for name in kernelctf()} <= KERNEL.keys()


def test_the_packet_sockets_all_ask_for_cap_net_raw() -> None:
    asking = [way for cve in KERNEL.values() for way in cve.ways if CanOpenSocket(family="AF_PACKET") in way.preconditions]
    assert len(asking) >= 4
    for way in asking:
        assert any(isinstance(item, HasCapability) and "CAP_NET_RAW" in item.names for item in way.preconditions)


def test_exploitation_is_what_cisa_lists() -> None:
    with gzip.open(DATA / "kev/known_exploited_vulnerabilities.json.gz") as file:
        listed = {item["cveID"]: item["dateAdded"] for item in json.load(file)["vulnerabilities"]}
    assert {cve.id: cve.exploited for cve in stack_cves()} == {cve.id: listed.get(cve.id, "") for cve in stack_cves()}


def test_debians_backports_are_in_its_changelogs() -> None:
    records = [json.loads(line) for line in plain("debian/changelog-cves.ndjson.zst").splitlines()]
    named = {(item["source"], item["cve"]): {mention["version"] for mention in item["mentions"]} for item in records}
    seen = 0
    for cve in stack_cves():
        for backport in cve.backports:
            if backport.distribution == "debian:12":
                seen += 1
                assert backport.fixed in named[(backport.package, cve.id)], cve.id
    assert seen >= 80


MODULES = {
    "runc": ("github.com/opencontainers/runc",),
    "containerd": ("github.com/containerd/containerd", "github.com/containerd/containerd/v2"),
    "cri-o": ("github.com/cri-o/cri-o",),
    "docker": ("github.com/docker/docker",),
    "buildkit": ("github.com/moby/buildkit",),
    "buildah": ("github.com/containers/buildah",),
    "podman": tuple(
        f"github.com/containers/{name}" for name in ("podman", "libpod", "libpod/v2", "podman/v4", "podman/v5", "podman/v3")
    ),
    "kubernetes": ("k8s.io/kubernetes",),
}

OTHERWISE = {
    "CVE-2021-43784": "runc's own changelog and Debian's have the fix in 1.0.3 already",
    "CVE-2019-14271": "the range in the module's own numbering, from the record's custom_ranges",
    "CVE-2019-16884": "the fix is a commit before 1.0.0-rc9",
    "CVE-2019-19921": "the fix is a commit before 1.0.0-rc10",
    "CVE-2024-41110": "releases of Docker Engine, from the record's custom_ranges and the advisory",
}
"""Where an entry says something else than the Go vulnerability database, and why."""


@cache
def go_records() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    with zipfile.ZipFile(DATA / "osv/Go/all.zip") as archive:
        for name in archive.namelist():
            record = json.loads(archive.read(name))
            for alias in record.get("aliases", []):
                found.setdefault(alias, []).append(record)
    return found


def fixes(records: list[dict[str, Any]], modules: tuple[str, ...]) -> Iterator[str]:
    for record in records:
        for affected in record["affected"]:
            if affected["package"]["name"] in modules:
                for events in (item["events"] for item in affected["ranges"]):
                    yield from (event["fixed"].removesuffix("+incompatible") for event in events if "fixed" in event)


IN_GO = [cve for cve in RUNTIME.values() if cve.id not in OTHERWISE and any("pkg.go.dev" in link for link in cve.links)]


@pytest.mark.parametrize("cve", IN_GO, ids=lambda cve: cve.id)
def test_runtimes_are_mended_where_the_go_vulnerability_database_says(cve: StackCve) -> None:
    wanted = set(fixes(go_records()[cve.id], MODULES[cve.component]))
    ours = {item.fixed for item in cve.ranges if item.fixed}
    assert ours <= wanted
    if not cve.versions_note and cve.component != "podman":
        assert ours == wanted


def test_no_source_is_named_without_a_place() -> None:
    assert all(re.match(r"https://[^/]+/.+", link) for cve in stack_cves() for link in cve.links)
