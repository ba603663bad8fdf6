"""Whether a kernel has something: by its release, by its build options, by the machine.

Vendors such as Red Hat and SUSE add newer features under an old number, so of their kernels only what was there before can
be told. Options say no only of releases whose sources were read (`KernelHistory.options_of`) and of later ones.
"""

from ringfence.errors import Malformed
from ringfence.model.component import KernelState
from ringfence.model.kernel_history import Span
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.on_kernel import There
from ringfence.versions.kernel import branch, key, takes_features


def has(name: str, span: Span, kernel: KernelState, options_of: str) -> There:
    """Whether `kernel` has what was there over `span`."""
    match kernel.release:
        case Unknown(reason):
            return There(name=name, there=None, because=f"the kernel's release is not known: {reason}")
        case Known(release):
            pass
    if not span.since or kernel.architecture in span.not_on:
        where = f" on {kernel.architecture}" if span.since else ""
        return There(name=name, there=False, because=f"Linux never had it{where}")
    try:
        own = key(branch(release))
    except Malformed as problem:
        return There(name=name, there=None, because=problem.diagnostics())
    if own < key(span.since):
        return _older(name, span, release)
    if span.until and own >= key(span.until):
        return There(name=name, there=False, because=f"taken out in Linux {span.until}")
    return _built(name, span, kernel, own >= key(options_of))


def _older(name: str, span: Span, release: str) -> There:
    because = f"new in Linux {span.since}"
    if takes_features(release):
        return There(name=name, there=None, because=f"{because}, and the vendor of {release} adds newer features")
    return There(name=name, there=False, because=because)


def _built(name: str, span: Span, kernel: KernelState, told: bool) -> There:
    """What the release has may be left out of a build."""
    since = f"since Linux {span.since}"
    match kernel.config:
        case Known(options):
            missing = next((option for option in span.options if option not in options), "")
        case Unknown():
            missing = ""
    if not missing:
        return There(name=name, there=True, because=since)
    if told:
        return There(name=name, there=False, because=f"the kernel was built without {missing}")
    return There(
        name=name, there=None, because=f"{since}, but {missing} is not set, which an older Linux may not have needed"
    )
