"""The root of trust as a document: whose word counts, for which images, and what an image must have.

Form: one JSON document, versioned. `entries` are keys, certificates, recipients and builders by name, each with a scope and
a time; `rules` say by registry scope what is required; `signers` say who may make the next version. Unknown members are
refused: what a reader does not understand must not be passed over in a document that decides.
"""

import re
from datetime import datetime
from typing import Literal

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import statement_query, strict_json
from ringfence.model.fact import Fact

PAYLOAD_TYPE = "application/vnd.ringfence.trust.v1+json"
FORM = "root of trust"
MAX_BYTES = 4 * 1024 * 1024
"""Bytes of one version; trusted roots of sigstore and OpenPGP certificates are the largest in it."""
MAX_ENTRIES = 1_000
MAX_RULES = 1_000
EVERYWHERE = "*"
ROLE = "role:"
"""Before the name of a role, where entries are named."""
ANY_NAME, OWN_NAME = "any", "own"


class _Entry(Fact, forbid_unknown_fields=True, kw_only=True):
    """What all entries have: for which registry scopes (none: all), in which roles, from when until when."""

    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None


class KeyEntry(_Entry, tag_field="kind", tag="key", forbid_unknown_fields=True, kw_only=True):
    """A public key (PEM) as cosign signs with."""

    public: str


class OpenPgpEntry(_Entry, tag_field="kind", tag="openpgp", forbid_unknown_fields=True, kw_only=True):
    """An OpenPGP certificate as podman and skopeo sign with."""

    certificate: bytes


class X509Entry(_Entry, tag_field="kind", tag="x509", forbid_unknown_fields=True, kw_only=True):
    """Roots (PEM) of Notary Project signatures, and the subjects that may sign. `authority`: their word on the time counts.

    `revocation` says what is done where a certificate is revoked, or nobody can tell.
    """

    certificates: str
    subjects: tuple[str, ...]
    authority: bool = False
    revocation: Literal["enforce", "log", "skip"] = "log"


class SigstoreEntry(_Entry, tag_field="kind", tag="sigstore", forbid_unknown_fields=True, kw_only=True):
    """A trusted root (its JSON), and who may sign under it."""

    root: str
    subject: str
    issuer: str


class StampEntry(_Entry, tag_field="kind", tag="tsa", forbid_unknown_fields=True, kw_only=True):
    """Certificates (PEM) of a time stamp authority, its root among them."""

    certificates: str


class RecipientEntry(_Entry, tag_field="kind", tag="recipient", forbid_unknown_fields=True, kw_only=True):
    """Who may be encrypted for: a public key or certificate of one of the three schemes."""

    scheme: Literal["jwe", "pkcs7", "pgp"]
    public: bytes


class BuilderEntry(_Entry, tag_field="kind", tag="builder", forbid_unknown_fields=True, kw_only=True):
    """A builder: the id that provenance names, the SLSA level it is believed to have, and the entries that sign for it."""

    id: str
    level: int
    signers: tuple[str, ...]


Entry = KeyEntry | OpenPgpEntry | X509Entry | SigstoreEntry | StampEntry | RecipientEntry | BuilderEntry
Vouching = (KeyEntry, OpenPgpEntry, X509Entry, SigstoreEntry)
"""The kinds of entry that sign images."""


class Requirement(Fact, forbid_unknown_fields=True, kw_only=True):
    """`at_least` of the entries `of` (names, or `role:NAME`) vouch, in one of `forms` (none: all).

    With `predicate` (a type's URI) they must state it, so that every condition of `where` holds. `builders` asks for SLSA
    provenance by one of these, signed by its own signers, and takes the place of `of`. `stamped` are authorities of which
    one must have stamped each key's signature.
    """

    of: tuple[str, ...] = ()
    at_least: int = 1
    forms: tuple[str, ...] = ()
    predicate: str = ""
    where: tuple[str, ...] = ()
    builders: tuple[str, ...] = ()
    stamped: tuple[str, ...] = ()


class Rule(Fact, forbid_unknown_fields=True, kw_only=True):
    """What an image under `scope` (`host[/path]`, `*.host`, or `*`) needs. `verdict` other than `check` decides at once.

    All of `require` must hold. `encrypted` wants `every` layer encrypted, or `any`. `name` says what signatures must name:
    the image's `own` repository, `any`, or a fixed one.
    """

    scope: str
    verdict: Literal["check", "accept", "reject"] = "check"
    require: tuple[Requirement, ...] = ()
    encrypted: Literal["", "any", "every"] = ""
    name: str = OWN_NAME


class Signers(Fact, forbid_unknown_fields=True, kw_only=True):
    """Who may make the next version: `threshold` of these public keys (PEM, by name)."""

    threshold: int
    keys: dict[str, str]


