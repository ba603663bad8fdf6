"""What is known of one image."""

import re
from collections.abc import Iterable, Iterator

from ringfence.model.fact import Fact
from ringfence.model.finding import FoundSecret, Severity
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package
from ringfence.model.recording import OwnedFiles
from ringfence.model.workload import Workload

LEAST_BYTES = 1_000_000
"""Bytes of unneeded files that are worth a word."""


class Layer(Fact):
    """A layer, the base being index 0. `digest` is that of the blob as stored, `diff_id` that of the tar in it.

    `size` is in bytes of the tar. `created_by` is the build step, with secrets struck out. `sealed` says why nothing of it
    could be read: it is encrypted, and for whom, or kept elsewhere.
    """

    index: int
    digest: str
    diff_id: str
    size: int = 0
    created_by: str = ""
    sealed: str = ""


class SmallerBase(Fact):
    """A base image that would do. `size` is in bytes to pull, None where its publisher tells none."""

    name: str
    fits: str
    size: int | None = None


class Base(Fact):
    """The image that this one was built on: its first `layers` layers, 0 if it was built on nothing.

    `name` and `digest` are empty where nothing tells them. `size` is in bytes of its layers' tars, `pull_size` in bytes as a
    registry keeps them (0: not known). `made` is the day of its last layer. `told_by` says how it was found. `smaller` are
    bases that would do for what the image `runs` (`python`, `node`, `java`, `shell`, `program`).
    """

    layers: int
    name: str = ""
    digest: str = ""
    size: int = 0
    pull_size: int = 0
    made: str = ""
    told_by: str = ""
    runs: str = ""
    smaller: tuple[SmallerBase, ...] = ()

    @property
    def called(self) -> str:
        """What to call it."""
        return self.name or "the base"


class ImageConfig(Fact):
    """How the image wants to be run. `user` empty is root; `environment` and `labels` have the names only."""

    user: str = ""
    environment: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    working_directory: str = ""
    labels: tuple[str, ...] = ()
    has_health_check: bool = False


class Unsupported(Fact):
    """A source package without security support, or with limited one; `ended` is a day, `why` the distribution's words."""

    package: str
    why: str = ""
    ended: str = ""
    limited: bool = False

    @property
    def told(self) -> str:
        """A line of it."""
        state = "limited support" if self.limited else f"support ended {self.ended}".strip()
        return f"{self.package}: {state}{'; ' + self.why if self.why else ''}"


class SecretHit(Fact):
    """A secret that was found, never whole: `shown` is a stump for people, `fingerprint` a part of its SHA-256.

    `place` is `file`, `environment`, `history`, `label` or `command`. `at.deleted` says that a later layer hides the file.
    `also` are the other places of the same secret, of whatever kind.
    """

    rule: str
    title: str
    place: str
    shown: str
    fingerprint: str
    severity: Severity
    at: Location = Location()
    also: tuple[Location, ...] = ()

    @property
    def known_by(self) -> FoundSecret:
        """By what a report, and an exception to it, know this secret again."""
        return FoundSecret(rule=self.rule, fingerprint=self.fingerprint)

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """The other places, a line each."""
        return tuple(f"the same secret in {_place(at)}" for at in self.also)


class PrivilegedFile(Fact):
    """A file of the final tree that gives rights to who runs it: setuid, setgid, or file capabilities (a bit mask).

    `owner` is the uid, `group` the gid. `package` is the name of the OS package that owns the file, if one does.
    """

    path: str
    mode: int
    owner: int
    group: int
    capabilities: int = 0
    package: str = ""
    at: Location = Location()


class Tool(Fact):
    """A program that a running container does not need. `kind` is `shell`, `package-manager` or `compiler`.

    `size` is in bytes. `package` is the OS package that owns it, `package_bytes` the bytes of all that package's files.
    """

    path: str
    kind: str
    size: int = 0
    package: str = ""
    package_bytes: int = 0
    at: Location = Location()


class OpenFile(Fact):
    """A file or folder that every user may write to (`kind` `world-writable`), or a device (`device`), of the final tree."""

    path: str
    kind: str
    mode: int
    at: Location = Location()


class Accounts(Fact):
    """What is wrong with the image's users: names with an empty password, and names that share a number (`a, b: 0`)."""

    empty_passwords: tuple[str, ...] = ()
    shared_numbers: tuple[str, ...] = ()


class Leftover(Fact):
    """A folder of files that a running container does not need, as far as they are in the final tree.

    `kind` is one of `knowledge/unneeded_files.json`: `cache`, `documentation`, `headers`, `tests`, `version-control`. `size`
    is in bytes; `at` is where most of them came in.
    """

    kind: str
    path: str
    files: int
    size: int
    at: Location = Location()


