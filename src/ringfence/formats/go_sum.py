"""What Go keeps beside go.mod: go.sum, vendor/modules.txt, go.work. Source: go.dev/ref/mod."""

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats.declared import limited
from ringfence.model.fact import Fact

MAX_SUM_BYTES = 32 * 1024 * 1024
"""Bytes of one go.sum; Kubernetes' has 0.2 MB."""


class VendoredModule(Fact):
    """A module that `go mod vendor` copied: `explicit` if go.mod asks for it itself; `packages` are those copied."""

    path: str
    version: str
    line: int
    explicit: bool = False
    packages: tuple[str, ...] = ()


def parse(data: bytes) -> tuple[tuple[str, str], ...]:
    """Module and version of every hash of content (`/go.mod` hashes left out). Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_SUM_BYTES:
        raise LimitExceeded("bytes of a go.sum", MAX_SUM_BYTES)
    found: list[tuple[str, str]] = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if len(words) != 3 or not words[2].startswith("h"):
            raise Malformed("go.sum", f"line {number}: not 'module version hash'")
        if not words[1].endswith("/go.mod"):
            found.append((words[0], words[1]))
    return tuple(found)


def vendored(data: bytes) -> tuple[VendoredModule, ...]:
    """The modules of a vendor/modules.txt. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_SUM_BYTES:
        raise LimitExceeded("bytes of a modules.txt", MAX_SUM_BYTES)
    found: list[VendoredModule] = []
    packages: list[str] = []
    here: VendoredModule | None = None
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        words = line.split()
        if line.startswith("# "):
            if here:
                found.append(_whole(here, packages))
            packages = []
            # `# path version`, `# path version => other version`, `# path => folder`
            path, version = words[1] if len(words) > 1 else "", words[2] if len(words) > 2 else ""
            if "=>" in words:
                put = words[words.index("=>") + 1 :]
                path, version = (put[0], put[1]) if len(put) > 1 else (path, "")
            here = VendoredModule(path=path, version="" if version == "=>" else version, line=number)
        elif line.startswith("## ") and here:
            if "explicit" in line:
                here = VendoredModule(path=here.path, version=here.version, line=here.line, explicit=True)
        elif words and here:
            packages.append(words[0])
        elif words:
            raise Malformed("modules.txt", f"line {number}: it belongs to no module")
    return (*found, _whole(here, packages)) if here else tuple(found)


def _whole(item: VendoredModule, packages: list[str]) -> VendoredModule:
    return VendoredModule(
        path=item.path, version=item.version, line=item.line, explicit=item.explicit, packages=tuple(packages)
    )


def workspace(data: bytes) -> tuple[str, ...]:
    """The folders that a go.work uses. Raises `LimitExceeded`."""
    found: list[str] = []
    block = False
    for line in limited(data, "go.work").decode("utf-8", "replace").splitlines():
        words = line.partition("//")[0].split()
        if words[:2] == ["use", "("]:
            block = True
        elif words == [")"]:
            block = False
        elif words and (block or words[0] == "use"):
            found.append(words[-1].strip('"`'))
    return tuple(found)
