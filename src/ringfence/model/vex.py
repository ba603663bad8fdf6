"""What a VEX document says: somebody's word that a vulnerability does, or does not, matter in a product."""

from enum import StrEnum

from ringfence.model.fact import Fact


class VexStatus(StrEnum):
    """OpenVEX's four statuses, in which the others' can be said."""

    NOT_AFFECTED = "not_affected"
    AFFECTED = "affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"


class VexProduct(Fact):
    """A product by its package URL or other id. With `parts` it is only about those of its components."""

    id: str
    parts: tuple[str, ...] = ()


class VexStatement(Fact):
    """One statement. `names` are the vulnerability's id and aliases; `why` the justification and what was written to it;
    `action` is what whoever is affected is told to do.

    `document` says where it is written, `author` whose word it is, `at` when (RFC 3339; empty if not told).
    """

    names: tuple[str, ...]
    status: VexStatus
    products: tuple[VexProduct, ...]
    why: str = ""
    action: str = ""
    document: str = ""
    author: str = ""
    at: str = ""
