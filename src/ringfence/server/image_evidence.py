"""What is known of images: reports of scans in a folder, signatures in the image's own registry.

A signature's answer is kept by the image's digest and the rule, never by a tag, so that nothing is asked twice; an outage is
not kept. Images named by a tag are asked for their digest each time.
"""

import datetime as dt
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ringfence.admission.evidence import Scan
from ringfence.admission.patterns import image
from ringfence.errors import RingfenceError, Unavailable
from ringfence.formats import in_toto, scan_report
from ringfence.formats.admission_policy import SignatureRule
from ringfence.formats.image_name import ImageName
from ringfence.io import watched
from ringfence.io.watched import Seen
from ringfence.model.knowledge import Known, Maybe, Unknown

if TYPE_CHECKING:
    from ringfence.io.registry import Registry

KEPT = 10_000
"""Answers about signatures that are kept."""
MAX_REPORT_BYTES = 16 * 1024 * 1024
"""Bytes of one report."""

Digests = Callable[[ImageName], str]
Vouching = Callable[[ImageName, SignatureRule], str]


@dataclass(slots=True)
class ScanFolder:
    """Reports of `ringfence image --format json`, one a file, by the digest of their image; the newest counts."""

    path: str
    _files: dict[str, tuple[Seen, Scan | None]] = field(default_factory=dict)
    _newest: dict[str, Scan] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def refresh(self) -> None:
        """Reads the reports that are new or changed. Raises `UnreadableInput` if the folder cannot be listed."""
        now = {item.path: item for item in watched.look((self.path,), (".json",))}
        if all(held[0] == now.get(path) for path, held in self._files.items()) and len(now) == len(self._files):
            return
        faults = {path: why for path, why in self.faults.items() if path in now}
        files: dict[str, tuple[Seen, Scan | None]] = {}
        for path, seen in now.items():
            held = self._files.get(path)
            if held is not None and held[0] == seen:
                files[path] = held
                continue
            faults.pop(path, None)
            try:
                files[path] = (seen, _scan(seen))
            except RingfenceError as fault:
                files[path] = (seen, None)
                faults[path] = fault.wrong
        in_order = sorted(files.values(), key=lambda item: item[0].modified)
        # One assignment each: a thread that asks meanwhile sees the old or the new.
        self._newest = {scan.digest: scan for _, scan in in_order if scan is not None}
        self._files, self.faults = files, faults

    def of(self, digest: str) -> Scan | None:
        """The last scan of an image."""
        return self._newest.get(digest)


def _scan(seen: Seen) -> Scan:
    found = scan_report.parse(watched.read(seen, MAX_REPORT_BYTES))
    day = dt.datetime.fromtimestamp(seen.modified / 1e9, dt.UTC).date().isoformat()
    return Scan(digest=found.digest, day=day, worst=found.worst, secrets=found.secrets)


@dataclass(slots=True)
class ImageEvidence:
    """Answers about images. `digests` resolves a tag, `vouching` asks who vouches; both may raise `RingfenceError`."""

    digests: Digests
    vouching: Vouching
    scans: ScanFolder | None = None
    _kept: "OrderedDict[tuple[str, str, SignatureRule], str]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refused(self, image_written: str, rule: SignatureRule) -> Maybe[str]:
        """Why too few of the rule's keys vouch; empty if enough do."""
        try:
            named = self._named(image_written)
            key = (f"{named.host}/{named.path}", named.digest, rule)
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return Known(self._kept[key])
            said = self.vouching(named, rule)
        except RingfenceError as fault:
            return Unknown(fault.diagnostics())
        with self._lock:
            self._kept[key] = said
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return Known(said)

    def scan(self, image_written: str) -> Maybe[Scan | None]:
        """The last scan of the image."""
        if self.scans is None:
            return Unknown("no folder of scans is given")
        try:
            return Known(self.scans.of(self._named(image_written).digest))
        except RingfenceError as fault:
            return Unknown(fault.diagnostics())

    def _named(self, written: str) -> ImageName:
        named = image(written)
        if named is None:
            raise Unavailable(f"{written!r} names no image")
        if named.digest:
            return named
        return ImageName(host=named.host, path=named.path, tag=named.tag, digest=self.digests(named))


def in_registries() -> tuple[Digests, Vouching]:
    """Both ways to ask, of the registries that images name, with the logins of this host."""

    def digests(named: ImageName) -> str:
        with closing(_registry(named)) as registry:
            return f"sha256:{hashlib.sha256(registry.manifest(named.version)).hexdigest()}"

    return digests, _vouching


def _registry(named: ImageName) -> "Registry":
    from ringfence.io import registry_logins  # noqa: PLC0415 - only who asks registries loads an HTTP client
    from ringfence.io.registry import Registry  # noqa: PLC0415 - see above

    return Registry(named, lambda: registry_logins.find(named, os.environ))


def _vouching(named: ImageName, rule: SignatureRule) -> str:
    try:
        from ringfence.trust import public_keys, verifying  # noqa: PLC0415 - only rules about signatures need the extra
        from ringfence.trust.faults import Refused  # noqa: PLC0415 - see above
        from ringfence.trust.repository import RegistryRepository  # noqa: PLC0415 - see above
    except ModuleNotFoundError as cause:
        mend = "run: pip install 'ringfence[trust]'"
        raise Unavailable(f"signatures need {cause.name}, which is not installed", mend=mend) from cause
    keys = tuple(public_keys.load(path) for path in rule.keys)
    predicate = in_toto.PREDICATES.get(rule.predicate, rule.predicate)
    demand = verifying.Demand(keys, rule.at_least, f"{named.host}/{named.path}", predicate)
    with closing(_registry(named)) as registry:
        try:
            verifying.verify(RegistryRepository(registry), named.digest, demand)
        except Refused as refusal:
            return refusal.wrong
    return ""


def nowhere() -> tuple[Digests, Vouching]:
    """Both ways to ask, where nothing may be asked."""

    def digests(named: ImageName) -> str:
        raise Unavailable("its digest is not written, and no registry may be asked", where=str(named))

    def vouching(named: ImageName, rule: SignatureRule) -> str:
        del rule
        raise Unavailable("no registry may be asked", where=str(named))

    return digests, vouching