class TrustDocument(Fact, forbid_unknown_fields=True, kw_only=True):
    """One version. `id` stays the same from the first on; `default` is for images that no rule is about."""

    schema: Literal["ringfence/trust/v1"] = "ringfence/trust/v1"
    id: str
    version: int
    expires: datetime
    signers: Signers
    default: Literal["accept", "reject"] = "reject"
    entries: dict[str, Entry] = {}
    rules: tuple[Rule, ...] = ()

    def rule_for(self, repository: str) -> Rule | None:
        """The rule about a repository: that of the longest scope it lies under."""
        fitting = [rule for rule in self.rules if under(repository, rule.scope)]
        return max(fitting, key=lambda rule: len(rule.scope), default=None)

    def named(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The names of the entries that `words` mean, each once."""
        found: dict[str, None] = {}
        for word in words:
            role = word.removeprefix(ROLE)
            if role == word:
                found[word] = None
            else:
                found.update(dict.fromkeys(name for name, entry in self.entries.items() if role in entry.roles))
        return tuple(found)


def is_name(text: str) -> bool:
    """Whether entries may be called so: names become names of files and of objects in other tools."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", text) is not None


def under(repository: str, scope: str) -> bool:
    """Whether a repository (`host/path`) lies under a scope, whole path parts compared."""
    if scope == EVERYWHERE:
        return True
    if scope.startswith("*."):
        return repository.partition("/")[0].endswith(scope[1:])
    return repository == scope or repository.startswith(f"{scope}/")


def holds_at(entry: Entry, repository: str, now: datetime) -> bool:
    """Whether an entry counts for a repository at a moment."""
    begun = entry.not_before is None or entry.not_before <= now
    ended = entry.not_after is not None and entry.not_after < now
    return begun and not ended and (not entry.scopes or any(under(repository, scope) for scope in entry.scopes))


def parse(data: bytes) -> TrustDocument:
    """A version. Raises `Malformed`, also where it names what it does not have."""
    return checked(strict_json.decode(data, TrustDocument, FORM, MAX_BYTES))


def checked(found: TrustDocument) -> TrustDocument:
    """The document if it holds together. Raises `Malformed`, `LimitExceeded`."""
    if len(found.entries) > MAX_ENTRIES:
        raise LimitExceeded("entries of a root of trust", MAX_ENTRIES)
    if len(found.rules) > MAX_RULES:
        raise LimitExceeded("rules of a root of trust", MAX_RULES)
    signers = found.signers
    if not 1 <= signers.threshold <= len(signers.keys):
        raise Malformed(FORM, f"it wants {signers.threshold} of {len(signers.keys)} signers")
    if len({" ".join(pem.split()) for pem in signers.keys.values()}) != len(signers.keys):
        raise Malformed(FORM, "one signer stands in it under two names")
    if found.version < 1 or not re.fullmatch(r"[0-9a-f]{32}", found.id):
        raise Malformed(FORM, "it has no version or no id")
    moments = [moment for entry in found.entries.values() for moment in (entry.not_before, entry.not_after)]
    if any(moment is not None and moment.tzinfo is None for moment in (found.expires, *moments)):
        raise Malformed(FORM, "a time without a zone")
    scopes = [rule.scope for rule in found.rules]
    if len(set(scopes)) != len(scopes):
        raise Malformed(FORM, "two rules are about one scope")
    for name, entry in found.entries.items():
        if not is_name(name):
            raise Malformed(FORM, f"{name[:60]!r} is no name for an entry")
        if isinstance(entry, BuilderEntry):
            _names(found, entry.signers, Vouching, f"builder {name}")
    for rule in found.rules:
        _rule(found, rule)
    return found


def _rule(document: TrustDocument, rule: Rule) -> None:
    if rule.verdict == "check" and not rule.require:
        raise Malformed(FORM, f"the rule for {rule.scope!r} asks for nothing: write accept or reject")
    for item in rule.require:
        if bool(item.of) == bool(item.builders):
            raise Malformed(FORM, f"the rule for {rule.scope!r} has a requirement of nobody, or of builders and others")
        _names(document, item.of, Vouching, f"rule for {rule.scope}")
        _names(document, item.builders, (BuilderEntry,), f"rule for {rule.scope}")
        _names(document, item.stamped, (StampEntry,), f"rule for {rule.scope}")
        able = len(item.builders) or len(document.named(item.of))
        if not 1 <= item.at_least <= able:
            raise Malformed(FORM, f"the rule for {rule.scope!r} wants {item.at_least} of {able}")
        if item.where and not (item.predicate or item.builders):
            raise Malformed(FORM, f"the rule for {rule.scope!r} has a condition and no predicate")
        for text in item.where:
            statement_query.parse(text)


def _names(document: TrustDocument, words: tuple[str, ...], kinds: tuple[type, ...], where: str) -> None:
    for name in document.named(words):
        if not isinstance(document.entries.get(name), kinds):
            raise Malformed(FORM, f"the {where} names {name!r}, which is no entry of a kind that fits")


def write(document: TrustDocument) -> bytes:
    """The document's JSON. Raises `Malformed` if it does not hold together."""
    return msgspec.json.encode(checked(document))
