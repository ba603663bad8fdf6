"""From a stored image to its facts: every layer read once, base first, then what is in the final tree."""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import msgspec

from ringfence.errors import LimitExceeded, RingfenceError
from ringfence.formats.oci_image import Configuration
from ringfence.io.world import World
from ringfence.knowledge import build_tools, debian_licences, end_of_life, secret_rules, unneeded_files
from ringfence.layers.image.collect.reading import bases, bloat, ownership, secret_places
from ringfence.layers.image.collect.reading import configuration as configurations
from ringfence.layers.image.collect.reading.dispatch import Dispatch
from ringfence.layers.image.collect.reading.file_sizes import Stacked
from ringfence.layers.image.collect.reading.layer_reading import Digests, LayerReader
from ringfence.layers.image.collect.reading.layer_record import (
    AccountFile,
    Database,
    LayerRecord,
    Licences,
    Open,
    Program,
    Release,
    Rights,
    Secrets,
)
from ringfence.layers.image.collect.reading.layer_scan import RELEASE_FILES, Budget, Searchers
from ringfence.layers.image.collect.reading.links import Links
from ringfence.layers.image.collect.reading.stored_image import StoredImage, StoredLayer
from ringfence.layers.image.collect.reading.tree import Mark, Tree
from ringfence.layers.image.facts import Accounts, Base, Facts, Layer, OpenFile, PrivilegedFile, SecretHit
from ringfence.model.finding import Problem, Storey
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

_OWNERS = ("debian-packages", "alpine-packages", "rpm-packages", "pacman-packages", "opkg-packages", "conda-packages")
"""Ecosystems that say which files are whose: what lies in these files under another name is theirs."""
_UNLESS_OWNED = ("known-programs", "known-distributions")
"""What is told only where no package says that it brought the file: it would be the same thing under another name."""


@dataclass(slots=True)
class _Reading:
    """What is known after each layer."""

    image: StoredImage
    world: World
    reader: LayerReader
    tree: Tree
    layers: list[Layer]
    sized: list[tuple[int, LayerRecord]]
    unread: list[str]
    steps: dict[int, str]
    base: Maybe[Base]


def facts(image: StoredImage, world: World) -> Facts:
    """Everything about one image. What cannot be read of a layer is reported, and the rest is read all the same."""
    scanner = secret_rules.scanner(world.cache)
    diff_ids = tuple(layer.diff_id for layer in image.layers)
    searched = configurations.Searched((), ())
    if image.configuration is not None:
        searched = configurations.searched(image.configuration, diff_ids, scanner)
    searchers = Searchers(
        Dispatch(world.readers.get(Storey.IMAGE, ())), scanner, build_tools.table(), unneeded_files.table()
    )
    reading = _Reading(
        image=image,
        world=world,
        reader=LayerReader(searchers, world.cache, Budget()),
        tree=Tree(),
        layers=[],
        sized=[],
        unread=[],
        steps={step.layer: step.text for step in searched.steps if step.layer is not None},
        base=(
            bases.base_of(image.configuration, tuple(layer.digest for layer in image.layers))
            if image.configuration is not None
            else Unknown("a root file system has no base image")
        ),
    )
    for index, layer in enumerate(image.layers):
        world.progress(f"{image.reference}: layer {index + 1} of {len(image.layers)}")
        _read(reading, index, layer)
    return _assembled(reading, searched.secrets)


def _read(reading: _Reading, index: int, layer: StoredLayer) -> None:
    where = f"{reading.image.reference} layer {index}"
    release = _release(reading.tree)
    read = reading.reader.read(layer, release.value if isinstance(release, Known) else None)
    if read.fault is not None:
        why = read.fault.wrong
        reading.unread.append(f"layer {index} could not be read to its end: {why}")
        reading.world.report(Problem(where=where, why=why, mend=_mend(read.fault)))
    if read.digests is not None:
        _compare(reading, index, layer, read.digests)
    for path, why in read.record.notes:
        reading.unread.append(f"/{path} {why}")
        reading.world.report(Problem(where=f"{where} /{path}", why=why))
    reading.tree.lay(index, read.record, snapshot=layer.snapshot)
    # A snapshot holds the whole tree: what lies below it is no part of the image's size.
    reading.sized = [] if layer.snapshot else reading.sized
    reading.sized.append((index, msgspec.structs.replace(read.record, marks=(), links=())))
    reading.layers.append(
        Layer(
            index=index,
            digest=layer.digest or layer.diff_id,
            diff_id=layer.diff_id,
            size=read.record.size,
            created_by=reading.steps.get(index, ""),
            sealed=layer.sealed,
        )
    )


