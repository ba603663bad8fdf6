"""The page that lists the CVEs of the stack whose preconditions are known, with what each asks for."""

from collections import Counter
from collections.abc import Iterator

from ringfence.knowledge.stack_cves import stack_cves
from ringfence.model.stack_cve import AttackerActs, SharesHostKernel, StackCve

PAGE = "stack-cves.md"

INTRODUCTION = """# The CVEs of the stack

Written by `make gen`. Ringfence knows the preconditions of {total} CVEs ({counts}). One file each, in
`src/ringfence/knowledge/stack_cves/`:

* **Ranges** of versions, the stable branches that got the fix, and distributions' own fixes. `versions_note` says where the
  public records stop: versions outside the ranges are then undecided, not absent.
* **Ways** in. A way is a conjunction of typed preconditions, each decided for a container on its host
  (`graph/preconditions.py` and the files beside it); a CVE is reached by any of its ways.
* **Gain**, **remedy**, and **confidence** in the ways: `high` where a source states them, `medium` where they follow from
  the code that the source names, `low` where they are partly known.
* **Sources**, each with the fields that rest on it. `tests/conformance/test_stack_cves.py` compares ranges, branches,
  backports, exploitation dates and kernelCTF's requirements with the public records; `tests/live/test_preconditions.py`
  tries in real containers what the ways ask for.

A new CVE is one new file; `tests/knowledge/test_stack_cves.py` says what is wrong with it. Every call, option, module,
capability and sysctl that it names must exist, and somebody must collect it.

| CVE | component | what happens | confidence |
| --- | --- | --- | --- |"""


def lines() -> Iterator[str]:
    """The page."""
    counts = Counter(cve.component for cve in stack_cves())
    said = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    yield INTRODUCTION.format(total=len(stack_cves()), counts=said)
    for cve in stack_cves():
        yield f"| {cve.id} | {cve.component} | {cve.title}. *{asked(cve)}* | {cve.confidence} |"
    yield ""


def asked(cve: StackCve) -> str:
    """What the first way asks of the container and its host, by kind; where it asks nothing, what somebody must do."""
    conditions = cve.ways[0].preconditions
    kinds = [
        type(item).__struct_config__.tag for item in conditions if not isinstance(item, SharesHostKernel | AttackerActs)
    ]
    acts = [f"someone {item.what}" for item in conditions if isinstance(item, AttackerActs)]
    return ", ".join(dict.fromkeys(str(kind) for kind in kinds)) or "; ".join(acts)


def page() -> bytes:
    """The page as it is written."""
    return "\n".join(lines()).encode()
