"""Build hook: puts the index of plug-ins into the wheel, so that an installed Ringfence starts without reading sources."""

import os
import sys
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class IndexHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's generic has no public parameter type
    """Writes `ringfence/engine/index.json` into the wheel (not into an editable install, whose sources change)."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it packs."""
        if version == "editable":
            return
        source = os.path.join(self.root, "src")
        sys.path.insert(0, source)
        from ringfence.engine import index  # noqa: PLC0415 - importable only after the line above

        handle, path = tempfile.mkstemp(suffix=".json")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(index.encode(index.read_sources(os.path.join(source, "ringfence"))))
        build_data["force_include"][path] = "ringfence/engine/index.json"
