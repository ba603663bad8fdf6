"""Patterns of names and images: `*` stands for anything, and nothing else is special."""

import re
from collections.abc import Iterable
from functools import lru_cache

from ringfence.errors import Malformed
from ringfence.formats import image_name
from ringfence.formats.image_name import DOCKER_HUB, ImageName


@lru_cache(maxsize=8192)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern."""
    return pattern in ("*", text) or ("*" in pattern and _compiled(pattern).fullmatch(text) is not None)


def any_fits(patterns: Iterable[str], text: str) -> bool:
    """Whether one of the patterns fits."""
    return any(fits(pattern, text) for pattern in patterns)


@lru_cache(maxsize=8192)
def image(written: str) -> ImageName | None:
    """The image that is meant; None for what names none."""
    try:
        return image_name.parse(written)
    except Malformed:
        return None


@lru_cache(maxsize=1024)
def _whole(pattern: str) -> str:
    """A pattern with the host and path that it leaves out, as names of images leave them out."""
    first, slash, _ = pattern.partition("/")
    if pattern == "*" or (slash and ("." in first or ":" in first or first == "localhost" or "*" in first)):
        return pattern
    return f"{DOCKER_HUB}/{pattern if slash else f'library/{pattern}'}"


def image_fits(patterns: Iterable[str], written: str) -> bool:
    """Whether a pattern fits the image: its full name without tag and digest, with the tag, or with the digest.

    Names and patterns are compared in full (`nginx` is `docker.io/library/nginx`), so that no spelling slips through. What
    names no image fits `*` alone.
    """
    named = image(written)
    if named is None:
        return "*" in patterns
    bare = f"{named.host}/{named.path}"
    forms = {bare, f"{bare}:{named.tag}", f"{bare}@{named.digest}", str(named)}
    return any(fits(_whole(pattern), form) for pattern in patterns for form in forms)
