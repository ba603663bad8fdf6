"""ClusterImagePolicy and TrustRoot objects for sigstore's policy-controller.

Source: docs.sigstore.dev/policy-controller. Of the authorities of one policy any will do; every policy that fits an image
must hold. So 1 of m and n of n can be said, nothing between, and a policy of a part cannot take the place of one of the
whole.
"""

import base64

from ringfence.formats import in_toto
from ringfence.formats.trust_document import (
    ANY_NAME,
    Entry,
    KeyEntry,
    Requirement,
    Rule,
    SigstoreEntry,
    TrustDocument,
)
from ringfence.trust import slsa
from ringfence.trust.exporting import admission, exported
from ringfence.trust.exporting.exported import Draft, Exported, Settings
from ringfence.trust.exporting.sigstore_keys import keys_of, parts_of

TOOL = "policy-controller"
Members = dict[str, object]


def export(document: TrustDocument, settings: Settings) -> Exported:
    """Policies, roots, and what happens to other images."""
    draft = Draft(lacks=exported.ends(document, TOOL))
    objects: list[Members] = []
    for rule in document.rules:
        if admission.nested(document, rule) and rule.verdict != "accept":
            draft.lacks.append(f"{rule.scope}: {TOOL} asks for it in all its parts too, whatever their own rules say")
        objects += _policies(document, rule, settings, draft)
    objects += [_root(name, entry, draft) for name, entry in document.entries.items() if isinstance(entry, SigstoreEntry)]
    act = "deny" if document.default == "reject" else "allow"
    objects.append(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "config-policy-controller", "namespace": "cosign-system"},
            "data": {"no-match-policy": act},
        }
    )
    draft.files["policy-controller.yaml"] = admission.written(objects)
    return draft.done()


def _policies(document: TrustDocument, rule: Rule, settings: Settings, draft: Draft) -> list[Members]:
    images = [{"glob": pattern} for pattern in admission.patterns(rule.scope, "**")]
    if rule.verdict != "check":
        action = "pass" if rule.verdict == "accept" else "fail"
        return [_policy(rule, "0", images, [{"name": rule.verdict, "static": {"action": action}}])]
    if rule.encrypted:
        draft.lacks.append(f"{rule.scope}: {TOOL} does not ask that layers are encrypted")
    if rule.name != ANY_NAME:
        draft.lacks.append(f"{rule.scope}: {TOOL} does not compare the name in a signature with the image's")
    found = []
    for number, item in enumerate(rule.require, 1):
        draft.lacks += exported.unsaid(rule, item, TOOL)
        for place, authorities in enumerate(
            _authorities(rule, item, exported.vouching(document, rule, item, settings), draft)
        ):
            found.append(_policy(rule, f"{number}-{place}", images, authorities))
    return found


def _policy(rule: Rule, number: str, images: list[dict[str, str]], authorities: list[Members]) -> Members:
    return {
        "apiVersion": "policy.sigstore.dev/v1beta1",
        "kind": "ClusterImagePolicy",
        "metadata": {"name": f"ringfence-{exported.slug(rule.scope)}-{number}"},
        "spec": {"mode": "enforce", "images": images, "authorities": authorities},
    }


def _authorities(rule: Rule, item: Requirement, entries: dict[str, Entry], draft: Draft) -> list[list[Members]]:
    """The authorities of each policy that a requirement becomes."""
    able = {name: made for name, entry in entries.items() if (made := _authority(name, entry, item)) is not None}
    for name in entries:
        if name not in able:
            draft.lacks.append(f"{rule.scope}: {TOOL} takes no signature of {name}")
    if len(able) < item.at_least:
        draft.lacks.append(f"{rule.scope}: {TOOL} cannot say {item.at_least} of {', '.join(entries)}: images are refused")
        return [[{"name": "nobody", "static": {"action": "fail"}}]]
    if item.at_least == 1:
        return [list(able.values())]
    if item.at_least < len(able):
        said = f"{item.at_least} of {', '.join(able)}"
        draft.lacks.append(f"{rule.scope}: {TOOL} cannot say {said}: all of them are asked for")
    return [[made] for made in able.values()]


def _authority(name: str, entry: Entry, item: Requirement) -> Members | None:
    made: Members = {"name": name.lower()}
    match entry:
        case KeyEntry():
            made["key"] = {"data": entry.public, "hashAlgorithm": "sha256"}
        case SigstoreEntry():
            who = "subjectRegExp" if "*" in entry.subject else "subject"
            subject = _regular(entry.subject) if "*" in entry.subject else entry.subject
            made["keyless"] = {"trustRootRef": name.lower(), "identities": [{"issuer": entry.issuer, who: subject}]}
        case _:
            return None
    if item.forms and set(item.forms) <= {"bundle", "keyless"}:
        made["signatureFormat"] = "bundle"
    if item.predicate or item.builders:
        kind = in_toto.PREDICATES.get(item.predicate, item.predicate) or slsa.V1
        made["attestations"] = [{"name": "stated", "predicateType": kind}]
    return made


def _regular(subject: str) -> str:
    kept = "".join(char if char.isalnum() or char in "/:@_-" else f"\\{char}" for char in subject)
    return f"^{kept.replace(chr(92) + '*', '.*')}$"


def _root(name: str, entry: SigstoreEntry, draft: Draft) -> Members:
    root, parts = keys_of(entry.root), parts_of(entry.root)
    keys: Members = {
        "certificateAuthorities": [
            {
                "subject": {"organization": name, "commonName": name},
                "uri": parts.authority_url or "https://fulcio.invalid",
                "certChain": root.authorities,
            }
        ],
        "tLogs": [_log(url, key) for url, key in zip(parts.log_urls, root.logs, strict=True)],
        "ctLogs": [_log(url, key) for url, key in zip(parts.certificate_log_urls, root.certificate_logs, strict=True)],
    }
    if parts.authorities_of_time:
        draft.lacks.append(f"{name}: its time stamp authorities are to be added to the TrustRoot by hand")
    return {
        "apiVersion": "policy.sigstore.dev/v1alpha1",
        "kind": "TrustRoot",
        "metadata": {"name": name.lower()},
        "spec": {"sigstoreKeys": keys},
    }


def _log(url: str, key: str) -> Members:
    return {
        "baseURL": url or "https://log.invalid",
        "hashAlgorithm": "sha-256",
        "publicKey": base64.b64encode(base64.b64decode(key)).decode(),
    }
