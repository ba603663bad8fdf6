"""What permissions are good for to an attacker, one JSON file each in the folder beside this module."""

from functools import cache

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.technique import Power

FOLDER = "knowledge/powers"


@cache
def powers() -> tuple[Power, ...]:
    """Every power, by file name. Raises `Malformed` if a file of the installation is broken."""
    names = (name for name in packaged.names(FOLDER) if name.endswith(".json"))
    return tuple(typed_json.decode(packaged.read(f"{FOLDER}/{name}"), Power, "powers") for name in names)
