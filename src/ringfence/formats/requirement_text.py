"""A requirement of a root of trust in words, as the command line takes it.

    2 of role:release,alice in signature,bundle stating spdx where count(packages) > 0 stamped by clock
    1 of builders ci where buildDefinition.externalParameters.target == 'release'

The parts after `of` may be left out; `where` comes last but one, before `stamped by`.
"""

import re

from ringfence.errors import Malformed
from ringfence.formats import in_toto
from ringfence.formats.trust_document import Requirement

_FORM = re.compile(
    r"(?P<count>\d{1,4}) of (?P<builders>builders )?(?P<of>\S+)(?: in (?P<forms>\S+))?(?: stating (?P<predicate>\S+))?"
    r"(?: where (?P<where>.+?))?(?: stamped by (?P<stamped>\S+))?",
    re.DOTALL,
)


def parse(text: str) -> Requirement:
    """The requirement. Raises `Malformed`."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise Malformed(
            "requirement", f"{text[:80]!r} is not of the form: N of NAME,... [in FORM] [stating TYPE [where ...]]"
        )
    whom = tuple(found["of"].split(","))
    predicate = found["predicate"] or ""
    return Requirement(
        of=() if found["builders"] else whom,
        builders=whom if found["builders"] else (),
        at_least=int(found["count"]),
        forms=tuple(found["forms"].split(",")) if found["forms"] else (),
        predicate=in_toto.PREDICATES.get(predicate, predicate),
        where=(found["where"],) if found["where"] else (),
        stamped=tuple(found["stamped"].split(",")) if found["stamped"] else (),
    )
