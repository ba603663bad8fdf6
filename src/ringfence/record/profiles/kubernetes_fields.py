"""How a pod names a profile that lies on its node, by the cluster's version: a field, or before there was one an annotation.

Sources: Kubernetes: "Set up AppArmor" (since 1.30), "Restrict a Container's Syscalls with seccomp" (since 1.19,
annotations no longer read since 1.27), API reference of SecurityContext.
"""

import json
import re
from enum import StrEnum

from ringfence.errors import WrongUsage
from ringfence.record.profiles.apparmor import word
from ringfence.record.profiles.selinux import identifier

Version = tuple[int, int]


class Kind(StrEnum):
    """The mechanism whose profile is named."""

    SECCOMP = "seccomp"
    APPARMOR = "apparmor"
    SELINUX = "selinux"


FIELDS_SINCE = {Kind.SECCOMP: (1, 19), Kind.APPARMOR: (1, 30), Kind.SELINUX: (1, 0)}
"""The first version that has the fields."""
ANNOTATIONS = {
    Kind.SECCOMP: "container.seccomp.security.alpha.kubernetes.io",
    Kind.APPARMOR: "container.apparmor.security.beta.kubernetes.io",
}
"""What the annotation of one container begins with."""
_VERSION = re.compile(r"v?1\.([0-9]{1,3})([.+-].*)?")


def version(text: str) -> Version:
    """Major and minor of `1.29`, `v1.29.4`, `v1.29.4-gke.1`. Raises `WrongUsage`."""
    matched = _VERSION.fullmatch(text)
    if not matched:
        raise WrongUsage("is no version of Kubernetes", where=text, mend="write it as 1.29")
    return 1, int(matched.group(1))


def fields(kind: Kind, name: str, cluster: Version, container: str = "") -> str:
    """YAML to merge into a pod's manifest: for the container of that name, or for the whole pod.

    seccomp's profile is the file `NAME.json` in the kubelet's folder of them (`/var/lib/kubelet/seccomp`), AppArmor's is
    called NAME, SELinux's process type is that of the policy made by us. Raises `WrongUsage` if the version needs a
    container.
    """
    if cluster < FIELDS_SINCE[kind]:
        if not container:
            what = f"Kubernetes {cluster[0]}.{cluster[1]} names a {kind} profile by container"
            raise WrongUsage(what, where=name, mend="give --container")
        lines = [
            "metadata:",
            "  annotations:",
            f"    {_text(f'{ANNOTATIONS[kind]}/{container}')}: {_text(f'localhost/{_file(kind, name)}')}",
        ]
        return "\n".join(lines) + "\n"
    inner = ["securityContext:", *(f"  {line}" for line in _context(kind, name))]
    if container:
        inner = ["containers:", f"  - name: {_text(container)}", *(f"    {line}" for line in inner)]
    return "\n".join(["spec:", *(f"  {line}" for line in inner)]) + "\n"


def _context(kind: Kind, name: str) -> list[str]:
    if kind is Kind.SELINUX:
        return ["seLinuxOptions:", f"  type: {_text(f'{identifier(name)}.process')}"]
    field = {Kind.SECCOMP: "seccompProfile", Kind.APPARMOR: "appArmorProfile"}[kind]
    return [f"{field}:", "  type: Localhost", f"  localhostProfile: {_text(_file(kind, name))}"]


def _file(kind: Kind, name: str) -> str:
    return f"{name}.json" if kind is Kind.SECCOMP else word(name)


def _text(value: str) -> str:
    """A string of YAML 1.2: JSON's form is one."""
    return json.dumps(value, ensure_ascii=False)
