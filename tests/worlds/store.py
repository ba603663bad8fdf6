"""A store filled from feeds' own files, as `ringfence db update` fills it."""

import json
from pathlib import Path

from ringfence.advisories.delivery import FeedModule
from ringfence.advisories.match import Matching, match
from ringfence.advisories.store import open_store
from ringfence.advisories.update import Source, Update, Updated
from ringfence.engine.vulnerabilities import schemes
from ringfence.io.bucket import open_bucket
from ringfence.model.package import Package


def filled(db: Path, *sources: tuple[FeedModule, Path]) -> Updated:
    """The store at `db` with what each feed reads from its file or folder."""
    made = [Source(feed, open_bucket(str(path))) for feed, path in sources]
    return Update(str(db), "2026-11-24T00:00:00Z").run(made)


def written(path: Path, value: object) -> Path:
    """`value` as JSON at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def matched(db: Path, *packages: Package) -> Matching:
    """What the store says of the packages."""
    with open_store(str(db)) as store:
        return match(packages, store, schemes())


def package(ecosystem: str, name: str, version: str, source_name: str = "", source_version: str = "") -> Package:
    """A package, with a purl of no meaning."""
    return Package(
        purl=f"pkg:generic/{name}@{version}",
        name=name,
        version=version,
        ecosystem=ecosystem,
        source_name=source_name,
        source_version=source_version,
    )
