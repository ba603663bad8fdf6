"""CSAF 2.0 VEX documents: which products a vulnerability is fixed in, affects, does not affect.

Source: OASIS CSAF 2.0, sections 3.2.2 (product tree) and 3.2.3 (vulnerabilities), profile 4.5 (VEX). Only what is used.
"""

import msgspec

from ringfence.errors import LimitExceeded, Malformed

MAX_BYTES = 256 * 1024 * 1024
"""Bytes of one document; Red Hat's largest are about 3 MB."""
MAX_DEPTH = 30
"""Branches within branches; Red Hat's trees are three or four deep."""


class CsafHelper(msgspec.Struct, frozen=True):
    """How to recognise a product."""

    cpe: str = ""
    purl: str = ""


class CsafProduct(msgspec.Struct, frozen=True):
    """A product by its id within the document."""

    product_id: str
    name: str = ""
    product_identification_helper: CsafHelper | None = None


class CsafBranch(msgspec.Struct, frozen=True):
    """A branch of the tree: more branches, or a product."""

    branches: tuple["CsafBranch", ...] = ()
    product: CsafProduct | None = None


class CsafRelationship(msgspec.Struct, frozen=True):
    """A product that is another one (`product_reference`) as part of a third (`relates_to_product_reference`)."""

    full_product_name: CsafProduct
    product_reference: str = ""
    relates_to_product_reference: str = ""


class CsafTree(msgspec.Struct, frozen=True):
    """The products of a document."""

    branches: tuple[CsafBranch, ...] = ()
    full_product_names: tuple[CsafProduct, ...] = ()
    relationships: tuple[CsafRelationship, ...] = ()


class CsafStatus(msgspec.Struct, frozen=True):
    """Products by status, as ids."""

    fixed: tuple[str, ...] = ()
    known_affected: tuple[str, ...] = ()
    known_not_affected: tuple[str, ...] = ()
    under_investigation: tuple[str, ...] = ()


class CsafRemediation(msgspec.Struct, frozen=True):
    """What is done: `category` is `vendor_fix`, `none_available`, `no_fix_planned`, `workaround`, ..."""

    category: str = ""
    details: str = ""
    product_ids: tuple[str, ...] = ()


class CsafFlag(msgspec.Struct, frozen=True):
    """Why products are not affected: `label` is a VEX justification."""

    label: str = ""
    product_ids: tuple[str, ...] = ()


class CsafCvss(msgspec.Struct, frozen=True, rename="camel"):
    """A CVSS block: the vector is enough."""

    vector_string: str = ""


class CsafScore(msgspec.Struct, frozen=True):
    """A score of some products."""

    cvss_v4: CsafCvss | None = None
    cvss_v3: CsafCvss | None = None
    cvss_v2: CsafCvss | None = None


class CsafVulnerability(msgspec.Struct, frozen=True):
    """One vulnerability and its products."""

    cve: str = ""
    title: str = ""
    product_status: CsafStatus | None = None
    remediations: tuple[CsafRemediation, ...] = ()
    flags: tuple[CsafFlag, ...] = ()
    scores: tuple[CsafScore, ...] = ()


class CsafText(msgspec.Struct, frozen=True):
    """A text, or who says it."""

    text: str = ""
    name: str = ""


class CsafTracking(msgspec.Struct, frozen=True):
    """The document's own id and dates."""

    id: str = ""
    current_release_date: str = ""
    status: str = ""


class CsafDocument(msgspec.Struct, frozen=True):
    """About the document."""

    category: str = ""
    title: str = ""
    aggregate_severity: CsafText | None = None
    publisher: CsafText | None = None
    tracking: CsafTracking | None = None


class Csaf(msgspec.Struct, frozen=True):
    """A document."""

    document: CsafDocument
    product_tree: CsafTree | None = None
    vulnerabilities: tuple[CsafVulnerability, ...] = ()

    def products(self) -> dict[str, CsafProduct]:
        """Every product by its id, those of relationships left out."""
        tree = self.product_tree or CsafTree()
        found = {item.product_id: item for item in tree.full_product_names}
        pending = [(branch, 1) for branch in tree.branches]
        while pending:
            branch, depth = pending.pop()
            if depth > MAX_DEPTH:
                raise LimitExceeded("depth of a CSAF product tree", MAX_DEPTH)
            if branch.product is not None:
                found[branch.product.product_id] = branch.product
            pending.extend((inner, depth + 1) for inner in branch.branches)
        return found


_decoder = msgspec.json.Decoder(Csaf)


def parse(data: bytes) -> Csaf:
    """The document in `data`. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of one CSAF document", MAX_BYTES)
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("CSAF document", str(cause)) from cause
