"""Whether an image may run, by a root of trust: its rule, each requirement of it, and whether it is encrypted as it must be.

What could not be judged counts as not met; every answer is told, so that a refusal says all that is missing at once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ringfence.errors import RingfenceError
from ringfence.formats import in_toto, statement_query, trust_document
from ringfence.formats.in_toto import Statement
from ringfence.formats.notary_policy import Level
from ringfence.formats.oci_image import Descriptor
from ringfence.formats.statement_query import Condition
from ringfence.formats.trust_document import (
    ANY_NAME,
    OWN_NAME,
    BuilderEntry,
    Entry,
    KeyEntry,
    OpenPgpEntry,
    Requirement,
    Rule,
    SigstoreEntry,
    StampEntry,
    TrustDocument,
    X509Entry,
)
from ringfence.trust import public_keys, slsa, verifying
from ringfence.trust.encrypted_image import LayerState
from ringfence.trust.faults import Refused
from ringfence.trust.verifying import FORMS, Demand
from ringfence.trust.vouchers import Voucher

if TYPE_CHECKING:
    from cryptography import x509

    from ringfence.trust.keyless import KeylessSigner
    from ringfence.trust.notary import NotarySigner
    from ringfence.trust.openpgp_signing import Certificate

_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image that asks: its repository (`registry/path`), what vouches for it, and how its layers are kept."""

    repository: str
    image: Descriptor
    vouchers: tuple[Voucher, ...]
    layers: tuple[LayerState, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """To one requirement: what was asked, whether it holds, and who vouches or why not."""

    asked: str
    holds: bool
    said: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule that was applied (its scope; `default` if none fits), and its answers."""

    scope: str
    answers: tuple[Answer, ...]

    @property
    def passes(self) -> bool:
        """Whether the image may run."""
        return bool(self.answers) and all(answer.holds for answer in self.answers)


def decide(document: TrustDocument, candidate: Candidate, now: datetime) -> Decision:
    """Judges one image."""
    rule = document.rule_for(candidate.repository)
    if rule is None:
        passes = document.default == "accept"
        return Decision("default", (Answer("a rule", passes, f"none is about {candidate.repository}: {document.default}"),))
    if rule.verdict != "check":
        return Decision(rule.scope, (Answer("the rule's verdict", rule.verdict == "accept", rule.verdict),))
    answers = [_answer(document, rule, item, candidate, now) for item in rule.require]
    if rule.encrypted:
        answers.append(_encrypted(rule, candidate.layers))
    return Decision(rule.scope, tuple(answers))


def describe(document: TrustDocument, item: Requirement) -> str:
    """A requirement in words."""
    whom = item.builders or document.named(item.of)
    what = "SLSA provenance" if item.builders else f"a statement {item.predicate}" if item.predicate else "a signature"
    where = f" where {' and '.join(item.where)}" if item.where else ""
    forms = f" ({', '.join(item.forms)})" if item.forms else ""
    stamped = f", stamped by {', '.join(item.stamped)}" if item.stamped else ""
    return f"{what} of {item.at_least} of {', '.join(whom)}{forms}{where}{stamped}"


def _answer(document: TrustDocument, rule: Rule, item: Requirement, candidate: Candidate, now: datetime) -> Answer:
    asked = describe(document, item)
    try:
        if item.builders:
            return _built(document, rule, item, candidate, now)
        demand = demand_of(document, rule, item, candidate.repository, now)
        found = verifying.judge(candidate.image, candidate.vouchers, demand)
    except RingfenceError as fault:
        return Answer(asked, holds=False, said=fault.wrong)
    return Answer(asked, holds=True, said=", ".join(dict.fromkeys(key for one in found.vouched for key in one.keys)))


def _built(document: TrustDocument, rule: Rule, item: Requirement, candidate: Candidate, now: datetime) -> Answer:
    """Each builder is asked for by itself: the signers of one may not speak for another."""
    held, said = [], []
    for name in item.builders:
        builder = document.entries[name]
        if not isinstance(builder, BuilderEntry) or not trust_document.holds_at(builder, candidate.repository, now):
            said.append(f"{name} does not count for {candidate.repository} today")
            continue
        try:
            asked = Requirement(of=builder.signers, forms=item.forms, where=item.where, stamped=item.stamped)
            demand = demand_of(document, rule, asked, candidate.repository, now)
            holds = partial(_built_by, slsa.Expected((builder.id,)), demand.holds)
            verifying.judge(candidate.image, candidate.vouchers, replace(demand, predicates=slsa.TYPES, holds=holds))
            held.append(name)
        except RingfenceError as fault:
            said.append(f"{name}: {fault.wrong}")
    enough = len(held) >= item.at_least
    return Answer(describe(document, item), enough, ", ".join(held) if enough else "; ".join(said))


def _built_by(expected: slsa.Expected, conditions: Callable[[Statement], str], statement: Statement) -> str:
    return slsa.missing(statement, expected) or conditions(statement)


def demand_of(document: TrustDocument, rule: Rule, item: Requirement, repository: str, now: datetime) -> Demand:
    """A requirement as a demand on vouchers. Raises `Refused` if too few are left who may vouch, `UnreadableInput`."""
    live = {name: it for name, it in document.entries.items() if trust_document.holds_at(it, repository, now)}
    names = [name for name in document.named(item.of) if name in live]
    if len(names) < item.at_least:
        raise Refused(f"of those asked for, {len(names)} may vouch for {repository} today")
    return Demand(
        keys=tuple(public_keys.parse(it.public.encode(), name) for name, it in _of(live, names, KeyEntry)),
        certificates=_openpgp(_of(live, names, OpenPgpEntry)),
        keyless=_keyless(_of(live, names, SigstoreEntry)),
        notary=_notary(_of(live, names, X509Entry), _of(live, live, StampEntry)),
        at_least=item.at_least,
        identity={OWN_NAME: repository, ANY_NAME: ""}.get(rule.name, rule.name),
        predicate=in_toto.PREDICATES.get(item.predicate, item.predicate),
        forms=frozenset(item.forms or FORMS),
        stamps=_stamps(_of(live, item.stamped, StampEntry), asked=bool(item.stamped)),
        holds=partial(_conditions, tuple(statement_query.parse(text) for text in item.where)),
        now=now,
    )


def _conditions(conditions: tuple[Condition, ...], statement: Statement) -> str:
    return next(filter(None, (condition.missing(statement.predicate) for condition in conditions)), "")


def _of(entries: Mapping[str, Entry], names: Iterable[str], kind: type[_Kind]) -> list[tuple[str, _Kind]]:
    return [(name, entry) for name in names if isinstance(entry := entries.get(name), kind)]


# What follows loads a library only where an entry needs it: keys alone stay fast.


def _openpgp(entries: list[tuple[str, OpenPgpEntry]]) -> "tuple[Certificate, ...]":
    if not entries:
        return ()
    from ringfence.trust import openpgp_signing  # noqa: PLC0415 - see above

    return tuple(openpgp_signing.parse_certificate(entry.certificate, name) for name, entry in entries)


def _keyless(entries: list[tuple[str, SigstoreEntry]]) -> "tuple[KeylessSigner, ...]":
    if not entries:
        return ()
    from ringfence.trust import keyless  # noqa: PLC0415 - see above

    return tuple(
        keyless.KeylessSigner(name, keyless.trusted_root(entry.root.encode(), name), entry.subject, entry.issuer)
        for name, entry in entries
    )


def _notary(entries: list[tuple[str, X509Entry]], stamps: list[tuple[str, StampEntry]]) -> "tuple[NotarySigner, ...]":
    if not entries:
        return ()
    from ringfence.trust import notary, timestamps  # noqa: PLC0415 - see above

    return tuple(
        notary.NotarySigner(
            name,
            timestamps.parse_certificates(entry.certificates.encode(), name),
            entry.subjects,
            Level(acts=("enforce", "enforce", "enforce", entry.revocation)),
            authority=entry.authority,
            stamps=_stamps(stamps, asked=False),
        )
        for name, entry in entries
    )


def _stamps(entries: list[tuple[str, StampEntry]], *, asked: bool) -> "tuple[x509.Certificate, ...]":
    if not entries:
        if asked:
            raise Refused("no time stamp authority of those asked for counts today")
        return ()
    from ringfence.trust import timestamps  # noqa: PLC0415 - see above

    return tuple(one for name, it in entries for one in timestamps.parse_certificates(it.certificates.encode(), name))


def _encrypted(rule: Rule, layers: tuple[LayerState, ...]) -> Answer:
    plain = [str(number) for number, layer in enumerate(layers) if not layer.encrypted]
    asked = f"{rule.encrypted} layer encrypted"
    holds = bool(layers) and (not plain if rule.encrypted == "every" else len(plain) < len(layers))
    return Answer(asked, holds, f"{len(layers) - len(plain)} of {len(layers)} are")
