"""Decision tables of authorities, one JSON file each in the folder beside this module, as they were published."""

from functools import cache

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.decision import DecisionTable

FOLDER = "knowledge/decision_tables"


@cache
def decision_tables() -> tuple[DecisionTable, ...]:
    """Every table, by file name. Raises `Malformed` if a file of the installation is broken."""
    names = (name for name in packaged.names(FOLDER) if name.endswith(".json"))
    return tuple(typed_json.decode(packaged.read(f"{FOLDER}/{name}"), DecisionTable, "decision tables") for name in names)
