"""Escapes from a container that need no fault, one JSON file each in the folder beside this module."""

from functools import cache

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.technique import Escape

FOLDER = "knowledge/escapes"


@cache
def escapes() -> tuple[Escape, ...]:
    """Every escape, by file name. Raises `Malformed` if a file of the installation is broken."""
    names = (name for name in packaged.names(FOLDER) if name.endswith(".json"))
    return tuple(typed_json.decode(packaged.read(f"{FOLDER}/{name}"), Escape, "escapes") for name in names)
