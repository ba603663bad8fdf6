"""The policies in force: read from files, read again when these change, the old ones kept where the new are broken."""

import hashlib
from dataclasses import dataclass

import msgspec

from ringfence.admission import builtin
from ringfence.errors import LimitExceeded, RingfenceError, UnreadableInput
from ringfence.formats import admission_language
from ringfence.formats.admission_policy import AdmissionPolicy
from ringfence.io import watched
from ringfence.io.watched import Seen

ENDINGS = (".yaml", ".yml", ".json")
"""What policy files are called in a folder."""


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Policies with a hash of all that they say, which is part of the key under which decisions are kept."""

    policies: tuple[AdmissionPolicy, ...]
    hash: str


def load(names: tuple[str, ...], seen: tuple[Seen, ...]) -> PolicySet:
    """The policies of files that were seen, and those built in. Raises `UnreadableInput`, `WrongUsage`."""
    found = [builtin.named(name) for name in names if name.startswith(builtin.PREFIX)]
    for item in seen:
        found += admission_language.read(watched.read(item, admission_language.MAX_BYTES), item.path)
    taken: dict[str, AdmissionPolicy] = {}
    for policy in found:
        if policy.name in taken:
            mend = "a name stands for one policy in the decision log and in exceptions"
            raise UnreadableInput(f"the name {policy.name!r} is taken twice", where=str(policy.at), mend=mend)
        taken[policy.name] = policy
    if not taken:
        raise UnreadableInput("no policy is there", where=", ".join(names), mend="see docs/admission.md")
    if len(taken) > admission_language.MAX_POLICIES:
        raise LimitExceeded("policies in force", admission_language.MAX_POLICIES)
    ordered = tuple(sorted(taken.values(), key=lambda item: item.name))
    return PolicySet(ordered, hashlib.sha256(msgspec.json.encode(ordered)).hexdigest())


@dataclass(slots=True)
class PolicyFiles:
    """Where policies come from: files, folders and `builtin:` names. `fault` says why the newest could not be taken."""

    names: tuple[str, ...]
    current: PolicySet
    seen: tuple[Seen, ...]
    fault: str = ""

    @classmethod
    def opened(cls, names: tuple[str, ...]) -> "PolicyFiles":
        """The policies as they are now. Raises `UnreadableInput`, `WrongUsage`."""
        seen = watched.look(_files(names), ENDINGS)
        return cls(names, load(names, seen), seen)

    def refresh(self) -> bool:
        """Reads again what changed; whether other policies are in force now. What is broken leaves the old ones in force."""
        try:
            seen = watched.look(_files(self.names), ENDINGS)
            if seen == self.seen and not self.fault:
                return False
            found = load(self.names, seen)
        except RingfenceError as fault:
            self.fault = fault.diagnostics()
            return False
        changed = found.hash != self.current.hash
        self.current, self.seen, self.fault = found, seen, ""
        return changed


def _files(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if not name.startswith(builtin.PREFIX))
