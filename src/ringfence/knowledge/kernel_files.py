"""Under which options each source file of the kernel is compiled, from `kernel_files.txt`.

The table is made by `tools/kernel_files.py` out of the Makefiles of two versions. It says what is necessary, so a file
found not to be built is not; one found built may still not be.
"""

from functools import cache

from ringfence.errors import Malformed
from ringfence.io import packaged
from ringfence.model.kernel_source import BuildRule
from ringfence.versions import kernel

FILE = "knowledge/kernel_files.txt"


class KernelFiles:
    """The rules of each file by the versions they were read from, oldest version first."""

    def __init__(self, versions: tuple[str, ...], rules: dict[str, dict[BuildRule, frozenset[str]]]) -> None:
        self.versions = versions
        self._rules = rules

    def __len__(self) -> int:
        """How many files are known."""
        return len(self._rules)

    def rules(self, path: str, version: str) -> tuple[BuildRule, ...] | None:
        """Any of these puts the file into a kernel of `version` (`6.8.12`); None where that is not known.

        Between two versions read, the rules of both count. Before the first and after the last a file is known only if
        all versions agree on it, for options are renamed now and then.
        """
        found = self._rules.get(path)
        if found is None:
            return None
        try:
            branch = kernel.key(kernel.branch(version))
        except Malformed:
            return None
        inside = kernel.key(self.versions[0]) <= branch <= kernel.key(self.versions[-1])
        if not inside and any(read != frozenset(self.versions) for read in found.values()):
            return None
        exact = tuple(rule for rule, read in found.items() if any(kernel.key(item) == branch for item in read))
        return exact or tuple(found)


@cache
def load() -> KernelFiles:
    """The table that ships. Raises `Unavailable` if it is missing, `Malformed` if it is broken."""
    versions: tuple[str, ...] = ()
    rules: dict[str, dict[BuildRule, frozenset[str]]] = {}
    for number, line in enumerate(packaged.read(FILE).decode().splitlines(), 1):
        if line.startswith("#"):
            continue
        fields = line.split("\t")
        if fields[0] == "versions" and len(fields) == 2:
            versions = tuple(fields[1].split(","))
        elif len(fields) == 5:
            _add(rules, fields)
        else:
            raise Malformed("table of kernel files", f"line {number} has {len(fields)} fields", where=FILE)
    return KernelFiles(versions, rules)


def _add(rules: dict[str, dict[BuildRule, frozenset[str]]], fields: list[str]) -> None:
    read, options, module, folder, names = fields
    versions = frozenset(read.split(","))
    named = tuple(f"CONFIG_{name}" for name in options.split("&") if name)
    for name in names.split(" "):
        own = name.replace("-", "_") if module == "=" else module.strip("!")
        rule = BuildRule(options=named, module=own, built_in=module == "!")
        rules.setdefault(f"{folder}/{name}.c", {})[rule] = versions
