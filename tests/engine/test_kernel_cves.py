"""Kernel CVEs against kernels: by version, by distribution, by code; folded, and answered one by one."""

import io
import json
import os
import tarfile
from pathlib import Path

import msgspec
import pytest

from ringfence.advisories.feeds import kernel_cna, ubuntu_osv
from ringfence.advisories.update import Source, Update
from ringfence.engine import impacts, kernel_cves
from ringfence.engine.storeys import Gathered
from ringfence.errors import UnreadableInput
from ringfence.graph.assemble import Graph
from ringfence.io.bucket import open_bucket
from ringfence.layers.kernel.facts import Facts, Livepatch, hypothetical
from ringfence.model.confinement import Confinement, Kernel
from ringfence.model.finding import Storey, VerdictStatus
from ringfence.model.knowledge import Known
from ringfence.model.package import Package
from ringfence.model.workload import Workload, WorkloadId


def record(number: int, first: str, fixed: str, *files: str) -> str:
    versions = [
        {"version": first, "status": "affected"},
        {"version": "0", "lessThan": first, "status": "unaffected", "versionType": "semver"},
        {
            "version": fixed,
            "lessThanOrEqual": f"{fixed.rpartition('.')[0]}.*",
            "status": "unaffected",
            "versionType": "semver",
        },
    ]
    affected = {"product": "Linux", "defaultStatus": "affected", "programFiles": list(files), "versions": versions}
    about = {"cveId": f"CVE-2024-{number}", "state": "PUBLISHED", "dateUpdated": "2024-05-05T00:00:00Z"}
    return json.dumps({"cveMetadata": about, "containers": {"cna": {"title": f"fault {number}", "affected": [affected]}}})


RECORDS = (
    record(90001, "5.1", "6.12.50", "net/tls/tls_sw.c"),
    record(90002, "5.1", "6.12.50", "net/netfilter/nf_tables_api.c", "include/net/netfilter/nf_tables.h"),
    record(90003, "5.1", "6.12.50", "net/sched/cls_u32.c"),
    record(90004, "5.1", "6.12.20", "net/tls/tls_sw.c"),
    record(90005, "5.1", "6.12.50", "net/dccp/proto.c"),
    record(90006, "5.1", "6.12.50", "include/net/sock.h"),
)
CONFIG = {"CONFIG_NET": "y", "CONFIG_NETFILTER": "y", "CONFIG_TLS": "y", "CONFIG_NF_TABLES": "m", "CONFIG_IP_DCCP": "m"}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("store")
    (place / "records.ndjson").write_text("\n".join(RECORDS))
    made = str(place / "db")
    Update(made, "2026-11-24T00:00:00Z").run([Source(kernel_cna, open_bucket(str(place / "records.ndjson")))])
    return made


def facts(version: str = "6.12.30", package: Package | None = None, **confinement: object) -> Facts:
    web = Workload(
        identity=WorkloadId(name="web"),
        confinement=msgspec.structs.replace(Confinement(kernel=Known(Kernel.HOST)), **confinement),
        container_id="c" * 64,
        running=True,
    )
    made = hypothetical(version, node="n", config=CONFIG, workloads=(web,))
    kernel = msgspec.structs.replace(
        made.kernel,
        modules=Known(()),
        module_files=Known(("dccp", "nf_tables")),
        barred_modules=Known(("dccp",)),
    )
    return msgspec.structs.replace(made, kernel=kernel, component=msgspec.structs.replace(made.component, package=package))


def graph(what: Facts) -> Graph:
    return impacts.graph_of([Gathered(Storey.KERNEL, "running-kernel", "n", what)])


