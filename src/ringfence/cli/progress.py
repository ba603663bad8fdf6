"""One line of progress on a terminal, written over by the next; nothing elsewhere."""

import os
import sys


class Progress:
    """Takes lines; an empty one clears the last."""

    def __init__(self, *, quiet: bool) -> None:
        self._talks = sys.stderr.isatty() and not quiet

    def __call__(self, line: str) -> None:
        """Shows `line`, without what a terminal would obey."""
        if self._talks:
            shown = "".join(char for char in line if char.isprintable())
            sys.stderr.write(f"\r\x1b[2K{shown[: os.get_terminal_size(2).columns - 1]}")
            sys.stderr.flush()