def _compare(reading: _Reading, index: int, layer: StoredLayer, digests: Digests) -> None:
    """Reports a layer that is not what its digests say, or whose digest is of another algorithm and was not checked."""
    where = f"{reading.image.reference} layer {index}"
    for said, found, who in (
        (layer.digest, digests.stored, "manifest"),
        (layer.diff_id, digests.plain, "configuration"),
    ):
        if said and not said.startswith("sha256:"):
            reading.world.report(Problem(where=where, why=f"its digest {said[:16]}… is not SHA-256 and was not checked"))
        elif said and said != found:
            why = f"integrity: its content is {found}, the {who} says {said}"
            reading.unread.append(f"layer {index} is not what the {who} says")
            reading.world.report(
                Problem(where=where, why=why, mend="it is damaged or was tampered with: get the image again")
            )


def _mend(fault: RingfenceError) -> str:
    if isinstance(fault, LimitExceeded):
        return "an image this far out of the ordinary is hostile until shown otherwise"
    return fault.mend or "get the image again"


def _assembled(reading: _Reading, in_configuration: tuple[SecretHit, ...]) -> Facts:
    image, tree = reading.image, reading.tree
    release = _release(tree)
    configuration: Configuration | None = image.configuration
    paths = [mark.path for mark, _ in (*tree.live(Rights), *tree.live(Database), *tree.live(Program))]
    owned = ownership.owners(tree, paths)
    stacked = Stacked(reading.sized)
    locate = partial(_location, reading)
    return Facts(
        reference=image.reference,
        digest=image.digest,
        collected_on=reading.world.today,
        config=(
            Known(configurations.described(configuration))
            if configuration is not None
            else Unknown("a root file system has no image configuration")
        ),
        layers=tuple(reading.layers),
        base=bases.sized(reading.base, reading.layers),
        os_release=release,
        end_of_life=(
            end_of_life.of(release.value)
            if isinstance(release, Known)
            else Unknown("the image has no os-release file, so its distribution is not known")
        ),
        packages=_packages(reading, owned),
        privileged_files=tuple(
            PrivilegedFile(
                path=f"/{mark.path}",
                mode=rights.mode,
                owner=rights.uid,
                group=rights.gid,
                capabilities=rights.capabilities,
                package=owned.get(mark.path, ""),
                at=_location(reading, mark),
            )
            for mark, rights in tree.live(Rights)
        ),
        tools=bloat.tools(tree, owned, stacked, locate),
        secrets=secret_places.merged((*in_configuration, *_secrets(reading))),
        open_files=tuple(
            OpenFile(path=f"/{mark.path}", kind=what.kind, mode=what.mode, at=locate(mark)) for mark, what in tree.live(Open)
        ),
        accounts=_accounts(tree),
        leftovers=bloat.leftovers(stacked.places(), locate),
        wasted=bloat.wasted(stacked.waste, locate),
        files_size=sum(sum(array("Q", record.sizes.sizes)) for _, record in reading.sized),
        owned_files=bloat.owned_files(tree, stacked) if reading.world.list_files else (),
        unread="; ".join(reading.unread[:5]),
    )


def _accounts(tree: Tree) -> Accounts:
    empty: dict[str, None] = {}
    by_number: dict[int, list[str]] = {}
    for _, file in tree.live(AccountFile):
        empty.update(dict.fromkeys(file.empty))
        for name, number in file.users:
            if number >= 0:
                by_number.setdefault(number, []).append(name)
    shared = (f"{', '.join(names)}: {number}" for number, names in sorted(by_number.items()) if len(names) > 1)
    return Accounts(empty_passwords=tuple(empty), shared_numbers=tuple(shared))


