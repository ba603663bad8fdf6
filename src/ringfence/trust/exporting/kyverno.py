"""A ClusterPolicy for Kyverno.

Source: kyverno.io/docs, "Verify Images Rules" (attestors with `count`, attestations, types Cosign, SigstoreBundle and
Notary). Conditions of attestations are JMESPath there, and ours are not translated.
"""

from ringfence.formats import in_toto
from ringfence.formats.trust_document import (
    ANY_NAME,
    OWN_NAME,
    Entry,
    KeyEntry,
    Requirement,
    Rule,
    SigstoreEntry,
    TrustDocument,
    X509Entry,
)
from ringfence.trust import slsa
from ringfence.trust.exporting import admission, exported
from ringfence.trust.exporting.exported import Draft, Exported, Settings
from ringfence.trust.exporting.sigstore_keys import keys_of, plain

TOOL = "Kyverno"
Members = dict[str, object]


def export(document: TrustDocument, settings: Settings) -> Exported:
    """One object."""
    draft = Draft(lacks=exported.ends(document, TOOL))
    rules: list[Members] = []
    refused: list[Rule] = []
    for rule in document.rules:
        if rule.scope.startswith("*."):
            # Its `*` matches slashes too: `evil.example/x.host/y` would pass for an image of `*.host`.
            draft.lacks.append(f"{rule.scope}: {TOOL} has no exact scopes by part of a host: the rule is not written")
        elif rule.verdict == "reject":
            refused.append(rule)
        elif rule.verdict == "check":
            made = _rules(document, rule, settings, draft)
            rules += made or ()
            refused += [] if made else [rule]
    rules += _others(document, refused)
    policy: Members = {
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": {"name": "ringfence-trust"},
        "spec": {"validationFailureAction": "Enforce", "background": False, "webhookTimeoutSeconds": 30, "rules": rules},
    }
    draft.files["kyverno.yaml"] = admission.written([policy])
    return draft.done()


def _rules(document: TrustDocument, rule: Rule, settings: Settings, draft: Draft) -> list[Members] | None:
    """The rules that a rule becomes; None if it cannot be said."""
    if rule.encrypted:
        draft.lacks.append(f"{rule.scope}: {TOOL} does not ask that layers are encrypted")
    if rule.name != OWN_NAME or any(not item.predicate and not item.builders for item in rule.require):
        said = (
            "any repository" if rule.name == ANY_NAME else "the image's repository" if rule.name == OWN_NAME else rule.name
        )
        if rule.name != ANY_NAME:
            draft.lacks.append(f"{rule.scope}: {TOOL} does not compare the name in a signature with {said}")
    found: list[Members] = []
    for number, item in enumerate(rule.require, 1):
        draft.lacks += exported.unsaid(rule, item, TOOL)
        verify = _verify(rule, item, exported.vouching(document, rule, item, settings), draft)
        if verify is None:
            return None
        skipped = [pattern for other in admission.nested(document, rule) for pattern in admission.patterns(other.scope, "*")]
        images: Members = {"imageReferences": admission.patterns(rule.scope, "*")}
        if skipped:
            images["skipImageReferences"] = skipped
        found.append(
            {
                "name": f"{exported.slug(rule.scope)}-{number}"[:63],
                "match": {"any": [{"resources": {"kinds": ["Pod"]}}]},
                "verifyImages": [{**images, **verify}],
            }
        )
    return found


def _verify(rule: Rule, item: Requirement, entries: dict[str, Entry], draft: Draft) -> Members | None:
    able = {name: made for name, entry in entries.items() if (made := _attestor(entry)) is not None}
    for name in entries:
        if name not in able:
            draft.lacks.append(f"{rule.scope}: {TOOL} takes no signature of {name}")
    kinds = {_type(entries[name], item) for name in able}
    if len(able) < item.at_least or len(kinds) != 1:
        draft.lacks.append(f"{rule.scope}: {TOOL} cannot say {item.at_least} of {', '.join(entries)}: images are refused")
        return None
    attestors = [{"count": item.at_least, "entries": list(able.values())}]
    common: Members = {"type": kinds.pop(), "required": True, "mutateDigest": True, "verifyDigest": True}
    if item.predicate or item.builders:
        kind = in_toto.PREDICATES.get(item.predicate, item.predicate) or slsa.V1
        return {**common, "attestations": [{"type": kind, "attestors": attestors}]}
    return {**common, "attestors": attestors}


def _type(entry: Entry, item: Requirement) -> str:
    if isinstance(entry, X509Entry):
        return "Notary"
    return "SigstoreBundle" if item.forms and set(item.forms) <= {"bundle", "keyless"} else "Cosign"


def _attestor(entry: Entry) -> Members | None:
    match entry:
        case KeyEntry():
            return {"keys": {"publicKeys": entry.public, "rekor": {"ignoreTlog": True}, "ctlog": {"ignoreSCT": True}}}
        case SigstoreEntry():
            root = keys_of(entry.root)
            who: Members = {"issuer": entry.issuer, "subject": entry.subject, "roots": plain(root.authorities)}
            if root.logs:
                who["rekor"] = {"pubkey": plain(root.logs[0])}
            if root.certificate_logs:
                who["ctlog"] = {"pubkey": plain(root.certificate_logs[0])}
            return {"keyless": who}
        case X509Entry():
            return {"certificates": {"cert": entry.certificates}}
        case _:
            return None


def _others(document: TrustDocument, refused: list[Rule]) -> list[Members]:
    """Refuses what a rule rejects, and images of no rule if those are rejected."""
    rejected = [pattern for rule in refused for pattern in admission.patterns(rule.scope, "*")]
    known = [pattern for rule in document.rules if rule not in refused for pattern in admission.patterns(rule.scope, "*")]
    found = []
    if rejected:
        found.append(_pattern("rejected-images", " & ".join(f"!{item}" for item in rejected)))
    if document.default == "reject":
        found.append(_pattern("images-of-no-rule", " | ".join(known) or "none"))
    return found


def _pattern(name: str, images: str) -> Members:
    each = [{"image": images}]
    spec: Members = {"containers": each, "=(initContainers)": each, "=(ephemeralContainers)": each}
    return {
        "name": name,
        "match": {"any": [{"resources": {"kinds": ["Pod"]}}]},
        "validate": {"message": "The root of trust lets no image of this name run.", "pattern": {"spec": spec}},
    }