class WastedBytes(Fact):
    """What a layer carries and no container sees: files that later layers delete or replace. Bytes of the files alone.

    `largest` are the largest of them, a line each.
    """

    layer: int
    deleted_files: int = 0
    deleted_bytes: int = 0
    replaced_files: int = 0
    replaced_bytes: int = 0
    largest: tuple[str, ...] = ()
    at: Location = Location()

    @property
    def size(self) -> int:
        """All its wasted bytes."""
        return self.deleted_bytes + self.replaced_bytes


class Facts(Fact):
    """One image. `digest` is that of its configuration (the image id), the same in every form it is stored in.

    `tools`, `privileged_files` and `packages` are of the final tree; `secrets` of every layer. `unread` says why the layers
    could not all be read, and is empty when they could: then what is not listed is not there. `collected_on` and
    `end_of_life` are days, YYYY-MM-DD; `end_of_life` is that of the distribution's release,
    `unsupported` what the advisory store says of single packages. `leftovers` come the largest
    first, `wasted` by layer; `files_size` are the bytes of all files of all layers. `owned_files` are listed only where
    asked for.
    """

    reference: str
    digest: str
    collected_on: str
    config: Maybe[ImageConfig] = Unknown("a root file system has no image configuration")
    layers: tuple[Layer, ...] = ()
    base: Maybe[Base] = Unknown("a root file system has no base image")
    os_release: Maybe[OsRelease] = Unknown("the image has no os-release file")
    end_of_life: Maybe[str] = Unknown("the distribution is not known")
    packages: tuple[Package, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()
    privileged_files: tuple[PrivilegedFile, ...] = ()
    tools: tuple[Tool, ...] = ()
    secrets: tuple[SecretHit, ...] = ()
    open_files: tuple[OpenFile, ...] = ()
    accounts: Accounts = Accounts()
    leftovers: tuple[Leftover, ...] = ()
    wasted: tuple[WastedBytes, ...] = ()
    files_size: int = 0
    owned_files: tuple[OwnedFiles, ...] = ()
    unread: str = ""

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """An image runs nothing."""
        return ()

    @property
    def about(self) -> str:
        """The image's reference: a host has many."""
        return self.reference

    def subjects(self) -> Iterator[object]:
        """Everything a check may be asked about."""
        yield self
        yield from self.secrets

    @property
    def steps(self) -> tuple[tuple[Layer, str], ...]:
        """The layers with the commands that made them, without what builders write around a command."""
        return tuple((layer, _BUILDERS_OWN.sub("", layer.created_by).strip()) for layer in self.layers if layer.created_by)

    def left(self, kind: str, least: int = LEAST_BYTES) -> tuple[Leftover, ...]:
        """Its folders of unneeded files of one kind, if they take at least `least` bytes together; none if less."""
        found = tuple(item for item in self.leftovers if item.kind == kind)
        return found if sum(item.size for item in found) >= least else ()

    @property
    def seen_whole(self) -> Maybe[bool]:
        """Whether every layer was read: if not, absence proves nothing."""
        return Unknown(self.unread) if self.unread else Known(True)


_BUILDERS_OWN = re.compile(
    r"^(?:RUN )?(?:\|\d+ (?:\S+=(?:\"[^\"]*\"|\S*) )*)?(?:/bin/(?:ba)?sh -c (?:#\(nop\) )?)?|# buildkit$"
)
"""BuildKit writes `RUN |1 ARG=x /bin/sh -c COMMAND # buildkit`, the classic builder `/bin/sh -c #(nop) ADD ...`."""


def in_megabytes(size: int) -> str:
    """Bytes as people write them; a megabyte is 10^6 bytes. What is less than a tenth of one is told in kilobytes."""
    return f"{size / 1_000_000:,.1f} MB" if size >= 100_000 else f"{size / 1_000:,.1f} kB"


def as_lines(found: Iterable[Leftover]) -> tuple[str, ...]:
    """Folders of unneeded files, a line each."""
    return tuple(f"{item.path}: {in_megabytes(item.size)} in {item.files:,} files" for item in found)


def milder(severity: Severity) -> Severity:
    """One step less bad."""
    return _MILDER.get(severity, severity)


_MILDER = {
    Severity.CRITICAL: Severity.HIGH,
    Severity.HIGH: Severity.MEDIUM,
    Severity.MEDIUM: Severity.LOW,
    Severity.LOW: Severity.NEGLIGIBLE,
}


def _place(at: Location) -> str:
    layer = f" of layer {at.layer_index}" if at.layer_index is not None else ""
    return f"{at}{layer}{', deleted later' if at.deleted else ''}"
