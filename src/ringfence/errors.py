"""Every exception Ringfence raises on purpose.

One line is all a user gets, so each error knows three things: which input, what is wrong with it, and what to do.
Errors of libraries and of the operating system are chained as causes and never reach the user bare.
"""

__all__ = ["LimitExceeded", "Malformed", "RingfenceError", "Unavailable", "UnreadableInput", "WrongUsage"]


class RingfenceError(Exception):
    """Something went wrong in a way that we foresaw.

    `wrong` says what, `where` names the input (a path, a reference, a URL), `mend` says what the user can do.
    """

    def __init__(self, wrong: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.where = where
        self.mend = mend

    def diagnostics(self) -> str:
        """The whole error on one line: `where: wrong; mend`."""
        line = f"{self.where}: {self.wrong}" if self.where else self.wrong
        line = f"{line}; {self.mend}" if self.mend else line
        return " ".join(line.split())

    def __str__(self) -> str:
        return self.diagnostics()


class WrongUsage(RingfenceError):
    """The command line asks for something that does not exist or does not fit together. Exit status 2."""


class UnreadableInput(RingfenceError):
    """An input the user named cannot be read as what it is said to be. Exit status 2."""


class LimitExceeded(UnreadableInput):
    """An input is larger, deeper or longer than a named limit allows: hostile until shown otherwise."""

    def __init__(self, limit: str, allowed: int, *, where: str = "", mend: str = "") -> None:
        super().__init__(f"exceeds the limit {limit} ({allowed:,})", where=where, mend=mend)
        self.limit = limit
        self.allowed = allowed


class Malformed(UnreadableInput):
    """Bytes that are not what their format says. The one error that anything in `formats` and `versions` raises."""

    def __init__(self, form: str, wrong: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(f"not a valid {form}: {wrong}", where=where, mend=mend)
        self.form = form


class Unavailable(RingfenceError):
    """Something outside (a server, a program, a kernel interface, a permission) did not give what we asked of it."""
