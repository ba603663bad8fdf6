"""Statements: a predicate about subjects, which are named by digest.

Source: in-toto/attestation, spec/v1/statement.md (and v0.1, which cosign 2 still writes).
"""

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import strict_json
from ringfence.model.fact import Fact

TYPES = ("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1")
COSIGN_SIGN = "https://sigstore.dev/cosign/sign/v1"
"""The predicate by which cosign 3 signs an image."""
REBUILD = "https://github.com/ringfence/ringfence/attestation/rebuild/v1"
"""The predicate by which Ringfence says that a build made again came out the same."""
PREDICATES = {
    "slsaprovenance": "https://slsa.dev/provenance/v1",
    "spdx": "https://spdx.dev/Document",
    "cyclonedx": "https://cyclonedx.org/bom",
    "vuln": "https://cosign.sigstore.dev/attestation/vuln/v1",
    "openvex": "https://openvex.dev/ns",
    "vsa": "https://slsa.dev/verification_summary/v1",
    "sign": COSIGN_SIGN,
    "rebuild": REBUILD,
}
"""Names people use for predicate types, as `cosign attest --type` has them."""


class Subject(Fact):
    """What a statement is about. `digest` maps an algorithm to hexadecimal digits."""

    digest: dict[str, str]
    name: str = ""


class Statement(Fact):
    """A statement: `predicate` is the JSON of whatever `predicate_type` defines."""

    type: str = msgspec.field(name="_type")
    subject: tuple[Subject, ...]
    predicate_type: str = msgspec.field(name="predicateType")
    predicate: object = None

    def names_of(self, digest: str) -> tuple[str, ...]:
        """The names under which it is about the thing of this digest (`sha256:...`); none if it is about others."""
        algorithm, _, digits = digest.partition(":")
        return tuple(item.name for item in self.subject if item.digest.get(algorithm) == digits)


def parse(data: bytes) -> Statement:
    """A statement. Raises `Malformed`."""
    found = strict_json.decode(data, Statement, "in-toto statement")
    if found.type not in TYPES:
        raise Malformed("in-toto statement", f"its type is {found.type[:60]!r}")
    if not found.subject:
        raise Malformed("in-toto statement", "it is about nothing")
    return found


def write(statement: Statement) -> bytes:
    """The statement's JSON."""
    return msgspec.json.encode(
        {
            "_type": statement.type,
            "subject": [{"name": item.name, "digest": item.digest} for item in statement.subject],
            "predicateType": statement.predicate_type,
            "predicate": statement.predicate,
        }
    )
