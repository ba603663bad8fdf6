"""Matching: a store of 300,000 OSV records built from zips, and inventories of 700 and 100,000 packages against it.

Budgets (DESIGN 6): a store in under 10 minutes and 1 GB of memory on two cores, 100,000 packages in under 2 s, an image's
700 in under 150 ms. Every figure is CPU time of this process, which other work on the machine does not change. What matching
is compared with is the least it must do: to look each name up in the store and decode what is there.

    python bench/matching.py [records] [packages]
"""

import json
import os
import random
import resource
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from ringfence.advisories.feeds import osv
from ringfence.advisories.match import Matching, match
from ringfence.advisories.names import advised, package_key
from ringfence.advisories.store import open_store
from ringfence.advisories.update import Source, Update
from ringfence.engine.vulnerabilities import schemes
from ringfence.io.bucket import open_bucket
from ringfence.model.package import Package

SHARES = {"npm": 0.40, "Debian:12": 0.20, "PyPI": 0.15, "Go": 0.10, "Maven": 0.10, "crates.io": 0.05}
"""Parts of all records, roughly as osv.dev has them."""
TEXT = "An attacker can do what should not be done by sending what nobody expected. " * 12


def name(ecosystem: str, number: int) -> str:
    """A package name as the ecosystem writes them. Half of all records are about a tenth of the packages."""
    return {"Maven": f"org.example:artifact-{number}", "Go": f"example.org/mod{number}"}.get(ecosystem, f"package-{number}")


def build(root: Path, records: int) -> dict[str, int]:
    """The zips of a bucket; the number of packages in each ecosystem."""
    dice = random.Random(1)  # noqa: S311 - the same records in every run
    packages: dict[str, int] = {}
    for ecosystem, share in SHARES.items():
        count = int(records * share)
        packages[ecosystem] = names = max(10, count // 4)
        folder = root / ecosystem.partition(":")[0]
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / "all.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for number in range(count):
                hot = dice.random() < 0.5
                about = dice.randrange(max(1, names // 10) if hot else names)
                made = record(ecosystem, name(ecosystem, about), number, dice)
                archive.writestr(f"{made['id']}.json", json.dumps(made))
    return packages


def record(ecosystem: str, about: str, number: int, dice: random.Random) -> dict[str, object]:
    """A record; a third has a twin under another id, as GHSA and PYSEC are twins."""
    major = dice.randrange(1, 9)
    events = [{"introduced": f"{major}.0.0"}, {"fixed": f"{major}.{dice.randrange(1, 20)}.{dice.randrange(20)}"}]
    return {
        "id": f"SIM-{ecosystem.partition(':')[0]}-{number}",
        "modified": f"2026-{dice.randrange(1, 12):02}-01T00:00:00Z",
        "aliases": [f"CVE-2026-{100_000 + number // 3}"],
        "summary": f"A fault of {about}",
        "details": TEXT,
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [
            {"package": {"ecosystem": ecosystem, "name": about}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        ],
        "references": [{"type": "WEB", "url": f"https://example.org/{number}"}],
    }


def inventory(packages: dict[str, int], count: int) -> tuple[Package, ...]:
    """Packages of all ecosystems, no two equal; few names in many versions and many in one, as a fleet has them.

    Two thirds of the names have records.
    """
    dice = random.Random(2)  # noqa: S311 - the same packages in every run
    kinds = list(SHARES)
    made: dict[Package, None] = {}
    while len(made) < count:
        ecosystem = dice.choices(kinds, weights=list(SHARES.values()))[0]
        about = name(ecosystem, int(packages[ecosystem] * 1.5 * dice.random() ** 3))
        version = f"{dice.randrange(1, 10)}.{dice.randrange(20)}.{dice.randrange(20)}"
        made[Package(purl=f"pkg:generic/{about}@{version}", name=about, version=version, ecosystem=ecosystem)] = None
    return tuple(made)


def matched(db: str, packages: tuple[Package, ...]) -> tuple[Matching, float]:
    """One inventory against a store just opened, and the CPU seconds it took."""
    orders = schemes()
    begun = time.process_time()
    with open_store(db) as store:
        found = match(packages, store, orders)
    return found, time.process_time() - begun


def looked_up(db: str, packages: tuple[Package, ...]) -> float:
    """The least any matcher must do: the records of every name read and decoded."""
    by_ecosystem: dict[str, set[str]] = {}
    for package in packages:
        base = package.ecosystem.partition(":")[0]
        by_ecosystem.setdefault(package.ecosystem, set()).add(package_key(base, advised(package)[0]))
    begun = time.process_time()
    with open_store(db) as store:
        for ecosystem, names in by_ecosystem.items():
            list(store.bearings(ecosystem, sorted(names)))
    return time.process_time() - begun


def real(root: Path, count: int) -> None:
    """The published records of PyPI, Go and crates.io: every package they name, in random versions, and as many more."""
    with tempfile.TemporaryDirectory() as folder:
        db = f"{folder}/advisories.db"
        Update(db, "2026-11-24T00:00:00Z").run([Source(osv, open_bucket(str(root)))])
        with open_store(db) as store:
            named = store.connection.execute("SELECT DISTINCT ecosystem, package FROM affected").fetchall()
        dice = random.Random(3)  # noqa: S311 - the same packages in every run
        made: dict[Package, None] = {}
        while len(made) < count:
            ecosystem, about = dice.choice(named)
            about = about if dice.random() < 0.5 else f"{about}-other"
            version = f"{dice.randrange(6)}.{dice.randrange(30)}.{dice.randrange(30)}"
            made[Package(purl=f"pkg:generic/{about}@{version}", name=about, version=version, ecosystem=ecosystem)] = None
        show("real store", db, tuple(made))


def show(what: str, db: str, held: tuple[Package, ...]) -> None:
    """One line about one inventory."""
    found, took = matched(db, held)
    least = looked_up(db, held)
    print(
        f"{what:<11} {len(held):>9,} packages  {took:7.3f} s CPU   {len(found.matches):,} matches"
        f"   {took / least:.2f}x looking the names up ({least:.3f} s)"
    )


def main() -> None:
    """Builds, matches, prints; the real records too, if RINGFENCE_TEST_DATA names them."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        root, db = Path(folder) / "osv", f"{folder}/advisories.db"
        packages = build(root, records)
        begun = time.process_time()
        done = Update(db, "2026-11-24T00:00:00Z").run([Source(osv, open_bucket(str(root)))])
        spent = time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        size = Path(db).stat().st_size / 1e6
        put = sum(item.written for item in done.imported)
        print(f"store       {put:>9,} records   {spent:7.2f} s CPU   {size:6.0f} MB   peak {peak} MB of memory")
        for count in (700, wanted):
            show("matching", db, inventory(packages, count))
    published = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "advisories" / "osv"
    if published.is_dir():
        real(published, wanted)


if __name__ == "__main__":
    main()
