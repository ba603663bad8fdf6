"""What `ringfence trust` does to a root of trust, and `ringfence verify --trust` by it."""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from ringfence.cli import places
from ringfence.errors import UnreadableInput, WrongUsage
from ringfence.formats import requirement_text, trust_document
from ringfence.formats.trust_document import (
    BuilderEntry,
    Entry,
    KeyEntry,
    OpenPgpEntry,
    RecipientEntry,
    Rule,
    Signers,
    SigstoreEntry,
    StampEntry,
    TrustDocument,
    X509Entry,
)
from ringfence.io import clock
from ringfence.trust import entry_material, public_keys, root_of_trust, signer
from ringfence.trust.faults import Refused

NOT_IN_FORCE = 1
Change = Callable[[TrustDocument, argparse.Namespace], TrustDocument]


def run(options: argparse.Namespace) -> int:
    """Does one of the words about a file."""
    match options.what:
        case "init":
            return _init(options)
        case "add":
            return _changed(options, _with_entry)
        case "remove":
            return _changed(options, _without_entry)
        case "rotate":
            return _changed(options, _rotated)
        case "rule":
            return _changed(options, _with_rule)
        case "sign":
            standing = root_of_trust.sign(options.file, signer.load(options.key, places.passphrase()))
            _tell(options.file, standing)
            return 0
        case "show":
            return _show(options)
        case _:
            return _check(options)


def now() -> datetime:
    """The moment."""
    return datetime.fromisoformat(clock.now())


def opened(path: str, anchor: str | None = None) -> TrustDocument:
    """The version of a file that is in force, held against what was seen before and remembered. Raises `Refused`."""
    versions = root_of_trust.read(path)
    note = _note(versions[-1].document.id)
    pin = root_of_trust.pinned(note)
    try:
        if anchor:
            good = root_of_trust.read(anchor)
            if good[-1].document.id != versions[-1].document.id:
                raise Refused("is of another root of trust than the anchor")
            at = root_of_trust.Pin(version=good[-1].document.version, digest=root_of_trust.digest_of(good[-1]))
            root_of_trust.in_force(versions, now(), at)
        found = root_of_trust.in_force(versions, now(), pin)
    except Refused as refusal:
        refusal.where = refusal.where or path
        raise
    root_of_trust.remember(note, versions[-1])
    return found


def _note(name: str) -> str:
    home = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(home, "ringfence", "trust", f"{name}.json")


def _init(options: argparse.Namespace) -> int:
    keys = {_name_of(path): entry_material.key(path) for path in options.signer}
    if len(keys) != len(options.signer):
        raise WrongUsage("two signers of one name", mend="signers are called as their files, without .pub")
    expires = now() + timedelta(days=options.days)
    root_of_trust.begin(options.file, Signers(threshold=options.threshold, keys=keys), expires)
    _tell_draft(options.file)
    return 0


def _name_of(path: str) -> str:
    return os.path.basename(path).removesuffix(".pub").removesuffix(".pem")


def _changed(options: argparse.Namespace, change: Change) -> int:
    root_of_trust.keep_draft(options.file, change(root_of_trust.draft(options.file), options))
    _tell_draft(options.file)
    return 0


def _with_entry(document: TrustDocument, options: argparse.Namespace) -> TrustDocument:
    if options.name in document.entries:
        raise WrongUsage(f"there is an entry {options.name!r}", mend="rotate it, remove it, or choose another name")
    if not trust_document.is_name(options.name):
        raise WrongUsage("is no name for an entry", where=options.name, mend="use letters, digits, '.', '_' and '-'")
    return msgspec.structs.replace(document, entries={**document.entries, options.name: _entry(options)})