def _release(tree: Tree) -> Maybe[OsRelease]:
    found = {mark.path: what.release for mark, what in tree.live(Release)}
    for path in RELEASE_FILES:
        if path in found:
            return Known(found[path])
    return Unknown("the image has no os-release file")


def _location(reading: _Reading, mark: Mark, *, line: int | None = None) -> Location:
    layer = reading.layers[mark.layer]
    base = reading.base.value.layers if isinstance(reading.base, Known) else 0
    return Location(
        path=f"/{mark.path}",
        line=line,
        layer_digest=layer.diff_id or layer.digest,
        layer_index=mark.layer if reading.image.configuration is not None else None,
        created_by=layer.created_by,
        in_base=mark.layer < base if base else None,
        deleted=mark.hidden,
    )


def _secrets(reading: _Reading) -> Iterable[SecretHit]:
    """One hit a secret and path, where it first came in; hidden only if no layer still shows it."""
    found: dict[tuple[str, str, str], tuple[Mark, SecretHit]] = {}
    for mark in reading.tree.all:
        if not isinstance(mark.what, Secrets):
            continue
        for match in mark.what.matches:
            path = f"{mark.path}!/{mark.what.within}" if mark.what.within else mark.path
            key = (path, match.rule, match.fingerprint)
            if key in found:
                first, _ = found[key]
                first.hidden = first.hidden and mark.hidden
                continue
            found[key] = (
                Mark(path, mark.layer, match.line, hidden=mark.hidden),
                SecretHit(
                    rule=match.rule,
                    title=match.title,
                    place="file",
                    shown=match.redacted,
                    fingerprint=match.fingerprint,
                    severity=match.severity,
                ),
            )
    for mark, hit in found.values():
        line = mark.what if isinstance(mark.what, int) else None
        yield msgspec.structs.replace(hit, at=_location(reading, mark, line=line))


def _packages(reading: _Reading, owned: dict[str, str]) -> tuple[Package, ...]:
    """The packages of the final tree, each with the layer that first had this version of it, and who owns its files."""
    first: dict[tuple[str, str], Mark] = {}
    for mark in sorted((mark for mark in reading.tree.all if isinstance(mark.what, Database)), key=lambda mark: mark.layer):
        if isinstance(mark.what, Database):
            for package in mark.what.packages:
                first.setdefault((mark.path, package.purl), mark)
    places: dict[str, list[Location]] = {}
    owners: dict[str, set[str]] = {}
    by_purl: dict[str, Package] = {}
    system: dict[str, str] = {}
    licences = _licences(reading.tree)
    for mark, database in reading.tree.live(Database):
        if database.ecosystem in _UNLESS_OWNED and mark.path in owned:
            continue
        for package in database.packages:
            origin = first[mark.path, package.purl]
            at = _location(reading, Mark(mark.path, origin.layer, None))
            by_purl.setdefault(package.purl, package)
            places.setdefault(package.purl, []).append(at)
            if database.ecosystem in _OWNERS:
                system[package.name] = package.purl
            else:
                owners.setdefault(package.purl, set()).add(owned.get(mark.path, ""))
    return tuple(
        msgspec.structs.replace(
            package,
            licenses=package.licenses or licences(package),
            locations=tuple(places[purl]),
            layer_digest=places[purl][0].layer_digest,
            owned_by=system.get(_only(owners.get(purl, set())), ""),
        )
        for purl, package in sorted(by_purl.items())
    )


def _licences(tree: Tree) -> Callable[[Package], tuple[str, ...]]:
    """What the copyright files of Debian's packages say; some are shared through a link in the folder's place."""
    found = {mark.path: what.names for mark, what in tree.live(Licences)}
    links = Links.of(tree)

    def of(package: Package) -> tuple[str, ...]:
        if not found or not package.purl.startswith("pkg:deb/"):
            return ()
        return debian_licences.spdx(found.get(links.real(f"usr/share/doc/{package.name}/copyright"), ()))

    return of


def _only(names: set[str]) -> str:
    """The one name, or nothing if there are several or some place has no owner."""
    return next(iter(names)) if len(names) == 1 else ""
