"""One dependency as Python's tools declare it. Source: PEP 508 through `packaging`; PEP 503 for the normal form of names."""

from packaging.requirements import InvalidRequirement, Requirement

from ringfence.formats.declared import Declared
from ringfence.formats.python_dist import normal_name
from ringfence.formats.url import without_secret


def declared(text: str, line: int | None, group: str = "", *, dev: bool = False) -> Declared | None:
    """The dependency in `text`; None if it is none."""
    try:
        found = Requirement(text)
    except (InvalidRequirement, RecursionError, ValueError):
        return None
    source, url, reference = "registry", "", ""
    if found.url:
        url = found.url.partition("#")[0]
        source = "git" if url.startswith("git+") else "path" if url.startswith("file:") else "archive"
        if source == "git" and "@" in url.partition("://")[2].partition("/")[2]:
            url, _, reference = url.rpartition("@")
    return Declared(
        name=normal_name(found.name),
        specifier=str(found.specifier),
        group=group,
        dev=dev,
        source=source,
        url=without_secret(url),
        reference=reference,
        line=line,
    )


def pinned(specifier: str) -> str:
    """The one version that a range of PEP 440 leaves; empty if it leaves more."""
    words = [word.strip() for word in specifier.split(",") if word.strip()]
    if len(words) != 1 or not words[0].startswith("==") or words[0].endswith(".*"):
        return ""
    return words[0].lstrip("=").strip()
