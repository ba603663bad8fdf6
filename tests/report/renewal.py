"""Files that tests compare with: `RINGFENCE_RENEW=1 pytest tests/report` writes them anew, to be read in the diff."""

import os
from pathlib import Path

HOW = "if the change is wanted: RINGFENCE_RENEW=1 python -m pytest tests/report, then read the diff"


def compare(path: Path, fresh: str) -> None:
    """Demand that the file says what was made afresh; with RINGFENCE_RENEW=1 make it so."""
    if os.environ.get("RINGFENCE_RENEW") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(fresh, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing; {HOW}"
    assert path.read_text(encoding="utf-8") == fresh, f"{path.name} differs; {HOW}"
