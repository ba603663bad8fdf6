"""What workloads mean on another kernel, in words: what is not there, what it takes instead, what is new within reach."""

from collections.abc import Iterable, Iterator

from ringfence.model.on_kernel import CallThere, OnKernel, There, WorkloadsOnKernel
from ringfence.model.report import Report
from ringfence.report.style import Style
from ringfence.report.terminal.canvas import BLANK, Line, Span, heading, paragraph
from ringfence.report.terminal.words import count

FEW_NAMES = 12
"""Names of system calls or workloads without `--details`; the rest are counted."""
_INDENT = 16


def sections(report: Report, style: Style) -> list[Line]:
    """A section for each kernel asked about, in it a part for each group of workloads that mean the same."""
    lines: list[Line] = []
    for kernel in dict.fromkeys(group.meaning.kernel for group in report.on_kernel):
        lines += heading(f"on {kernel}", style, (Span("what the same confinement means there", "quiet"),))
        for group in report.on_kernel:
            lines += _group(group, style) if group.meaning.kernel == kernel else []
    return lines


def said(meaning: OnKernel, most: int = 0) -> Iterator[tuple[str, str]]:
    """Each thing worth saying as (label, sentence); a label stands for all that follow without one. `most` 0: all names."""
    yield from _labelled("capabilities", _capabilities(meaning))
    yield from _labelled("system calls", _calls(meaning, most))
    yield from _labelled("doors", _doors(meaning))
    yield from _labelled("not there", _features(meaning.features, False))
    yield from _labelled("there", _features(meaning.features, True))
    yield from _labelled("not told", _features(meaning.features, None))


def _group(group: WorkloadsOnKernel, style: Style) -> list[Line]:
    most = 0 if style.details else FEW_NAMES
    who = _first([str(name) for name in group.workloads], most or len(group.workloads))
    lines: list[Line] = [BLANK, *paragraph(who, style, 0, look="strong")]
    for label, text in said(group.meaning, most):
        lines += _row(label, text, style)
    return lines


def _row(label: str, text: str, style: Style) -> list[Line]:
    first, *rest = paragraph(text, style, _INDENT)
    return [(Span(f"  {label:<{_INDENT - 2}}", "quiet"), first[-1]), *rest]


def _labelled(label: str, sentences: Iterable[str]) -> Iterator[tuple[str, str]]:
    for text in sentences:
        yield label, text
        label = ""


def _capabilities(meaning: OnKernel) -> Iterator[str]:
    for item in meaning.capabilities:
        word = "is not there" if item.there is False else "may not be there"
        yield f"{item.name} {word}: {item.because}"


def _calls(meaning: OnKernel, most: int) -> Iterator[str]:
    if meaning.passing is None or meaning.calls is None:
        yield "what reaches it is not known, as the filter is not"
        return
    yield f"{meaning.passing} of the {meaning.calls} that it has for certain get through the filter"
    for there, word in ((False, "it lacks, so that they fail with ENOSYS"), (None, "it may lack")):
        if names := [item for item in meaning.lost if item.there is there]:
            yield f"{count(len(names), 'call')} that the filter lets through {word}: {_with_since(names, most)}"
    if names := [item for item in meaning.refused if item.there is False]:
        answers = " or ".join(sorted({item.answer for item in names}))
        yield (
            f"{count(len(names), 'call')} it lacks the filter answers with {answers} instead of ENOSYS, "
            f"so that programs which would fall back do not: {_with_since(names, most)}"
        )
    if meaning.gained:
        yield f"{count(len(meaning.gained), 'more call')} within reach than before: {_first(meaning.gained, most)}"


def _with_since(items: list[CallThere], most: int) -> str:
    """Names, those of one reason together."""
    shown = items[: most or None]
    by_reason: dict[str, list[str]] = {}
    for item in shown:
        by_reason.setdefault(item.because, []).append(item.name)
    told = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in by_reason.items())
    rest = len(items) - len(shown)
    return f"{told}; and {rest} others" if rest else told


def _doors(meaning: OnKernel) -> Iterator[str]:
    by_state: dict[str, list[str]] = {}
    for name, state in meaning.doors:
        by_state.setdefault(state, []).append(name)
    yield from (f"{state}: {', '.join(names)}" for state, names in by_state.items())


def _features(features: Iterable[There], there: bool | None) -> Iterator[str]:
    yield from (f"{item.name} ({item.because})" for item in features if item.there is there)


def _first(names: Iterable[str], most: int) -> str:
    every = list(names)
    rest = len(every) - most if most else 0
    return ", ".join(every[: most or None]) + (f" and {rest} others" if rest > 0 else "")
