"""A plan: what would change in a file, line by line, why, what it may break, and how one would see that."""

from ringfence.model.fact import Fact


class Edit(Fact):
    """`removed` lines from `line` on (counted from 1) give way to `added`. Lines are without their ends."""

    line: int
    removed: int
    added: tuple[str, ...]
    reason: str
    may_break: str
    see: str


class Plan(Fact):
    """The edits of one file, in the order of their lines; no two touch the same line."""

    path: str
    edits: tuple[Edit, ...] = ()

    def applied(self, text: str) -> str:
        """The file afterwards. Everything no edit names stays as it is."""
        lines = text.split("\n")
        for edit in sorted(self.edits, key=lambda item: item.line, reverse=True):
            lines[edit.line - 1 : edit.line - 1 + edit.removed] = edit.added
        return "\n".join(lines)