def folded(what: Facts, db: str, known: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    made = kernel_cves.assess(graph(what), db, known)
    assert not made.problems
    return {
        item.rule: sorted(
            word
            for line in item.evidence.seen[2:]
            for word in line.replace("(", " ").replace(")", " ").split()
            if "CVE" in word
        )
        for item in made.findings
    }


def test_one_finding_for_each_place_of_the_code(db: str) -> None:
    assert folded(facts(), db) == {
        "kernel-cves-in-running-code": ["CVE-2024-90001"],
        "kernel-cves-in-loadable-modules": ["CVE-2024-90002"],
        "kernel-cves-in-barred-modules": ["CVE-2024-90005"],
        "kernel-cves-undecided": ["CVE-2024-90006"],
    }


def test_a_newer_version_has_none_and_what_preconditions_judge_is_left_to_them(db: str) -> None:
    assert folded(facts("6.12.50"), db) == {}
    assert "kernel-cves-in-running-code" not in folded(facts(), db, frozenset({"CVE-2024-90001"}))


DEBIAN = Package(
    purl="pkg:deb/debian/linux@6.12.30-1",
    name="linux-image",
    version="6.12.30-1",
    ecosystem="Debian:13",
    source_name="linux",
)


def test_a_distribution_that_mends_by_itself_is_not_judged_by_the_number_alone(db: str) -> None:
    assert folded(facts(package=DEBIAN), db) == {
        "kernel-cves-undecided": ["CVE-2024-90001", "CVE-2024-90002", "CVE-2024-90006"],
        "kernel-cves-in-barred-modules": ["CVE-2024-90005"],
    }


UBUNTU = {
    "schema_version": "1.7.0",
    "id": "UBUNTU-CVE-2024-90001",
    "modified": "2024-05-05T00:00:00Z",
    "upstream": ["CVE-2024-90001"],
    "affected": [
        {
            "package": {"ecosystem": "Ubuntu:22.04:LTS", "name": "linux-aws"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.15.0-1060.66"}]}],
        }
    ],
}


def cloud(version: str, ecosystem: str = "Ubuntu:22.04", source: str = "linux-aws") -> Package:
    name = "linux-image-5.15.0-1051-aws"
    purl = f"pkg:deb/ubuntu/{name}@{version}"
    return Package(purl=purl, name=name, version=version, ecosystem=ecosystem, source_name=source)


@pytest.fixture(scope="module")
def with_ubuntu(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store of the kernel's records and Ubuntu's, which name one of them for one of its kernels."""
    place = tmp_path_factory.mktemp("ubuntu")
    (place / "records.ndjson").write_text("\n".join(RECORDS))
    (place / "osv").mkdir()
    data = json.dumps(UBUNTU).encode()
    with tarfile.open(place / "osv" / "osv-all.tar.xz", "w:xz") as archive:
        about = tarfile.TarInfo("osv/cve/2024/UBUNTU-CVE-2024-90001.json")
        about.size = len(data)
        archive.addfile(about, io.BytesIO(data))
    made = str(place / "db")
    sources = [
        Source(kernel_cna, open_bucket(str(place / "records.ndjson"))),
        Source(ubuntu_osv, open_bucket(str(place / "osv"))),
    ]
    Update(made, "2026-11-24T00:00:00Z").run(sources)
    return made


def test_a_cloud_kernel_is_judged_by_what_its_distribution_says_of_its_own_source(with_ubuntu: str) -> None:
    """Upstream's number would say of 6.12.30 that four records hit it; Ubuntu names one, until its own fix."""
    before, after = facts(package=cloud("5.15.0-1051.56")), facts(package=cloud("5.15.0-1060.66"))
    assert folded(before, with_ubuntu) == {"kernel-cves-in-running-code": ["CVE-2024-90001"]}
    assert folded(after, with_ubuntu) == {}


def test_a_kernel_that_the_distribution_publishes_under_another_source_has_other_advisories(with_ubuntu: str) -> None:
    assert folded(facts(package=cloud("5.15.0-1051.56", source="linux-gcp")), with_ubuntu) == {}


@pytest.mark.parametrize("ecosystem", ["Red Hat:9", "Rocky Linux:9", "Amazon Linux:2023", "Oracle Linux:8", "SUSE:15.6"])
def test_of_vendors_whose_advisories_are_not_there_the_number_only_rules_out(ecosystem: str, with_ubuntu: str) -> None:
    package = cloud("6.12.30-1", ecosystem, "kernel")
    assert "kernel-cves-in-running-code" not in folded(facts(package=package), with_ubuntu)
    assert "CVE-2024-90001" in folded(facts(package=package), with_ubuntu)["kernel-cves-undecided"]


def test_a_live_patch_may_have_mended_it(db: str) -> None:
    """What a live patch mends is written nowhere: neither "affected" nor "mended" can be told."""
    patched = msgspec.structs.replace(facts(), livepatches=Known((Livepatch(name="kpatch_5_1", enabled=True),)))
    off = msgspec.structs.replace(facts(), livepatches=Known((Livepatch(name="kpatch_5_1", enabled=False),)))
    assert "CVE-2024-90001" in folded(patched, db)["kernel-cves-undecided"]
    assert folded(off, db) == folded(facts(), db)
    assert status(90001, db, patched)[0] is None
    old = msgspec.structs.replace(facts("5.10.50"), livepatches=patched.livepatches)
    (answer,) = impacts.answers(graph(old), impacts.named(["CVE-2022-0185"]))
    assert answer.components[0].affected is None
    assert "kpatch_5_1 is in force" in answer.components[0].because


def test_without_records_the_run_says_what_was_not_looked_up(tmp_path: Path) -> None:
    made = kernel_cves.assess(graph(facts()), str(tmp_path / "none"), frozenset())
    assert [item.mend for item in made.problems] == ["run 'ringfence db update --feed kernel-cna'"]
    assert kernel_cves.assess(impacts.graph_of([]), str(tmp_path / "none"), frozenset()).problems == ()


def status(number: int, db: str, what: Facts) -> tuple[bool | None, VerdictStatus]:
    (answer,) = impacts.answers(graph(what), impacts.named([f"CVE-2024-{number}"], db), db=db)
    return answer.components[0].affected, answer.workloads[0].verdict.status


def test_a_record_without_preconditions_is_answered_as_far_as_it_goes(db: str) -> None:
    assert status(90001, db, facts()) == (True, VerdictStatus.UNDECIDED)
    assert status(90003, db, facts()) == (False, VerdictStatus.ABSENT)
    assert status(90004, db, facts()) == (False, VerdictStatus.ABSENT)
    assert status(90005, db, facts()) == (False, VerdictStatus.MITIGATED)
    assert status(90006, db, facts()) == (True, VerdictStatus.UNDECIDED)
    assert status(90001, db, facts(kernel=Known(Kernel.GUEST))) == (True, VerdictStatus.MITIGATED)


def test_a_cve_nobody_knows_is_refused(db: str) -> None:
    with pytest.raises(UnreadableInput):
        impacts.named(["CVE-2024-99999"], db)


DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "advisories" / "kernel"


@pytest.mark.conformance
@pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with advisories/kernel")
def test_most_real_records_are_decided_by_version_and_code(tmp_path: Path) -> None:
    file = DATA / "kernel-cna-cve5-2024-10-24.ndjson.zst"
    made = str(tmp_path / "db")
    Update(made, "2026-11-24T00:00:00Z").run([Source(kernel_cna, open_bucket(str(file)))])
    found = {item.rule: item for item in kernel_cves.assess(graph(facts("6.6.1")), made, frozenset()).findings}
    assert "kernel-cves-in-running-code" in found
    total = sum(int(item.evidence.seen[0].split()[0].replace(",", "")) for item in found.values())
    assert 0 < total < 1200, "of 3,727 records most are not in this version or not built"
