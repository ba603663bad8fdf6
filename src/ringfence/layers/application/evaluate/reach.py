"""Whether the application's own code imports what an advisory is about: evidence, for and against, never a pardon.

A static look sees what is written. What is imported at run time, and what other packages import, it does not see, and says
so.
"""

from collections.abc import Iterable, Sequence

from ringfence.formats.python_dist import normal_name
from ringfence.layers.application.facts import CodeImport, CodeImports
from ringfence.model.package import Package

MAX_SHOWN = 3
"""Places that are told of each kind."""


def told(package: Package, symbols: Sequence[str], code: Iterable[CodeImports]) -> tuple[str, ...]:
    """Sentences on how the code of the tree meets this package; none where its language's imports are not read."""
    found = [item for item in code if item.ecosystem == package.ecosystem]
    if not found:
        return ()
    files = sum(item.files for item in found)
    imports = [one for item in found for one in item.imports]
    if package.ecosystem == "Go":
        return _go(package, symbols, imports, files, [one for item in found for one in item.compiled])
    return _python(package, symbols, imports, found, files)


def _python(
    package: Package, symbols: Sequence[str], imports: list[CodeImport], code: list[CodeImports], files: int
) -> tuple[str, ...]:
    mine = [one for one in imports if package.name in one.packages]
    said: list[str] = []
    if mine:
        said.append(f"the code imports it: {_places(mine)}")
        said.extend(_symbols(symbols, mine))
        return tuple(said)
    if not any(package.name in item.known for item in code):
        return (f"which modules {package.name} brings is not known, so whether the code imports it is not told",)
    text = f"none of {files:,} Python files imports it"
    dynamic = [place for item in code for place in item.dynamic]
    unread = [path for item in code for path in item.unread]
    if dynamic:
        text += f"; {len(dynamic):,} imports are made at run time and may ({', '.join(dynamic[:MAX_SHOWN])})"
    if unread:
        text += f"; {len(unread):,} files could not be read as Python 3 ({', '.join(unread[:MAX_SHOWN])})"
    said.append(text)
    direct = package.through[0].partition(" ")[0] if package.through else ""
    by = [one for one in imports if direct and normal_name(direct) in one.packages]
    if by:
        said.append(f"{direct}, which brings it in, is imported: {_places(by)}")
    return tuple(said)


def _go(
    package: Package, symbols: Sequence[str], imports: list[CodeImport], files: int, compiled: list[str]
) -> tuple[str, ...]:
    packages = {_package_of(symbol) for symbol in symbols}
    standard = package.name == "stdlib"
    if not packages and standard:
        return ()
    wanted = [
        one
        for one in imports
        if one.module in packages
        or (not packages and (one.module == package.name or one.module.startswith(f"{package.name}/")))
    ]
    said: list[str] = []
    faulty = f" (the fault is in {', '.join(sorted(packages)[:MAX_SHOWN])})" if packages else ""
    if wanted:
        said.append(f"the code imports it: {_places(wanted)}{faulty}")
    else:
        said.append(f"none of {files:,} Go files imports it{faulty}; other modules may")
    if compiled and packages and not standard:
        used = sorted(packages & set(compiled))
        said.append(
            f"vendor/modules.txt has {', '.join(used[:MAX_SHOWN])}: it is compiled in"
            if used
            else "vendor/modules.txt has none of these packages: what was vendored does not compile them"
        )
    if symbols and wanted:
        names = [symbol.removeprefix(f"{_package_of(symbol)}.") for symbol in symbols if symbol != _package_of(symbol)]
        if names:
            more = f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
            said.append(f"the fault is in {', '.join(names[:MAX_SHOWN])}{more}; whether these are called is not told")
    return tuple(said)


def _package_of(symbol: str) -> str:
    """`net/http` of `net/http.Server.Serve`: dots before the last slash belong to the path."""
    head, slash, last = symbol.rpartition("/")
    return f"{head}{slash}{last.partition('.')[0]}"


def _symbols(symbols: Sequence[str], imports: list[CodeImport]) -> Iterable[str]:
    """What of an advisory's functions is imported by name, or can be reached through an imported module."""
    if not symbols:
        return
    by_name = [
        (symbol, one)
        for symbol in symbols
        for one in imports
        if any(symbol == f"{one.module}.{name}" or symbol.startswith(f"{one.module}.{name}.") for name in one.names)
    ]
    if by_name:
        symbol, one = by_name[0]
        yield f"the faulty {symbol} is imported: {_places([one])}"
        return
    modules = [one for one in imports if any(symbol.startswith(f"{one.module}.") for symbol in symbols)]
    shown = ", ".join(symbols[:MAX_SHOWN])
    if modules:
        yield f"the fault is in {shown}; their module is imported, whether they are called is not told"
    else:
        yield f"the fault is in {shown}; no import names them or their module, the package itself may call them"


def _places(imports: Sequence[CodeImport]) -> str:
    shown = ", ".join(f"{one.at} ({one.module})" for one in imports[:MAX_SHOWN])
    return f"{shown} and {len(imports) - MAX_SHOWN} more" if len(imports) > MAX_SHOWN else shown