def _entry(options: argparse.Namespace) -> Entry:
    common: dict[str, object] = {
        "scopes": tuple(options.scope),
        "roles": tuple(options.role),
        "not_before": _day(options.begin) if options.begin else None,
        "not_after": _day(options.until) + timedelta(days=1) if options.until else None,
    }
    match options.kind:
        case "builder":
            made: Entry = BuilderEntry(id=options.path, level=options.level, signers=tuple(options.signed_by))
        case "x509":
            if not options.subject:
                raise WrongUsage("certificates vouch for everybody they were given to", mend="add --subject (or '*')")
            made = X509Entry(
                certificates=entry_material.certificates(options.path),
                subjects=tuple(options.subject),
                authority=options.authority,
                revocation=options.revocation,
            )
        case "sigstore":
            if len(options.subject) != 1 or not options.issuer:
                raise WrongUsage("a trusted root vouches for everybody", mend="add one --subject and --issuer")
            made = SigstoreEntry(
                root=entry_material.trusted_root(options.path), subject=options.subject[0], issuer=options.issuer
            )
        case kind:
            made = entry_material.simple(kind, options.path)
    return msgspec.structs.replace(made, **common)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as cause:
        raise WrongUsage("is no day", where=text, mend="write YYYY-MM-DD") from cause


def _without_entry(document: TrustDocument, options: argparse.Namespace) -> TrustDocument:
    _known(document, options.name)
    left = {name: entry for name, entry in document.entries.items() if name != options.name}
    return msgspec.structs.replace(document, entries=left)


def _known(document: TrustDocument, name: str) -> Entry:
    if name not in document.entries:
        there = ", ".join(document.entries) or "nothing"
        raise WrongUsage(f"there is no entry {name!r}; there is {there}", mend="see 'ringfence trust show'")
    return document.entries[name]


def _rotated(document: TrustDocument, options: argparse.Namespace) -> TrustDocument:
    if options.name and not options.path:
        raise WrongUsage("the new key is missing", mend="write: rotate FILE NAME NEW-FILE")
    if options.name:
        old = _known(document, options.name)
        document = msgspec.structs.replace(
            document, entries={**document.entries, options.name: entry_material.replaced(old, options.path)}
        )
    keys = {name: pem for name, pem in document.signers.keys.items() if name not in options.remove_signer}
    if set(options.remove_signer) - set(document.signers.keys):
        raise WrongUsage("there is no such signer", where=", ".join(options.remove_signer))
    keys |= {_name_of(path): entry_material.key(path) for path in options.add_signer}
    threshold = options.threshold if options.threshold is not None else document.signers.threshold
    expires = now() + timedelta(days=options.days) if options.days is not None else document.expires
    signers = Signers(threshold=threshold, keys=keys)
    return msgspec.structs.replace(document, signers=signers, expires=expires)


def _with_rule(document: TrustDocument, options: argparse.Namespace) -> TrustDocument:
    if options.accept and options.reject:
        raise WrongUsage("accept and reject at once")
    verdict: Literal["accept", "reject", "check"] = "accept" if options.accept else "reject" if options.reject else "check"
    if options.scope == "default":
        if verdict == "check":
            raise WrongUsage("images of no rule are accepted or rejected", mend="add --accept or --reject")
        return msgspec.structs.replace(document, default=verdict)
    left = tuple(rule for rule in document.rules if rule.scope != options.scope)
    if options.remove:
        return msgspec.structs.replace(document, rules=left)
    require = tuple(requirement_text.parse(text) for text in options.require)
    made = Rule(scope=options.scope, verdict=verdict, require=require, encrypted=options.encrypted, name=options.name)
    return msgspec.structs.replace(document, rules=(*left, made))


def _tell_draft(path: str) -> None:
    standing = root_of_trust.standing(path)
    if standing is not None:
        _tell(path, standing)


def _tell(path: str, standing: root_of_trust.Standing) -> None:
    signed = ", ".join(dict.fromkeys((*standing.before, *standing.own))) or "nobody"
    state = f"is a draft: {standing.lacking}" if standing.lacking else "is in force"
    print(places.printable(f"{path}: version {standing.document.version} {state} (signed by {signed})"))


