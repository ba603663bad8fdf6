"""A kernel CVE as the kernel's own numbering authority publishes it: which versions, which commits, which files."""

from ringfence.model.fact import Fact


class KernelSpan(Fact):
    """Versions from `first` on, with one status.

    `before` is an exclusive end; `through` an inclusive one in the publisher's notation: `6.1.*` is the rest of that stable
    branch, `*` everything later. With neither, `first` alone is meant.
    """

    affected: bool
    first: str
    before: str = ""
    through: str = ""


class CommitSpan(Fact):
    """From the commit that brought the fault to the one that mended it (empty: not mended); abbreviated or whole ids."""

    introduced: str
    fixed: str = ""


class KernelCve(Fact):
    """One record. `default_affected` holds for versions in no span.

    `spans` are of released versions, `commits` the same in git, one for each branch that was mended. `files` are paths in
    the kernel's tree. `rejected` says why a withdrawn record was; it then affects nothing.
    """

    id: str
    modified: str
    title: str = ""
    description: str = ""
    default_affected: bool = False
    spans: tuple[KernelSpan, ...] = ()
    commits: tuple[CommitSpan, ...] = ()
    files: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    rejected: str = ""

    @property
    def stable(self) -> dict[str, str]:
        """The first mended version of each stable branch that got the fix: `{"6.1": "6.1.105"}`."""
        return {item.through[:-2]: item.first for item in self.spans if not item.affected and item.through.endswith(".*")}

    @property
    def mainline_fix(self) -> str:
        """The mainline release that has the fix; empty if none is told."""
        return next((item.first for item in self.spans if not item.affected and item.through == "*"), "")
