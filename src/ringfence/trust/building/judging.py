"""Does an image hold what its Dockerfile, base and context lead to, and nothing else; and is a rebuild the same.

Pure. A finding names layer, file and rule; what cannot be told is a sentence of its own.
"""

import posixpath
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from ringfence.formats.oci_image import RunConfig
from ringfence.formats.tar import Kind
from ringfence.model.fact import Fact
from ringfence.trust.building import history, package_files, sensitive
from ringfence.trust.building.build_plan import MAKES_LAYER, MAY_MAKE_LAYER, QUIET, BuildPlan, Step
from ringfence.trust.building.built_image import BuiltImage, BuiltLayer, LayerFile
from ringfence.trust.building.context import Context, ContextFile
from ringfence.trust.building.package_files import Packaged

BUILDERS_LABELS = frozenset({"io.buildah.version"})
"""Labels that builders add themselves."""
WHITEOUT = ".wh."
MOUNTED = frozenset(
    {"etc/hosts", "etc/resolv.conf", "etc/hostname", "run", "run/.containerenv", "run/secrets", "dev", "proc", "sys"}
    | {".dockerenv", "etc"}
)
"""Where engines mount something of theirs while a step runs: they leave empty files and folders there, not the same every
time.
"""
CHECKOUT = 0o660
"""Permission bits of a copied file that the context's checkout decides (umask): not those for others, nor to execute."""


class TamperFinding(Fact):
    """What does not fit: the rule it breaks, in which layer (from the base; None: the image), which file, and why."""

    rule: str
    because: str
    layer: int | None = None
    path: str = ""
    step: str = ""


class BuildVerdict(Fact):
    """The findings, what could not be told, and how many files no package and no COPY accounts for."""

    findings: tuple[TamperFinding, ...]
    untold: tuple[str, ...]
    unowned: tuple[str, ...] = ()


class _Found:
    """What one judgement gathers."""

    def __init__(self) -> None:
        self.findings: list[TamperFinding] = []
        self.untold: list[str] = []
        self.unowned: list[str] = []

    def add(self, rule: str, because: str, layer: int | None = None, path: str = "", step: str = "") -> None:
        """One finding."""
        self.findings.append(TamperFinding(rule=rule, because=because, layer=layer, path=path, step=step))

    def done(self) -> BuildVerdict:
        """The verdict."""
        untold = tuple(dict.fromkeys(self.untold))
        return BuildVerdict(findings=tuple(self.findings), untold=untold, unowned=tuple(self.unowned))


def judge(image: BuiltImage, base: BuiltImage, plan: BuildPlan, context: Context) -> BuildVerdict:
    """Image against base, Dockerfile and context."""
    found = _Found()
    own = _base(image, base, found)
    steps = _history(image, base, plan, own, found)
    _configuration(image, plan, found)
    # Of the image itself: a list that was changed together with the file it lists is caught only by a rebuild.
    known = package_files.packaged((path, data) for layer in image.layers for path, data in layer.lists.items())
    for number in range(own, len(image.layers)):
        step = steps.get(number)
        _layer(number, image.layers[number], step, _Expected(context, known), found)
    return found.done()


class _Expected:
    """What files may be: those of the context, and those of packages."""

    def __init__(self, context: Context, known: dict[str, Packaged]) -> None:
        self.context, self.known = context, known


def _base(image: BuiltImage, base: BuiltImage, found: _Found) -> int:
    """How many layers are the base's."""
    for number, layer in enumerate(base.layers):
        if number >= len(image.layers) or image.layers[number].diff_id != layer.diff_id:
            found.add("base-layers-differ", "from here on its layers are not those of the base named", number)
            return number
    return len(base.layers)


def _history(image: BuiltImage, base: BuiltImage, plan: BuildPlan, own: int, found: _Found) -> dict[int, Step]:
    """Which step made which layer, as far as history tells."""
    lines = [history.told(line) for line in image.configuration.history or ()]
    before = [history.told(line) for line in base.configuration.history or ()]
    if lines[: len(before)] != before:
        found.add("base-history-differs", "its history does not begin with that of the base")
        return {}
    told = [line for line in lines[len(before) :] if line.keyword not in QUIET]
    asked = [step for step in plan.steps if step.keyword not in QUIET]
    for line, step in zip(told, asked, strict=False):
        if line.keyword != step.keyword:
            why = f"its history has {line.keyword or line.text[:60]!r} where line {step.line} has {step.keyword}"
            found.add("history-differs", why, step=_named(step))
            return {}
        if step.keyword == "RUN" and step.comparable and line.text != step.text:
            found.add("history-differs", f"it ran {line.text[:120]!r}, and line {step.line} says {step.text[:120]!r}")
    if len(told) != len(asked):
        found.add("history-differs", f"its history has {len(told)} steps, and the Dockerfile {len(asked)}")
        return {}
    layers = [(line, step) for line, step in zip(told, asked, strict=True) if line.layer]
    lost = [step for line, step in zip(told, asked, strict=True) if not line.layer and step.keyword in MAKES_LAYER]
    if lost or len(layers) != len(image.layers) - own or any(step.keyword not in MAY_MAKE_LAYER for _, step in layers):
        count = len(image.layers) - own
        steps = sum(step.keyword in MAKES_LAYER for step in asked)
        found.untold.append(
            f"which of {steps} steps made what in the {count} layers over the base: it was squashed, so files can no longer "
            "be held against their own step"
        )
        return {}
    return {own + place: step for place, (_, step) in enumerate(layers)}