def _show(options: argparse.Namespace) -> int:
    document = root_of_trust.read(options.file)[-1].document
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(document)).decode())
        return 0
    print(f"version {document.version}, until {document.expires:%Y-%m-%d}, {document.id}")
    print(f"signers: {document.signers.threshold} of {', '.join(document.signers.keys)}")
    for name, entry in document.entries.items():
        print(places.printable(f"{name}: {_shown(entry)}"))
    from ringfence.trust import root_deciding

    for rule in document.rules:
        if rule.verdict != "check":
            print(places.printable(f"{rule.scope}: {rule.verdict}"))
        for item in rule.require:
            print(places.printable(f"{rule.scope}: {root_deciding.describe(document, item)}"))
        if rule.encrypted:
            print(places.printable(f"{rule.scope}: {rule.encrypted} layer encrypted"))
    print(f"other images: {document.default}")
    return 0


def _shown(entry: Entry) -> str:
    parts = [str(entry.__struct_config__.tag)]
    match entry:
        case KeyEntry():
            parts.append(public_keys.parse(entry.public.encode(), "key").hint)
        case SigstoreEntry():
            parts.append(f"{entry.subject} of {entry.issuer}")
        case X509Entry():
            parts.append(", ".join(entry.subjects))
        case BuilderEntry():
            parts.append(f"{entry.id}, SLSA level {entry.level}, signed by {', '.join(entry.signers)}")
        case OpenPgpEntry() | StampEntry() | RecipientEntry():
            pass
    if entry.roles:
        parts.append(f"as {', '.join(entry.roles)}")
    if entry.scopes:
        parts.append(f"in {', '.join(entry.scopes)}")
    begin = f"from {entry.not_before:%Y-%m-%d}" if entry.not_before else ""
    end = f"until {entry.not_after - timedelta(seconds=1):%Y-%m-%d}" if entry.not_after else ""
    return " ".join(filter(None, (*parts, begin, end)))


def _check(options: argparse.Namespace) -> int:
    status = 0
    if os.path.exists(options.file):
        try:
            document = opened(options.file, options.anchor)
            print(
                places.printable(f"{options.file}: version {document.version} is in force until {document.expires:%Y-%m-%d}")
            )
            for name, entry in document.entries.items():
                if entry.not_after is not None and entry.not_after < now():
                    print(places.printable(f"{options.file}: {name} has ended"))
        except Refused as refusal:
            print(f"ringfence: {places.printable(refusal.diagnostics())}", file=sys.stderr)
            status = NOT_IN_FORCE
    elif root_of_trust.standing(options.file) is None:
        raise UnreadableInput("there is no such file", where=options.file, mend="see 'ringfence trust init'")
    _tell_draft(options.file)
    return status


def verify(options: argparse.Namespace) -> int:
    """`ringfence verify --trust`: decides by the root of trust; says each requirement and its answer."""
    from ringfence.trust import beside, encrypted_image, root_deciding, verifying, vouchers

    document = opened(options.trust, options.trust_anchor)
    with places.reading(options.ref) as place:
        repository = options.identity or place.name
        if not repository:
            raise WrongUsage("a layout does not say what repository its image is of", mend="add --identity REGISTRY/PATH")
        image = verifying.image_of(place.repository, place.image.digest)
        folder = beside.folder(options.lookaside, repository, image.digest) if options.lookaside else place.folder
        found = (*vouchers.attached(place.repository, image.digest), *(beside.vouchers(folder) if folder else ()))
        layers = encrypted_image.layers(place.source, place.image)
    candidate = root_deciding.Candidate(verifying.repository_of(repository), image, found, layers)
    decision = root_deciding.decide(document, candidate, now())
    print(f"{image.digest} {'passes' if decision.passes else 'is refused'} (rule for {places.printable(decision.scope)})")
    for answer in decision.answers:
        line = f"  {'holds' if answer.holds else 'FAILS'}: {answer.asked}: {answer.said}"
        print(places.printable(line), file=sys.stdout if answer.holds else sys.stderr)
    return 0 if decision.passes else NOT_IN_FORCE
