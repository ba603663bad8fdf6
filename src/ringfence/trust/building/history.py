"""Lines of an image's history as instructions, in the ways that builders write them.

Source: the classic builder's `/bin/sh -c #(nop) KEYWORD ...`, with build arguments `|N NAME=VALUE ... /bin/sh -c COMMAND`;
BuildKit's `KEYWORD ... # buildkit`; buildah writes as the classic builder does.
"""

import re

from ringfence.formats.dockerfile import KEYWORDS
from ringfence.formats.oci_image import HistoryLine
from ringfence.model.fact import Fact

_RUN = re.compile(r"(?:RUN )?(?:\|\d+ .*?)?/bin/sh -c (.*)", re.DOTALL)


class Told(Fact):
    """An instruction as history has it; no keyword where it is none that is known. `layer` says whether it made a layer."""

    keyword: str
    text: str
    layer: bool


def told(line: HistoryLine) -> Told:
    """The instruction of a line."""
    text = (line.created_by or "").strip().removesuffix("# buildkit").strip()
    layer = not line.empty_layer
    _, marked, rest = text.partition("#(nop)")
    if marked:
        text = rest.strip()
    elif found := _RUN.fullmatch(text):
        return Told(keyword="RUN", text=" ".join(found[1].split()), layer=layer)
    keyword, _, rest = text.partition(" ")
    known = keyword.upper() in KEYWORDS
    return Told(keyword=keyword.upper() if known else "", text=" ".join((rest if known else text).split()), layer=layer)