def _named(step: Step) -> str:
    return f"line {step.line}: {step.keyword} {step.text[:80]}"


def _layer(number: int, layer: BuiltLayer, step: Step | None, expected: _Expected, found: _Found) -> None:
    name = _named(step) if step else ""
    copied: dict[str, list[ContextFile]] = {}
    if step is not None and step.keyword in ("COPY", "ADD"):
        copied = _copy(number, layer, step, expected.context, found)
    for file in layer.files:
        if file.escapes:
            found.add("path-outside", "its path leads out of the image", number, file.path, name)
        if file.kind is Kind.DIRECTORY or posixpath.basename(file.path).startswith(WHITEOUT):
            continue
        own = expected.known.get(file.path)
        if own is not None and file.kind is Kind.FILE:
            if own.is_of(file.md5, file.sha1):
                continue
            found.add("package-file-changed", f"the package {own.package} has another file there", number, file.path, name)
            continue
        declared = any(_same(file, item) and not _gained(file, item) for item in copied.get(file.path, ()))
        reason = sensitive.why(file)
        if reason is not None and not declared and not _lists(file.path, expected):
            found.add(reason[0], reason[1], number, file.path, name)
        elif not declared and not _mounted(file):
            found.unowned.append(file.path)


def _mounted(file: LayerFile) -> bool:
    return file.path in MOUNTED and file.size == 0 and file.kind in (Kind.FILE, Kind.DIRECTORY) and not file.mode & 0o7000


def _gained(file: LayerFile, item: ContextFile) -> bool:
    """Whether a copy has setuid or setgid, and its source has not."""
    return bool(file.mode & 0o6000 & ~item.mode)


_ACCOUNTS = frozenset({"etc/passwd", "etc/shadow", "etc/group", "etc/gshadow"})


def _lists(path: str, expected: _Expected) -> bool:
    """Whether installing packages changes this file as a matter of course: accounts, and what their scripts gather."""
    return bool(expected.known) and (path in _ACCOUNTS or path == "etc/ssl/certs/ca-certificates.crt")


def _copy(number: int, layer: BuiltLayer, step: Step, context: Context, found: _Found) -> dict[str, list[ContextFile]]:
    """Holds a COPY's layer against its destination and the context; gives what may be where."""
    if not step.destination:
        found.untold.append(f"what {_named(step)} copied: {step.unsure}")
        return {}
    target = step.destination.strip("/")
    expected = {} if step.unsure else _targets(step, target, context)
    if step.unsure:
        found.untold.append(f"whether {_named(step)} copied what it should: {step.unsure}")
    seen: set[str] = set()
    for file in layer.files:
        if file.kind is Kind.DIRECTORY and (target == file.path or target.startswith(f"{file.path}/") or not file.path):
            continue
        if target and file.path != target and not file.path.startswith(f"{target}/"):
            found.add(
                "file-outside-destination",
                f"{step.keyword} to {step.destination} put it there",
                number,
                file.path,
                _named(step),
            )
            continue
        if step.unsure or file.kind is Kind.DIRECTORY:
            continue
        seen.add(file.path)
        able = expected.get(file.path)
        if able is None:
            found.add("file-not-in-context", "no source of the step has such a file", number, file.path, _named(step))
        elif not any(_same(file, item) for item in able):
            found.add("copied-file-differs", "it is not the file of the context", number, file.path, _named(step))
    if not step.unsure:
        _missing(number, step, expected, seen, found)
    return expected


def _missing(number: int, step: Step, expected: dict[str, list[ContextFile]], seen: set[str], found: _Found) -> None:
    """Sources that are nowhere: each has one or two places it may be at."""
    places: dict[str, list[str]] = {}
    for path, items in expected.items():
        for item in items:
            if not item.left_out:
                places.setdefault(item.path, []).append(path)
    for source, paths in places.items():
        if not seen.intersection(paths):
            found.add("copied-file-missing", f"the context's {source} was not copied", number, paths[0], _named(step))


def _targets(step: Step, target: str, context: Context) -> dict[str, list[ContextFile]]:
    """For each path that the step may make, the files of the context it may be."""
    found: dict[str, list[ContextFile]] = {}

    def add(path: str, item: ContextFile) -> None:
        found.setdefault(path.strip("/"), []).append(item)

    for source in step.sources:
        pattern = posixpath.normpath(source.lstrip("/")) if source.strip("/") not in ("", ".") else ""
        folders = [""] if not pattern else [folder for folder in context.folders if _fits(folder, pattern)]
        for folder in folders:
            for item in _below(context, folder):
                add(posixpath.join(target, item.path[len(folder) :].lstrip("/")), item)
        for item in context.files.values():
            if pattern and _fits(item.path, pattern):
                name = posixpath.basename(item.path)
                add(posixpath.join(target, name), item)
                if not step.folder:  # where the target is no folder yet, it is the file's own name
                    add(target, item)
    return found


