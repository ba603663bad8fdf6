"""Suppositions in words: `KIND[=DETAIL][@TARGET]`, as `--what-if` takes them.

`drop-capability=CAP_SYS_ADMIN@shop/deployment/web`, `seccomp-off@shop`, `update=runc=1.3.3@node-1`,
`sysctl=user.max_user_namespaces=0`. Without a target it is supposed of everything.
"""

from ringfence.errors import WrongUsage
from ringfence.model.change import EVERYWHERE, Change, ChangeKind
from ringfence.model.linux import Namespace, capability

SUPPOSABLE = tuple(kind for kind in ChangeKind if kind is not ChangeKind.UPGRADE_PACKAGE)
"""The kinds that can be supposed: all that the graph holds the facts of."""
_DETAILED = {
    ChangeKind.DROP_CAPABILITY: "a capability",
    ChangeKind.SECCOMP_PROFILE: "a profile's file",
    ChangeKind.OWN_NAMESPACE: "a kind of namespace",
    ChangeKind.REMOVE_MOUNT: "a path of the host",
    ChangeKind.READ_ONLY_MOUNT: "a path of the host",
    ChangeKind.UPDATE: "a component, or COMPONENT=VERSION",
    ChangeKind.SYSCTL: "NAME=VALUE",
}
"""The kinds that need a detail, and what it is."""


def supposition(text: str) -> Change:
    """The change that the words mean. Raises `WrongUsage` for an unknown kind, or a detail that is missing or wrong."""
    before, at, target = text.rpartition("@")
    if not at:
        before, target = text, EVERYWHERE
    word, _, detail = before.partition("=")
    if word not in SUPPOSABLE:
        raise WrongUsage(f"{text!r} supposes nothing known", mend=f"begin with one of {', '.join(SUPPOSABLE)}")
    kind = ChangeKind(word)
    wanted = _DETAILED.get(kind)
    if wanted and not detail:
        raise WrongUsage(f"{text!r} lacks {wanted}", mend=f"write {word}={wanted.upper().replace(' ', '-')}")
    if kind is ChangeKind.SYSCTL and "=" not in detail:
        raise WrongUsage(f"{text!r} lacks a value", mend="write sysctl=NAME=VALUE")
    if kind is ChangeKind.OWN_NAMESPACE and detail not in list(Namespace):
        raise WrongUsage(f"{detail!r} is no kind of namespace", mend=f"give one of {', '.join(Namespace)}")
    if kind is ChangeKind.DROP_CAPABILITY:
        detail = capability(detail).name
    return Change(kind=kind, target=target or EVERYWHERE, detail=detail)
