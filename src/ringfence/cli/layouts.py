"""Images in OCI layouts: `oci:DIR[:TAG]`, and to read also `oci-archive:FILE[:TAG]`."""

import os
from typing import NamedTuple

from ringfence.errors import WrongUsage
from ringfence.io import oci_layout
from ringfence.io.oci_layout import Layout

PASSPHRASE = "RINGFENCE_PASSPHRASE"  # noqa: S105 - the name of a variable
"""The environment variable that holds the passphrase of private keys; on a command line everybody could read it."""


class Place(NamedTuple):
    """A layout's path, the tag of an image in it (empty: the only one), and whether it is an archive."""

    path: str
    tag: str
    archive: bool = False

    def layout(self) -> Layout:
        """The layout, to read. Raises `UnreadableInput`."""
        return oci_layout.in_archive(self.path) if self.archive else oci_layout.in_directory(self.path)


def place(ref: str, *, to_write: bool = False, to_sign: bool = False) -> Place:
    """What a reference names: an image to read, a new one to write, or one there is to sign. Raises `WrongUsage`."""
    form, colon, rest = ref.partition(":")
    if not colon or not rest or form not in (("oci",) if to_write or to_sign else ("oci", "oci-archive")):
        copy = "" if to_write else "; bring it there with skopeo copy docker://NAME oci:DIR:TAG"
        raise WrongUsage(
            "is no image that this command can " + ("write" if to_write else "read"),
            where=ref,
            mend=f"write oci:DIR:TAG{copy}",
        )
    path, separator, tag = rest.rpartition(":")
    if not separator or "/" in tag or (not to_write and os.path.exists(rest)):
        path, tag = rest, ""
    return Place(path, tag, archive=form == "oci-archive")


def printable(text: str) -> str:
    """Without control characters: names out of keys and manifests must not drive the terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def passphrase() -> str | None:
    """The passphrase of the private keys, if one is set."""
    return os.environ.get(PASSPHRASE)
