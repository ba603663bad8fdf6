"""Ends of support that the store has take the place of those that ship, and packages on Debian's lists are told."""

from pathlib import Path

from ringfence.advisories.feeds import debian_support, distro_info
from ringfence.engine.storeys import Gathered
from ringfence.engine.support import informed
from ringfence.layers.image.facts import Facts
from ringfence.model.finding import Storey
from ringfence.model.knowledge import Known
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package
from worlds.store import filled


def image(*packages: Package) -> tuple[Gathered, ...]:
    facts = Facts(
        reference="app:1",
        digest="",
        collected_on="2026-11-24",
        os_release=Known(OsRelease(id="debian", version="12")),
        end_of_life=Known("2020-01-01"),
        packages=packages,
    )
    return (Gathered(Storey.IMAGE, "dir", "app:1", facts),)


def debian(name: str, version: str) -> Package:
    return Package(purl=f"pkg:deb/debian/{name}@{version}", name=name, version=version, ecosystem="Debian:12")


def test_without_a_store_nothing_changes(tmp_path: Path) -> None:
    held = image()
    assert informed(held, str(tmp_path / "none")) == held


def test_the_stores_dates_and_lists_are_put_into_the_facts(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    head = "version,codename,series,created,release,eol,eol-lts\n"
    (folder / "debian.csv").write_text(f"{head}12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-06-10,2028-06-30\n")
    (folder / "security-support-ended.deb12").write_text(
        "wpewebkit\t2.38.6-1\t2023-05-09\tabandoned\nphp-horde.*\t0\t2025-03-22\tincompatible\n"
    )
    (folder / "security-support-limited").write_text("webkit2gtk   only trusted content\n")
    filled(tmp_path / "db", (distro_info, folder), (debian_support, folder))
    held = image(
        debian("wpewebkit", "2.38.6-1"), debian("wpewebkit", "2.40-1"), debian("php-horde-mail", "9"), debian("less", "1")
    )
    (found,) = informed(held, str(tmp_path / "db"))
    assert isinstance(found.facts, Facts)
    assert found.facts.end_of_life == Known("2028-06-30")
    assert [(item.package, item.ended) for item in found.facts.unsupported] == [
        ("wpewebkit", "2023-05-09"),
        ("php-horde-mail", "2025-03-22"),
    ]
