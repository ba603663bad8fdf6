"""Reports in which every text is hostile."""

from enum import StrEnum
from typing import TypeVar, cast

import msgspec

T = TypeVar("T")


def poisoned(value: T, text: str) -> T:
    """The same value with `text` put into every string that is no enumeration's."""
    if isinstance(value, msgspec.Struct):
        return type(value)(**{name: poisoned(getattr(value, name), text) for name in value.__struct_fields__})
    if isinstance(value, tuple):
        return type(value)([poisoned(item, text) for item in value])
    if isinstance(value, dict):
        return cast("T", {key: poisoned(item, text) for key, item in value.items()})
    if isinstance(value, str) and not isinstance(value, StrEnum):
        return cast("T", value[: len(value) // 2] + text + value[len(value) // 2 :])
    return value
