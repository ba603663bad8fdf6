"""Signatures kept as files beside an image: `signature-1`, `signature-2`, ... up to the first that is missing.

Source: containers/image, docs/signature-protocols.md ("lookaside") and directory/directory_transport.go (`dir:`).
"""

import os

from ringfence.errors import LimitExceeded, Unavailable
from ringfence.io import named_file

MAX_SIGNATURES = 200
"""Signatures of one image that are read."""
MAX_BYTES = 4 * 1024 * 1024
"""Bytes of one signature (containers/image, iolimits: MaxSignatureBodySize)."""


def read(folder: str) -> list[tuple[str, bytes]]:
    """All of a folder's signatures with their paths; none if there is no such folder. Raises `UnreadableInput`."""
    found: list[tuple[str, bytes]] = []
    while os.path.exists(path := os.path.join(folder, f"signature-{len(found) + 1}")):
        if len(found) == MAX_SIGNATURES:
            raise LimitExceeded("signatures of one image", MAX_SIGNATURES, where=folder)
        found.append((path, named_file.read(path, MAX_BYTES)))
    return found


def add(folder: str, data: bytes) -> str:
    """Adds a signature after the last; gives its path. Raises `Unavailable`."""
    try:
        os.makedirs(folder, exist_ok=True)
        for number in range(1, MAX_SIGNATURES + 1):
            path = os.path.join(folder, f"signature-{number}")
            try:
                with open(path, "xb") as file:
                    file.write(data)
            except FileExistsError:
                continue
            return path
    except OSError as cause:
        wrong = f"cannot be written: {cause.strerror or cause}"
        raise Unavailable(wrong, where=folder, mend="name another folder") from cause
    raise LimitExceeded("signatures of one image", MAX_SIGNATURES, where=folder)
