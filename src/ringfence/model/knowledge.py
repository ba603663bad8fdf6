"""Known or unknown: "could not tell" is a value with a reason, and never a default.

`match` over a `Maybe` without an `Unknown` branch is a type error, so whoever reads a fact must say what happens
when it is missing.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")
U = TypeVar("U")


class Known(msgspec.Struct, Generic[T], frozen=True, tag="known"):
    """A fact that was seen."""

    value: T


class Unknown(msgspec.Struct, frozen=True, tag="unknown"):
    """A fact that could not be had, and why (a sentence for a person)."""

    reason: str


Maybe = Known[T] | Unknown


def known_or(maybe: Known[T] | Unknown, otherwise: U) -> T | U:
    """The value, or `otherwise`. For display and ranking only: a judgement must look at the `Unknown`."""
    return maybe.value if isinstance(maybe, Known) else otherwise


def mapped(maybe: Known[T] | Unknown, change: Callable[[T], U]) -> Known[U] | Unknown:
    """`change` applied to the value if there is one; an `Unknown` stays what it is."""
    return Known(change(maybe.value)) if isinstance(maybe, Known) else maybe
