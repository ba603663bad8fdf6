"""Trust policies of the Notary Project: by which certificates an image of a repository must be signed, and how strictly.

Source: notaryproject/specifications, specs/trust-store-trust-policy.md, version 1.0.
"""

from typing import Literal

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import strict_json
from ringfence.model.fact import Fact

ANY_IDENTITY = "*"
Act = Literal["enforce", "log", "skip"]
STEPS = ("authenticity", "authenticTimestamp", "expiry", "revocation")
LEVELS: dict[str, tuple[Act, Act, Act, Act]] = {
    "strict": ("enforce", "enforce", "enforce", "enforce"),
    "permissive": ("enforce", "log", "log", "log"),
    "audit": ("log", "log", "log", "log"),
    "skip": ("skip", "skip", "skip", "skip"),
}
"""What each level does with a fault at each of `STEPS` (table "Signature Verification Details")."""


class Level(Fact):
    """What is done with a fault at each step. `always_stamp` wants a time stamp of every signature."""

    acts: tuple[Act, Act, Act, Act] = LEVELS["strict"]
    always_stamp: bool = False

    def of(self, step: str) -> Act:
        """What is done with a fault at `step`."""
        return self.acts[STEPS.index(step)]


STRICT = Level()
"""Every fault refuses."""


class NotaryPolicy(Fact):
    """One statement: for these repositories, these trust stores (`ca:NAME`) and identities, at this level."""

    name: str
    scopes: tuple[str, ...]
    skip: bool
    level: Level = STRICT
    stores: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()


class _Verification(Fact, rename="camel", forbid_unknown_fields=True):
    level: Literal["strict", "permissive", "audit", "skip"]
    override: dict[str, Act] | None = None
    verify_timestamp: Literal["always", "afterCertExpiry"] = "always"


class _Statement(Fact, rename="camel"):
    name: str
    registry_scopes: tuple[str, ...]
    signature_verification: _Verification
    trust_stores: tuple[str, ...] = ()
    trusted_identities: tuple[str, ...] = ()


class _Document(Fact, rename="camel"):
    version: Literal["1.0"]
    trust_policies: tuple[_Statement, ...]


def parse(data: bytes) -> tuple[NotaryPolicy, ...]:
    """A `trustpolicy.json`. Raises `Malformed`, also where two statements name one repository."""
    found = strict_json.decode(data, _Document, "trust policy").trust_policies
    scopes = [scope for item in found for scope in item.registry_scopes]
    if len(set(scopes)) != len(scopes):
        raise Malformed("trust policy", "two statements are about one repository")
    return tuple(_policy(item) for item in found)


def _policy(item: _Statement) -> NotaryPolicy:
    asked = item.signature_verification
    skip = asked.level == "skip"
    acts = dict(zip(STEPS, LEVELS[asked.level], strict=True))
    for step, act in (asked.override or {}).items():
        if step not in acts or skip or (act == "skip" and step != "revocation"):
            raise Malformed("trust policy", f"{item.name[:60]!r} overrides what cannot be: {step[:40]}: {act}")
        acts[step] = act
    if not skip and not (item.trust_stores and item.trusted_identities):
        raise Malformed("trust policy", f"{item.name[:60]!r} names no trust store or no identity")
    if skip:
        return NotaryPolicy(name=item.name, scopes=item.registry_scopes, skip=True)
    level = Level(
        acts=(acts["authenticity"], acts["authenticTimestamp"], acts["expiry"], acts["revocation"]),
        always_stamp=asked.verify_timestamp == "always",
    )
    return NotaryPolicy(
        name=item.name,
        scopes=item.registry_scopes,
        skip=False,
        level=level,
        stores=item.trust_stores,
        identities=item.trusted_identities,
    )


def policy_for(policies: tuple[NotaryPolicy, ...], repository: str) -> NotaryPolicy | None:
    """The statement about a repository (`registry/path`): the one that names it, else the one about all others."""
    exact = next((item for item in policies if repository in item.scopes), None)
    return exact or next((item for item in policies if "*" in item.scopes), None)


def write(policies: tuple[NotaryPolicy, ...]) -> bytes:
    """The document. Levels are written as `strict` with what differs from it."""
    return msgspec.json.format(
        msgspec.json.encode({"version": "1.0", "trustPolicies": [_written(item) for item in policies]})
    )


def _written(item: NotaryPolicy) -> dict[str, object]:
    if item.skip:
        return {"name": item.name, "registryScopes": item.scopes, "signatureVerification": {"level": "skip"}}
    differs = {step: act for step, act in zip(STEPS, item.level.acts, strict=True) if act != "enforce"}
    return {
        "name": item.name,
        "registryScopes": item.scopes,
        "signatureVerification": {
            "level": "strict",
            **({"override": differs} if differs else {}),
            "verifyTimestamp": "always" if item.level.always_stamp else "afterCertExpiry",
        },
        "trustStores": item.stores,
        "trustedIdentities": item.identities,
    }
