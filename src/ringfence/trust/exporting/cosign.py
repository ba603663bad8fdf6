"""A trusted root and public keys for cosign.

Source: sigstore/protobuf-specs, sigstore_trustroot.proto; `cosign verify --trusted-root`, `--key`. cosign takes what it is
to check from its command line, so the rules are written as commands; n of m is a command a signer, each of which must
succeed.
"""

import base64

import msgspec

from ringfence.formats import in_toto
from ringfence.formats.trust_document import (
    KeyEntry,
    Requirement,
    Rule,
    SigstoreEntry,
    StampEntry,
    TrustDocument,
)
from ringfence.trust import slsa
from ringfence.trust.exporting import exported
from ringfence.trust.exporting.exported import Draft, Exported, Settings
from ringfence.trust.exporting.sigstore_keys import PARTS, der_certificates, keys_of

TOOL = "cosign"
MEDIA_TYPE = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"


def export(document: TrustDocument, settings: Settings) -> Exported:
    """`trusted_root.json`, a public key a file, and `verify.sh`."""
    draft = Draft(lacks=exported.ends(document, TOOL))
    parts: dict[str, list[msgspec.Raw]] = {name: [] for name in PARTS}
    for name, entry in document.entries.items():
        match entry:
            case KeyEntry():
                draft.files[f"keys/{name}.pub"] = entry.public.encode()
            case SigstoreEntry():
                for part, items in keys_of(entry.root).parts.items():
                    parts[part] += [item for item in items if item not in parts[part]]
            case StampEntry():
                parts["timestampAuthorities"].append(_authority(name, entry))
            case _:
                pass
    root = {"mediaType": MEDIA_TYPE, **{name: items for name, items in parts.items() if items}}
    draft.files["trusted_root.json"] = msgspec.json.format(msgspec.json.encode(root)) + b"\n"
    lines = [line for rule in _longest_first(document) for line in _commands(document, rule, settings, draft)]
    draft.files["verify.sh"] = _SCRIPT.format(cases="\n".join(lines), default=_DEFAULTS[document.default]).encode()
    return draft.done()


_SCRIPT = """\
#!/bin/sh
# verify.sh IMAGE: what cosign can check of the root of trust. Written by 'ringfence trust export'.
set -eu
here=$(dirname "$0")
case "$1" in
{cases}
{default}
esac
"""
_DEFAULTS = {"reject": '*) echo "$1: no rule is about it" >&2; exit 1 ;;', "accept": "*) ;;"}


def _authority(name: str, entry: StampEntry) -> msgspec.Raw:
    chain = [{"rawBytes": base64.b64encode(item).decode()} for item in der_certificates(entry.certificates)]
    begin = entry.not_before.isoformat() if entry.not_before else "1970-01-01T00:00:00Z"
    subject = {"organization": name, "commonName": name}
    made = {"subject": subject, "certChain": {"certificates": chain}, "validFor": {"start": begin}}
    return msgspec.Raw(msgspec.json.encode(made))


def _longest_first(document: TrustDocument) -> list[Rule]:
    """The first branch that fits is taken, so the longer scopes stand before the shorter."""
    return sorted(document.rules, key=lambda rule: -len(rule.scope))


def _commands(document: TrustDocument, rule: Rule, settings: Settings, draft: Draft) -> list[str]:
    """A branch of the script."""
    if rule.scope.startswith("*."):
        draft.lacks.append(f"{rule.scope}: a shell has no exact scopes by part of a host: the rule is not written")
        return []
    if rule.encrypted:
        draft.lacks.append(f"{rule.scope}: {TOOL} does not ask that layers are encrypted")
    pattern = "*" if rule.scope == "*" else f"{rule.scope}/*|{rule.scope}:*|{rule.scope}@*"
    if rule.verdict != "check":
        act = "" if rule.verdict == "accept" else "exit 1 "
        return [f"{pattern}) {act};;"]
    lines = [line for item in rule.require for line in _requirement(document, rule, item, settings, draft)]
    return [f"{pattern})", *(f"  {line}" for line in lines), "  ;;"]


def _requirement(document: TrustDocument, rule: Rule, item: Requirement, settings: Settings, draft: Draft) -> list[str]:
    draft.lacks += exported.unsaid(rule, item, TOOL)
    entries = exported.vouching(document, rule, item, settings)
    verb = "verify"
    if item.predicate or item.builders:
        kind = in_toto.PREDICATES.get(item.predicate, item.predicate) or slsa.V1
        verb = f"verify-attestation --type {_quoted(kind)}"
    found = []
    for name, entry in entries.items():
        match entry:
            case KeyEntry():
                found.append(f'cosign {verb} --insecure-ignore-tlog --key "$here/keys/{name}.pub" "$1" >/dev/null')
            case SigstoreEntry():
                who = "--certificate-identity-regexp" if "*" in entry.subject else "--certificate-identity"
                subject = entry.subject.replace(".", "[.]").replace("*", ".*") if "*" in entry.subject else entry.subject
                found.append(
                    f'cosign {verb} --trusted-root "$here/trusted_root.json" {who} {_quoted(subject)} '
                    f'--certificate-oidc-issuer {_quoted(entry.issuer)} "$1" >/dev/null'
                )
            case _:
                draft.lacks.append(f"{rule.scope}: {TOOL} takes no signature of {name}")
    if len(found) < item.at_least:
        draft.lacks.append(f"{rule.scope}: {TOOL} cannot say {item.at_least} of {', '.join(entries)}: images are refused")
        return ["exit 1"]
    if item.at_least == len(found):
        return found
    return [
        "found=0",
        *(f"if {line} 2>&1; then found=$((found + 1)); fi" for line in found),
        f"[ $found -ge {item.at_least} ]",
    ]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
