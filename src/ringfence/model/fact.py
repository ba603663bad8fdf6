"""The base of every value that travels: immutable, keyword-only, encodable."""

from typing import dataclass_transform

import msgspec


# msgspec passes `frozen` and `omit_defaults` on to subclasses; the decorator tells the type checker so.
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A frozen value. Defaults are left out when it is written, so that documents stay small."""
