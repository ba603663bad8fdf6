"""Decisions kept by what they depend on: the parts of the pod that rules look at, who makes it, where, and the policies.

A controller that makes a hundred pods of one template asks the same question a hundred times; the pod's own name and uid are
no part of it, unless an exception names pods.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ringfence.admission.answering import Ruling
from ringfence.formats.admission_policy import AdmissionPolicy

KEPT = 10_000
"""Decisions that are kept, some kilobytes each at most."""
MAX_MESSAGE = 16 * 1024
"""Characters of the texts of a decision that is still kept."""

Key = bytes


@dataclass(slots=True)
class DecisionCache:
    """The last decisions. Policies of another hash make other keys, so what is old is never asked for again."""

    kept: int = KEPT
    hits: int = 0
    misses: int = 0
    _decisions: "OrderedDict[Key, Ruling]" = field(default_factory=OrderedDict)

    def get(self, key: Key) -> Ruling | None:
        """A decision that was kept."""
        found = self._decisions.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._decisions.move_to_end(key)
        return found

    def put(self, key: Key, ruling: Ruling) -> None:
        """Keeps a decision; the one that was not asked for the longest goes."""
        if len(ruling.answer.message) + sum(map(len, ruling.answer.audit.values())) > MAX_MESSAGE:
            return
        self._decisions[key] = ruling
        while len(self._decisions) > self.kept:
            self._decisions.popitem(last=False)

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._decisions)


def names_count(policies: Iterable[AdmissionPolicy]) -> bool:
    """Whether the name of a pod is part of the question."""
    return any(exception.names for policy in policies for exception in policy.exceptions)


def key(request: Mapping[str, object], salt: str, *, with_name: bool) -> Key:
    """The digest of everything that a decision depends on, of a request with the parts that are looked at.

    `salt` is of the policies, the day and the path.
    """
    asked = [
        salt,
        request.get("operation"),
        request.get("resource"),
        request.get("subResource"),
        request.get("namespace"),
        request.get("userInfo"),
        request.get("name") if with_name else None,
        request.get("object"),
        request.get("oldObject"),
    ]
    return hashlib.sha256(json.dumps(asked, separators=(",", ":")).encode("utf-8", "surrogatepass")).digest()
