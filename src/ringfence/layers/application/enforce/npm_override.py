"""Overrule what other packages ask for, in package.json: `overrides` of npm and bun, `resolutions` of Yarn, pnpm's own.

Sources: docs.npmjs.com "package.json" (overrides), classic.yarnpkg.com "Selective dependency resolutions", pnpm.io
"package.json" (pnpm.overrides), bun.sh "overrides".
"""

import re
from collections.abc import Mapping

from ringfence.model.plan import Edit

_FIELDS = {"yarn.lock": "resolutions", "pnpm-lock.yaml": "pnpm.overrides"}
_INDENT = re.compile(r'^([ \t]+)"')


def overrides(text: str, lock: str, wanted: Mapping[str, tuple[str, str]]) -> Edit | None:
    """The edit that sets each name to its version (`name: (version, reason)`).

    None if the file has such a table already, or does not begin with a line of nothing but `{`: people then edit it.
    """
    lines = text.split("\n")
    field = _FIELDS.get(lock.rpartition("/")[2], "overrides")
    outer, _, inner = field.partition(".")
    if not wanted or f'"{outer}"' in text or lines[0].strip() != "{" or len(lines) < 3:
        return None
    seen = _INDENT.match(lines[1])
    step = seen[1] if seen else "  "
    entries = [f'"{name}": "{version}"' for name, (version, _) in wanted.items()]
    depth = step * (3 if inner else 2)
    body = [f"{depth}{entry}{',' if number < len(entries) else ''}" for number, entry in enumerate(entries, 1)]
    opened = [f'{step}"{outer}": {{', *([f'{step * 2}"{inner}": {{'] if inner else [])]
    closed = [*([f"{step * 2}}}"] if inner else []), f"{step}}},"]
    return Edit(
        line=2,
        removed=0,
        added=(*opened, *body, *closed),
        reason="; ".join(reason for _, reason in wanted.values()),
        may_break="packages that ask for an older version get this one all the same",
        see="the tests; `npm ls NAME`",
    )
