"""Addresses as people write them into dependency files: told apart, and stripped of passwords."""

import re

_USER = re.compile(r"(://)[^/@\s]*@")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def without_secret(url: str) -> str:
    """The address with user name and password blotted out: they are often tokens."""
    return _USER.sub(r"\1***@", url)


def is_commit(reference: str) -> bool:
    """Whether a git reference is a whole commit id (SHA-1 or SHA-256), which nobody can move."""
    return _COMMIT.fullmatch(reference) is not None
