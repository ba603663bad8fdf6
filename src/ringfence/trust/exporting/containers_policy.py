"""policy.json and registries.d, for podman, skopeo, buildah and CRI-O.

Source: containers-policy.json(5), containers-registries.d(5). All requirements of a scope must hold; within one, any of
several keys does. So 1 of m of one kind and n of n can be said, and nothing between; attestations and encryption cannot be.
"""

import base64

import msgspec

from ringfence.formats.trust_document import (
    ANY_NAME,
    EVERYWHERE,
    OWN_NAME,
    Entry,
    KeyEntry,
    OpenPgpEntry,
    Requirement,
    Rule,
    SigstoreEntry,
    TrustDocument,
)
from ringfence.trust.exporting import exported
from ringfence.trust.exporting.exported import Draft, Exported, Settings
from ringfence.trust.exporting.sigstore_keys import keys_of

TOOL = "policy.json"
Rules = list[dict[str, object]]
_REJECT: Rules = [{"type": "reject"}]
_ACCEPT: Rules = [{"type": "insecureAcceptAnything"}]
_OWN = ("containers-storage", "docker-daemon", "oci", "oci-archive", "docker-archive", "dir")
"""What a machine has in its own stores and files was let in before, or is the user's own."""


def export(document: TrustDocument, settings: Settings) -> Exported:
    """The two files."""
    draft = Draft(lacks=exported.ends(document, TOOL))
    scopes: dict[str, Rules] = {}
    default: Rules = [*(_REJECT if document.default == "reject" else _ACCEPT)]
    for rule in document.rules:
        found = _rule(document, rule, settings, draft)
        if rule.scope == EVERYWHERE:
            default = found
        else:
            scopes[rule.scope] = found
    own: dict[str, dict[str, Rules]] = {name: {"": _ACCEPT} for name in _OWN}
    policy = {"default": default, "transports": {"docker": scopes, **own}}
    draft.files["policy.json"] = msgspec.json.format(msgspec.json.encode(policy)) + b"\n"
    draft.files["registries.d/ringfence.yaml"] = _registries(document, settings, draft)
    draft.lacks.append(f"{TOOL}: images in local stores and files are not judged, only those of registries")
    return draft.done()


def _rule(document: TrustDocument, rule: Rule, settings: Settings, draft: Draft) -> Rules:
    if rule.verdict != "check":
        return [*(_ACCEPT if rule.verdict == "accept" else _REJECT)]
    if rule.encrypted:
        draft.lacks.append(f"{rule.scope}: {TOOL} does not ask that layers are encrypted")
    found: Rules = []
    for item in rule.require:
        if item.predicate or item.builders:
            what = item.predicate or "SLSA provenance"
            draft.lacks.append(f"{rule.scope}: {TOOL} does not ask for attestations ({what})")
            continue
        draft.lacks += exported.unsaid(rule, item, TOOL)
        found += _requirement(rule, item, exported.vouching(document, rule, item, settings), draft)
    if not found:
        draft.lacks.append(f"{rule.scope}: nothing that is left of the rule can be said in {TOOL}: images are refused")
    return found or [*_REJECT]


def _requirement(rule: Rule, item: Requirement, entries: dict[str, Entry], draft: Draft) -> Rules:
    identity = _identity(rule, draft)
    able = {name: entry for name, entry in entries.items() if _fits(entry, item, rule, name, draft)}
    openpgp = {name: entry for name, entry in able.items() if isinstance(entry, OpenPgpEntry)}
    sigstore = {name: entry for name, entry in able.items() if not isinstance(entry, OpenPgpEntry)}
    if len(able) < item.at_least:
        draft.lacks.append(
            f"{rule.scope}: {TOOL} has {len(able)} of the {item.at_least} signers asked for: images are refused"
        )
        return [*_REJECT]
    if item.at_least == 1 and not (openpgp and sigstore) and not any(isinstance(it, SigstoreEntry) for it in able.values()):
        if openpgp:
            return [_openpgp(b"".join(it.certificate for it in openpgp.values()), identity)]
        return [_keys([it.public for it in sigstore.values() if isinstance(it, KeyEntry)], identity)]
    if item.at_least < len(able):
        said = f"{item.at_least} of {', '.join(able)}"
        draft.lacks.append(f"{rule.scope}: {TOOL} cannot say {said}: all of them are asked for")
    return [_one(entry, identity) for entry in able.values()]


def _fits(entry: Entry, item: Requirement, rule: Rule, name: str, draft: Draft) -> bool:
    form = {"openpgp": "openpgp", "key": "signature", "sigstore": "keyless"}.get(str(entry.__struct_config__.tag), "notary")
    if item.forms and form not in item.forms:
        return False
    if isinstance(entry, (KeyEntry, OpenPgpEntry)):
        return True
    plain = (
        isinstance(entry, SigstoreEntry) and "*" not in entry.subject and "@" in entry.subject and "/" not in entry.subject
    )
    if not plain:
        draft.lacks.append(f"{rule.scope}: {TOOL} cannot ask for a signature of {name}")
    return plain


def _one(entry: Entry, identity: dict[str, str]) -> dict[str, object]:
    match entry:
        case OpenPgpEntry():
            return _openpgp(entry.certificate, identity)
        case KeyEntry():
            return _keys([entry.public], identity)
        case SigstoreEntry():
            root = keys_of(entry.root)
            fulcio = {"caData": root.authorities, "oidcIssuer": entry.issuer, "subjectEmail": entry.subject}
            log = {"rekorPublicKeyData": root.logs[0]} if root.logs else {}
            return {"type": "sigstoreSigned", "fulcio": fulcio, **log, "signedIdentity": identity}
        case _:
            return {"type": "reject"}


def _openpgp(certificates: bytes, identity: dict[str, str]) -> dict[str, object]:
    data = base64.b64encode(certificates).decode()
    return {"type": "signedBy", "keyType": "GPGKeys", "keyData": data, "signedIdentity": identity}


def _keys(keys: list[str], identity: dict[str, str]) -> dict[str, object]:
    coded = [base64.b64encode(pem.encode()).decode() for pem in keys]
    data: dict[str, object] = {"keyData": coded[0]} if len(coded) == 1 else {"keyDatas": coded}
    return {"type": "sigstoreSigned", **data, "signedIdentity": identity}


def _identity(rule: Rule, draft: Draft) -> dict[str, str]:
    if rule.name == ANY_NAME:
        draft.lacks.append(f"{rule.scope}: {TOOL} cannot let signatures name any repository: they must name their own")
    if rule.name in (ANY_NAME, OWN_NAME):
        return {"type": "matchRepository"}
    return {"type": "exactRepository", "dockerRepository": rule.name}


def _registries(document: TrustDocument, settings: Settings, draft: Draft) -> bytes:
    """YAML, of which JSON is a part: where signatures are looked for."""
    where: dict[str, object] = {}
    if any(isinstance(entry, OpenPgpEntry) for entry in document.entries.values()):
        if settings.lookaside:
            where["lookaside"] = settings.lookaside
        else:
            draft.lacks.append(f"{TOOL}: where OpenPGP signatures lie is not known: export with --lookaside URL")
    own = {"use-sigstore-attachments": True}
    scopes = {
        rule.scope: {**own, **where} for rule in document.rules if rule.scope != EVERYWHERE and rule.verdict == "check"
    }
    written: dict[str, object] = {"docker": scopes} if scopes else {}
    if any(rule.scope == EVERYWHERE and rule.verdict == "check" for rule in document.rules):
        written["default-docker"] = {**own, **where}
    return msgspec.json.format(msgspec.json.encode(written)) + b"\n"
