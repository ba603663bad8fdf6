"""From a setting as written to a value with its evidence."""

from typing import Generic, TypeVar

import msgspec

from ringfence.formats.kubernetes_pod import Setting
from ringfence.model.confinement import Evidence
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location

T = TypeVar("T")


class Judged(msgspec.Struct, Generic[T], frozen=True):
    """A value, where it comes from, and whether it is a default that nobody wrote down."""

    value: Known[T] | Unknown
    at: Location
    assumed: bool = False

    def evidence(self, field: str) -> Evidence:
        """For `Confinement.evidence`."""
        return Evidence(field=field, at=self.at, assumed=self.assumed)


def chosen(own: Setting[T], inherited: Setting[T]) -> Setting[T]:
    """The container's setting, or the pod's where the container has none. Where neither has, the container's place."""
    return inherited if own.value is None and inherited.value is not None else own


def told(setting: Setting[T], otherwise: T) -> Judged[T]:
    """The setting's value, or the default for one that is not written."""
    return Judged(Known(otherwise), setting.at, assumed=True) if setting.value is None else Judged(setting.value, setting.at)
