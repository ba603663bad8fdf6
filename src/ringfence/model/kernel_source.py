"""Where a source file of the kernel goes when it is built."""

from ringfence.model.fact import Fact


class BuildRule(Fact):
    """A necessary condition for a source file to be in a kernel: every option is set.

    `options` are full names (`CONFIG_NF_TABLES`); the first says whether it is built in (`y`) or goes into `module`
    (`m`), the kernel's name for it (`nf_tables`), empty where that is not known. No option at all: it is in every kernel.
    `built_in` says that even `m` builds it in.
    """

    options: tuple[str, ...] = ()
    module: str = ""
    built_in: bool = False
