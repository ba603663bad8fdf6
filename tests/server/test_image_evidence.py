"""What is known of images: scans out of a folder of reports, signatures asked for once a digest, outages never kept."""

import json
import os
from pathlib import Path

import pytest

from ringfence.admission.evidence import Scan
from ringfence.errors import Malformed, Unavailable
from ringfence.formats import scan_report
from ringfence.formats.admission_policy import SignatureRule
from ringfence.formats.image_name import ImageName
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.server.image_evidence import ImageEvidence, ScanFolder, nowhere

ONE, TWO = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
DAY = 1_780_000_000
"""28 May 2026."""


def report(digest: str, *findings: tuple[str, str, object], kind: str = "image") -> bytes:
    listed = [{"severity": severity, "kind": what, "suppressed": gone, "id": "x"} for severity, what, gone in findings]
    return json.dumps(
        {"schema": "ringfence/report/v1", "target": {"kind": kind, "ref": "r", "digest": digest}, "findings": listed}
    ).encode()


def put(folder: Path, name: str, data: bytes, at: int = DAY) -> None:
    (folder / name).write_bytes(data)
    os.utime(folder / name, (at, at))


def test_a_folder_of_reports(tmp_path: Path) -> None:
    scans = ScanFolder(str(tmp_path))
    found = (("low", "vulnerability", None), ("critical", "secret", {"by": "x"}), ("high", "secret", None))
    put(tmp_path, "a.json", report(ONE, *found))
    put(tmp_path, "b.json", report(TWO))
    put(tmp_path, "broken.json", b"{")
    put(tmp_path, "host.json", report(ONE, kind="host"))
    put(tmp_path, "other.txt", b"")
    scans.refresh()
    assert scans.of(ONE) == Scan(digest=ONE, day="2026-05-28", worst=Severity.HIGH, secrets=1)
    assert scans.of(TWO) == Scan(digest=TWO, day="2026-05-28")
    assert scans.of("sha256:3") is None
    assert {os.path.basename(path) for path in scans.faults} == {"broken.json", "host.json"}


def test_the_newest_report_counts_and_what_is_gone_is_forgotten(tmp_path: Path) -> None:
    scans = ScanFolder(str(tmp_path))
    put(tmp_path, "new.json", report(ONE, ("high", "vulnerability", None)), DAY + 86_400)
    put(tmp_path, "old.json", report(ONE, ("low", "vulnerability", None)))
    scans.refresh()
    found = scans.of(ONE)
    assert found is not None
    assert (found.worst, found.day) == (Severity.HIGH, "2026-05-29")
    put(tmp_path, "new.json", report(ONE), DAY + 2 * 86_400)
    scans.refresh()
    assert scans.of(ONE) == Scan(digest=ONE, day="2026-05-30")
    (tmp_path / "new.json").unlink()
    scans.refresh()
    assert scans.of(ONE) == Scan(digest=ONE, day="2026-05-28", worst=Severity.LOW)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", report("", kind="image"), b'{"schema": "x", "target": {"kind": "image"}}']
)
def test_what_is_no_report_is_named(data: bytes) -> None:
    with pytest.raises(Malformed):
        scan_report.parse(data)


class Registry:
    """Answers about signatures, counted."""

    def __init__(self, answer: str = "", away: bool = False) -> None:
        self.answer, self.away, self.digests_asked, self.asked = answer, away, 0, 0

    def digest(self, named: ImageName) -> str:
        self.digests_asked += 1
        if self.away:
            raise Unavailable("is away", where=named.host)
        return ONE if named.tag == "1" else TWO

    def vouching(self, named: ImageName, rule: SignatureRule) -> str:
        del rule
        self.asked += 1
        if self.away:
            raise Unavailable("is away", where=named.host)
        return self.answer if named.digest == ONE else ""


RULE = SignatureRule(images=("*",), keys=("k.pub",))


def test_a_digest_is_asked_for_once_and_a_tag_each_time() -> None:
    registry = Registry("none holds")
    evidence = ImageEvidence(registry.digest, registry.vouching)
    by_digest = f"registry.example/app@{ONE}"
    for _ in range(3):
        assert evidence.refused(by_digest, RULE) == Known("none holds")
    assert (registry.digests_asked, registry.asked) == (0, 1)
    for _ in range(3):
        assert evidence.refused("registry.example/app:1", RULE) == Known("none holds")
    assert (registry.digests_asked, registry.asked) == (3, 1)
    assert evidence.refused("registry.example/app:2", RULE) == Known("")
    assert evidence.refused(f"registry.example/other@{ONE}", RULE) == Known("none holds")
    assert registry.asked == 3, "another repository is another question"
    more = SignatureRule(images=("*",), keys=("k.pub", "l.pub"), at_least=2)
    evidence.refused(by_digest, more)
    assert registry.asked == 4, "another rule is another question"


def test_an_outage_refuses_and_is_not_kept() -> None:
    registry = Registry(away=True)
    evidence = ImageEvidence(registry.digest, registry.vouching)
    by_digest = f"registry.example/app@{ONE}"
    assert evidence.refused(by_digest, RULE) == Unknown("registry.example: is away")
    registry.away = False
    assert evidence.refused(by_digest, RULE) == Known("")


def test_scans_are_found_by_digest_and_by_tag(tmp_path: Path) -> None:
    put(tmp_path, "a.json", report(ONE))
    scans = ScanFolder(str(tmp_path))
    scans.refresh()
    registry = Registry()
    evidence = ImageEvidence(registry.digest, registry.vouching, scans)
    assert evidence.scan(f"app@{ONE}") == Known(Scan(digest=ONE, day="2026-05-28"))
    assert evidence.scan("app:1") == Known(Scan(digest=ONE, day="2026-05-28"))
    assert evidence.scan("app:2") == Known(None)
    assert isinstance(evidence.scan("Not An Image"), Unknown)
    assert isinstance(ImageEvidence(registry.digest, registry.vouching).scan("app:1"), Unknown)


def test_offline_nothing_is_asked() -> None:
    digests, vouching = nowhere()
    evidence = ImageEvidence(digests, vouching)
    assert isinstance(evidence.refused("app:1", RULE), Unknown)
    assert isinstance(evidence.refused(f"app@{ONE}", RULE), Unknown)
