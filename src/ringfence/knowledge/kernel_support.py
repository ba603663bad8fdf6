"""Until when kernel.org mends each branch of the kernel, from `kernel_support.json` (each date with its source)."""

import msgspec

from ringfence.errors import Malformed
from ringfence.io import packaged
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.versions import kernel


class Branch(Fact):
    """A branch: first release and end of support as YYYY-MM-DD. An empty `end` means that none is announced.

    `projected` says that the end is a plan and may move.
    """

    branch: str
    released: str
    end: str
    longterm: bool
    projected: bool
    source: str


class KernelSupport(Fact):
    """Every branch known on the day `as_of`."""

    as_of: str
    branches: tuple[Branch, ...]
    note: str = ""

    def end_of_life(self, version: str) -> Maybe[str]:
        """The day after which a version's branch gets no fix, or the empty string where none is announced.

        A branch too old or too short-lived to be listed ended before the next newer listed one, so that one's end is
        given: the true day is earlier. Unknown for a branch newer than the table and for what is no version.
        """
        try:
            wanted = kernel.branch(version)
        except Malformed as problem:
            return Unknown(problem.diagnostics())
        newer = [item for item in self.branches if kernel.key(item.branch) >= kernel.key(wanted)]
        if not newer:
            return Unknown(f"the support dates, as of {self.as_of}, do not know the branch {wanted}")
        nearest = min(newer, key=lambda item: kernel.key(item.branch))
        if nearest.branch != wanted and not nearest.end:
            return Unknown(f"the support dates, as of {self.as_of}, do not list the branch {wanted}")
        return Known(nearest.end)


def load() -> KernelSupport:
    """The table that ships. Raises `Unavailable` if it is missing from the installation."""
    return msgspec.json.decode(packaged.read("knowledge/kernel_support.json"), type=KernelSupport)
