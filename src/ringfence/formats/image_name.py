"""Names of images in registries: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`.

Source: github.com/distribution/reference, grammar in reference.go, and its normal form: without a host the name is Docker
Hub's, and one without a slash there belongs to `library/`.
"""

import re

from ringfence.errors import Malformed
from ringfence.formats.oci_image import is_digest
from ringfence.model.fact import Fact

DOCKER_HUB = "docker.io"
"""The host that names without one mean."""
MAX_NAME = 255
"""Characters of host and path together."""

_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?)+(?::[0-9]{1,5})?|\[[0-9a-fA-F:]+\](?::[0-9]{1,5})?")
_PATH = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class ImageName(Fact):
    """Where an image is in a registry; `digest`, if given, is what counts, `tag` is then only for people."""

    host: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def version(self) -> str:
        """What a registry is asked for."""
        return self.digest or self.tag

    def __str__(self) -> str:
        """The whole name."""
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.host}/{self.path}{tag}{f'@{self.digest}' if self.digest else ''}"


def parse(text: str) -> ImageName:
    """The name that `text` means; `latest` if it says neither tag nor digest. Raises `Malformed`."""
    rest, at, digest = text.partition("@")
    if at and not is_digest(digest):
        raise Malformed("image name", f"{digest[:80]!r} is not a sha256 or sha512 digest")
    first, slash, others = rest.partition("/")
    host, path = DOCKER_HUB, rest
    if slash and ("." in first or ":" in first or first == "localhost"):
        host, path = first, others
    path, colon, tag = path.partition(":")
    if colon and not _TAG.fullmatch(tag):
        raise Malformed("image name", f"{tag[:80]!r} is no tag")
    if host in (DOCKER_HUB, f"index.{DOCKER_HUB}"):
        host, path = DOCKER_HUB, path if "/" in path else f"library/{path}"
    if not _HOST.fullmatch(host) or not _PATH.fullmatch(path) or len(host) + len(path) > MAX_NAME:
        raise Malformed("image name", f"{text[:80]!r} names no host and path in lower case")
    return ImageName(host=host, path=path, tag=tag or ("" if digest else "latest"), digest=digest)
