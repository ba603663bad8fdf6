"""Where something is: precise enough to go there and mend it."""

from ringfence.model.fact import Fact


class Location(Fact, gc=False):
    """A place in a target.

    `path` is a path in the target (an image's file, a manifest, a lock file), never promised to exist on this host.
    `line` counts from 1. `layer_index` counts layers from 0, the base first. `field` is a place inside a document, in the
    notation of its format (`spec.containers[0].securityContext.privileged`, `config.Env[2]`, `sysctl kernel.kptr_restrict`).
    `created_by` is the build step of the layer. `deleted` says that a later layer hides the file.
    """

    path: str = ""
    line: int | None = None
    field: str = ""
    layer_digest: str = ""
    layer_index: int | None = None
    created_by: str = ""
    in_base: bool | None = None
    deleted: bool = False

    def __str__(self) -> str:
        """For people: `path:line field`."""
        place = f"{self.path}:{self.line}" if self.line is not None else self.path
        return " ".join(part for part in (place, self.field) if part)
