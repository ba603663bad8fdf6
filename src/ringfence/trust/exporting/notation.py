"""trustpolicy.oci.json and the trust store, for notation and Ratify.

Source: notaryproject/specifications, specs/trust-store-trust-policy.md. The first good signature wins, so n of m with n
above 1 cannot be said; scopes are single repositories or all; attestations and other signatures are not known.
"""

from ringfence.formats import notary_policy
from ringfence.formats.notary_policy import Level, NotaryPolicy
from ringfence.formats.trust_document import EVERYWHERE, Rule, StampEntry, TrustDocument, X509Entry
from ringfence.trust.exporting import exported
from ringfence.trust.exporting.exported import Draft, Exported, Settings

TOOL = "notation"


def export(document: TrustDocument, settings: Settings) -> Exported:
    """The policy, and the certificates it names."""
    draft = Draft(lacks=exported.ends(document, TOOL))
    policies = [policy for rule in document.rules if (policy := _policy(document, rule, settings, draft)) is not None]
    if document.default == "accept":
        draft.lacks.append("images of no rule: notation refuses them, since what it skips for all it cannot check for some")
    draft.files["trustpolicy.oci.json"] = notary_policy.write(tuple(policies)) + b"\n"
    for name, entry in document.entries.items():
        match entry:
            case X509Entry():
                kind = "signingAuthority" if entry.authority else "ca"
                draft.files[f"truststore/x509/{kind}/{name}/certificates.pem"] = entry.certificates.encode()
            case StampEntry():
                draft.files[f"truststore/x509/tsa/{name}/certificates.pem"] = entry.certificates.encode()
            case _:
                pass
    return draft.done()


def _policy(document: TrustDocument, rule: Rule, settings: Settings, draft: Draft) -> NotaryPolicy | None:
    """The statement for a rule; None where none says it, and notation then refuses the image."""
    name = exported.slug(rule.scope)
    if rule.scope.startswith("*."):
        draft.lacks.append(f"{rule.scope}: {TOOL} has no scopes by part of a host: images are refused")
        return None
    if rule.scope != EVERYWHERE and "/" not in rule.scope:
        draft.lacks.append(f"{rule.scope}: {TOOL} has no scopes of a whole registry: name repositories; images are refused")
        return None
    if rule.scope != EVERYWHERE:
        draft.lacks.append(f"{rule.scope}: {TOOL} takes it for one repository; those below it are refused")
    if rule.verdict == "accept":
        return NotaryPolicy(name=name, scopes=(rule.scope,), skip=True)
    if rule.verdict == "reject":
        return None
    if rule.encrypted:
        draft.lacks.append(f"{rule.scope}: {TOOL} does not ask that layers are encrypted")
    return _check(document, rule, name, settings, draft)


def _check(document: TrustDocument, rule: Rule, name: str, settings: Settings, draft: Draft) -> NotaryPolicy | None:
    fitting: list[dict[str, X509Entry]] = []
    for item in rule.require:
        if item.predicate or item.builders:
            draft.lacks.append(f"{rule.scope}: {TOOL} does not ask for attestations ({item.predicate or 'SLSA provenance'})")
            continue
        draft.lacks += exported.unsaid(rule, item, TOOL)
        entries = exported.vouching(document, rule, item, settings)
        found = {key: entry for key, entry in entries.items() if isinstance(entry, X509Entry)}
        if item.at_least > 1 or not found or (item.forms and "notary" not in item.forms):
            said = f"{item.at_least} of {', '.join(entries)}"
            draft.lacks.append(f"{rule.scope}: {TOOL} cannot say {said}: images are refused")
            return None
        if len(found) < len(entries):
            others = ", ".join(key for key in entries if key not in found)
            draft.lacks.append(f"{rule.scope}: {TOOL} takes no signature of {others}")
        fitting.append(found)
    if len(fitting) != 1:
        draft.lacks.append(
            f"{rule.scope}: {TOOL} checks one signature, and {len(fitting)} are asked for: images are refused"
        )
        return None
    (found,) = fitting
    if len({(entry.subjects, entry.revocation) for entry in found.values()}) > 1:
        draft.lacks.append(f"{rule.scope}: {TOOL} cannot tie subjects to roots ({', '.join(found)}): images are refused")
        return None
    one = next(iter(found.values()))
    stores = [f"{'signingAuthority' if entry.authority else 'ca'}:{key}" for key, entry in found.items()]
    stores += [f"tsa:{key}" for key, entry in document.entries.items() if isinstance(entry, StampEntry)]
    level = Level(acts=("enforce", "enforce", "enforce", one.revocation))
    return NotaryPolicy(
        name=name, scopes=(rule.scope,), skip=False, level=level, stores=tuple(stores), identities=one.subjects
    )
