"""One question to a component's settings, answered the same way for flags and for a configuration file."""

from collections.abc import Callable

from ringfence.formats.kubernetes_component import Component
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided


def asked(subject: Component, component: str, name: str, holds: Callable[[str | None], bool], wrong: str) -> Outcome:
    """Whether a component's setting holds. `holds` is given the value, or None where it is left to its default.

    What is not set on a command line that names a configuration file may be set there: that is undecided.
    """
    if subject.name != component:
        return NotApplicable(why=f"it is no {component}")
    value = subject.setting(name)
    match value:
        case Unknown(reason):
            return Undecided(why=reason)
        case None if subject.config and not holds(None):
            return Undecided(why=f"--{name} may be set in {subject.config}, which is not among these files")
        case None:
            said = "is left to its default"
        case Known(text):
            said = f"is {text[:80] or 'empty'}"
    if holds(value.value if isinstance(value, Known) else None):
        return Holds()
    return Broken(because=f"{wrong}: --{name} {said}", at=subject.place(name))


def paired(subject: Component, component: str, names: tuple[str, str], wrong: str) -> Outcome:
    """Whether two settings that are nothing without each other, a certificate and its key, are both there."""
    first = asked(subject, component, names[0], bool, wrong)
    return asked(subject, component, names[1], bool, wrong) if isinstance(first, Holds) else first


def on(value: str | None) -> bool:
    """Whether a switch is turned on by its own hand."""
    return (value or "").lower() == "true"


def off(value: str | None) -> bool:
    """Whether a switch is turned off by its own hand."""
    return (value or "").lower() == "false"


def has(value: str | None, word: str) -> bool:
    """Whether a list with commas has a word."""
    return word in (value or "").split(",")


def least(value: str | None, number: int) -> bool:
    """Whether a value is a number of at least so much."""
    return value is not None and value.isdigit() and int(value[:12]) >= number


WEAK = ("_CBC_", "_3DES_", "TLS_RSA_", "_RC4_")
"""Parts of the names of suites with known weaknesses (RFC 7525, RFC 9325)."""


def strong(value: str | None) -> bool:
    """Whether a list of cipher suites has no weak one; Go's own list, where none is given, has none."""
    return not any(part in (value or "") for part in WEAK)
