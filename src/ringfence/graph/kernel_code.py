"""Whether the code a kernel CVE is in is there at all: built in, in a module loaded or loadable, or absent.

Kbuild compiles a file if its options are set (Documentation/kbuild/makefiles.rst); a module's code can be reached once it
is loaded, which the kernel does by itself for whoever asks for a protocol, file system or device (kernel/module/kmod.c).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from ringfence.model.component import KernelState
from ringfence.model.kernel_source import BuildRule
from ringfence.model.knowledge import Known, Unknown

RulesOf = Callable[[str, str], tuple[BuildRule, ...] | None]
"""The build rules of a file in a version, None where they are not known."""


class Presence(StrEnum):
    """Where the code is, nearest to an attacker first."""

    RUNNING = "running"
    """Built in, or in a module that is loaded."""
    LOADABLE = "loadable"
    """In a module on disk that the kernel loads when asked."""
    UNDECIDED = "undecided"
    BARRED = "barred"
    """In a module that may not be loaded."""
    ABSENT = "absent"
    """Not built, or in a module that is not on this machine."""


ORDER = tuple(Presence)

_SOURCE_OF = {"x86_64": "x86", "i686": "x86", "i386": "x86", "aarch64": "arm64", "ppc64le": "powerpc", "s390x": "s390"}
"""Folders under arch/ by uname's machine; the others have the machine's own name."""

NOT_KERNEL = ("tools/", "scripts/", "Documentation/", "samples/")
"""Folders of the source tree whose programs are no part of a kernel."""


@dataclass(frozen=True, slots=True)
class Code:
    """An answer with its reason in one sentence."""

    presence: Presence
    because: str


def code(files: Iterable[str], version: str, kernel: KernelState, rules_of: RulesOf) -> Code:
    """Where the code of `files` (paths in the kernel's tree) is: as near as the nearest of them.

    Headers are compiled into whatever includes them, so one alone decides nothing; beside a source file in the same
    folder it goes where that goes.
    """
    paths = tuple(files)
    sources = [path for path in paths if path.endswith((".c", ".S", ".rs"))]
    folders = {path.rpartition("/")[0] for path in sources}
    headers = [path for path in paths if path not in sources and path.rpartition("/")[0] not in folders]
    if not sources:
        return Code(Presence.UNDECIDED, "the record names no source file" if not paths else f"{paths[0]} is no source file")
    found = [_file(path, version, kernel, rules_of) for path in sources]
    nearest = min(found, key=lambda item: ORDER.index(item.presence))
    if nearest.presence in (Presence.ABSENT, Presence.BARRED) and headers:
        return Code(Presence.UNDECIDED, f"{nearest.because}, but {headers[0]} may be compiled into other code")
    return nearest


def _file(path: str, version: str, kernel: KernelState, rules_of: RulesOf) -> Code:
    if path.startswith(NOT_KERNEL):
        return Code(Presence.ABSENT, f"{path} is a program beside the kernel, not in it")
    if path.startswith("arch/"):
        own = _SOURCE_OF.get(kernel.architecture, kernel.architecture)
        if own and path.split("/")[1] != own:
            return Code(Presence.ABSENT, f"{path} is for another processor than {kernel.architecture}")
    match kernel.config:
        case Unknown(reason):
            return Code(Presence.UNDECIDED, f"whether {path} is built is not known: {reason}")
        case Known(options):
            rules = rules_of(path, version)
    if rules is None:
        return Code(Presence.UNDECIDED, f"which options {path} is built with in Linux {version} is not known")
    answers = [_rule(path, rule, options, kernel) for rule in rules]
    return min(answers, key=lambda item: ORDER.index(item.presence))


def _rule(path: str, rule: BuildRule, options: dict[str, str], kernel: KernelState) -> Code:
    missing = next((name for name in rule.options if options.get(name) not in ("y", "m")), "")
    if missing:
        return Code(Presence.ABSENT, f"{path} is not built: {missing} is not set")
    if not rule.options:
        return Code(Presence.RUNNING, f"{path} is in every kernel")
    if rule.built_in or options[rule.options[0]] == "y":
        return Code(Presence.RUNNING, f"{path} is built in ({rule.options[0]}={options[rule.options[0]]})")
    return _module(path, rule.module, kernel)


def _module(path: str, module: str, kernel: KernelState) -> Code:
    said = f"{path} is in the module {module}"
    if not module:
        return Code(Presence.LOADABLE, f"{path} is in a module")
    if isinstance(kernel.modules, Known) and module in kernel.modules.value:
        return Code(Presence.RUNNING, f"{said}, which is loaded")
    if isinstance(kernel.modules, Unknown):
        return Code(Presence.LOADABLE, f"{said}, and which are loaded is not known: {kernel.modules.reason}")
    if kernel.sysctls.get("kernel.modules_disabled") == Known("1"):
        return Code(Presence.BARRED, f"{said}, which is not loaded, and no module can be loaded any more")
    if isinstance(kernel.module_files, Known) and module not in kernel.module_files.value:
        return Code(Presence.ABSENT, f"{said}, which is not on this machine")
    if isinstance(kernel.barred_modules, Known) and module in kernel.barred_modules.value:
        return Code(Presence.BARRED, f"{said}, which modprobe is told to refuse")
    return Code(Presence.LOADABLE, f"{said}, which is not loaded but can be")