def _below(context: Context, folder: str) -> Iterator[ContextFile]:
    return (item for item in context.files.values() if not folder or item.path.startswith(f"{folder}/"))


def _fits(path: str, pattern: str) -> bool:
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(fnmatchcase(part, want) for part, want in zip(parts, wanted, strict=True))


def _same(file: LayerFile, item: ContextFile) -> bool:
    if file.kind is Kind.SYMLINK:
        return file.link == item.link
    # A second name of one file holds no content of its own.
    return file.kind is Kind.HARDLINK or (file.kind is Kind.FILE and file.sha256 == item.sha256)


def _configuration(image: BuiltImage, plan: BuildPlan, found: _Found) -> None:
    have = image.configuration.config or RunConfig()
    environment = dict(item.partition("=")[::2] for item in have.env or ())
    _members("environment variable", environment, plan.environment, found)
    labels = {name: value for name, value in (have.labels or {}).items() if name not in BUILDERS_LABELS}
    _members("label", labels, {n: v for n, v in plan.labels.items() if n not in BUILDERS_LABELS}, found)
    for what, is_, wanted in (
        ("entrypoint", have.entrypoint or (), plan.entrypoint or ()),
        ("command", have.cmd or (), plan.command or ()),
    ):
        if is_ != wanted:
            found.add("config-differs", f"its {what} is {' '.join(is_)[:120]!r}, and should be {' '.join(wanted)[:120]!r}")
    for what, text, asked in (
        ("user", have.user or "", plan.user),
        ("working directory", have.working_dir or "", plan.working_dir),
    ):
        if asked is None:
            found.untold.append(f"whether its {what} is as it should be: a build argument decides")
        elif text.rstrip("/") != asked.rstrip("/"):
            found.add("config-differs", f"its {what} is {text[:80]!r}, and should be {asked[:80]!r}")


def _members(what: str, have: dict[str, str], wanted: dict[str, str | None], found: _Found) -> None:
    for name in sorted(set(have) | set(wanted)):
        asked = wanted.get(name, "")
        if name in wanted and asked is None:
            found.untold.append(f"whether its {what} {name} is as it should be: a build argument decides")
        elif name not in wanted:
            found.add("config-differs", f"nothing sets its {what} {name[:80]}")
        elif name not in have:
            found.add("config-differs", f"its {what} {name[:80]} is missing")
        elif have[name] != asked:
            found.add("config-differs", f"its {what} {name[:80]} is not what is set")


def copied_layers(image: BuiltImage, base: BuiltImage, plan: BuildPlan) -> frozenset[int]:
    """The layers that COPY and ADD made, as far as history tells."""
    found = _Found()
    steps = _history(image, base, plan, _base(image, base, found), found)
    return frozenset(number for number, step in steps.items() if step.keyword in ("COPY", "ADD"))


def compare(image: BuiltImage, rebuilt: BuiltImage, copied: frozenset[int] = frozenset()) -> tuple[TamperFinding, ...]:
    """An image against its rebuild, layer by layer: every file that differs in more than its times.

    In the layers `copied`, bits of the mode that the checkout of a context decides are passed over.
    """
    found: list[TamperFinding] = []
    for number in range(max(len(image.layers), len(rebuilt.layers))):
        ours = image.layers[number] if number < len(image.layers) else None
        theirs = rebuilt.layers[number] if number < len(rebuilt.layers) else None
        if ours is None or theirs is None:
            why = f"it has {len(image.layers)} layers, and the rebuild {len(rebuilt.layers)}"
            found.append(TamperFinding(rule="layers-differ-from-rebuild", because=why, layer=number))
            break
        if ours.diff_id != theirs.diff_id:
            found += _differences(number, ours.files, theirs.files, CHECKOUT if number in copied else 0)
    return tuple(found)


def _differences(number: int, ours: Iterable[LayerFile], theirs: Iterable[LayerFile], loose: int) -> Iterator[TamperFinding]:
    have, other = ({file.path: file for file in files if not _mounted(file)} for files in (ours, theirs))
    for path in sorted(set(have) | set(other)):
        if path not in other:
            yield TamperFinding(rule="not-in-rebuild", because="a rebuild has no such file", layer=number, path=path)
        elif path not in have:
            yield TamperFinding(rule="missing-from-image", because="a rebuild has such a file", layer=number, path=path)
        else:
            members = ("kind", "mode", "uid", "gid", "size", "link", "sha256")
            differ = [name for name in members if getattr(have[path], name) != getattr(other[path], name)]
            if differ == ["mode"] and not (have[path].mode ^ other[path].mode) & ~loose:
                continue
            if differ and not (have[path].kind is Kind.DIRECTORY and differ == ["size"]):
                why = f"a rebuild has another {', '.join(differ)}"
                yield TamperFinding(rule="differs-from-rebuild", because=why, layer=number, path=path)
