"""What this room refuses: every way in which something is not what it claims to be."""

from ringfence.errors import RingfenceError


class Refused(RingfenceError):
    """A signature, an encrypted layer or a key that does not hold. Says which rule it breaks."""


class NoKeyFits(Refused):
    """An encrypted layer that none of the given keys opens. Names for whom it is encrypted."""
