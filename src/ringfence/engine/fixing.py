"""What `ringfence app fix` would change: edits of manifests, commands that renew lock files, and what is left."""

from collections.abc import Callable, Iterable

from ringfence.advisories.names import family
from ringfence.engine.vulnerabilities import schemes
from ringfence.layers.application.enforce.npm_override import overrides
from ringfence.layers.application.enforce.raise_version import raised
from ringfence.layers.application.evaluate.mending import How, Mend, Raise
from ringfence.layers.application.evaluate.renewing import renew_all
from ringfence.model.fact import Fact
from ringfence.model.plan import Plan


class Fixes(Fact):
    """`plans` are edits by file, `commands` a folder and what to run there afterwards, `left` what people decide."""

    plans: tuple[Plan, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()
    left: tuple[str, ...] = ()


Read = Callable[[str], str | None]
"""The text of a file of the tree; None if it cannot be read."""


def fixes(mends: Iterable[Mend], read: Read, *, major: bool = True) -> Fixes:
    """The plan for one tree. Without `major`, upgrades that change the first number are left to people."""
    wanted: dict[str, list[tuple[Raise, str]]] = {}
    overridden: dict[str, dict[str, tuple[str, str]]] = {}
    commands: dict[tuple[str, str], None] = {}
    left: list[str] = []
    for mend in sorted(mends, key=lambda item: (item.package.locations[0].path, item.package.name, item.upgrade.to)):
        if mend.upgrade.step == "major" and not major:
            left.append(f"{_what(mend)}: a major step, left to you")
        elif mend.how is How.RAISE and mend.raises:
            for wish in mend.raises:
                wanted.setdefault(wish.path, []).append((wish, reason(mend)))
        elif mend.how is How.RENEW and mend.command:
            commands[_folder(mend.lock), mend.command] = None
        elif mend.how is How.OVERRIDE and mend.package.ecosystem == "npm":
            overridden.setdefault(mend.lock, {})[mend.package.name] = (mend.upgrade.to, reason(mend))
        else:
            left.append(f"{_what(mend)}: {mend.because}" + (f" ({mend.command})" if mend.command else ""))
        if mend.upgrade.leaves:
            left.append(f"{_what(mend)} leaves {', '.join(mend.upgrade.leaves[:5])}: no fix is known")
    plans: list[Plan] = []
    for path, wishes in wanted.items():
        plan, further = _plan(path, wishes, read)
        plans.extend(plan)
        left.extend(further)
    for lock, names in overridden.items():
        plan, further = _override(lock, names, read)
        plans.extend(plan)
        left.extend(further)
    renewed = {mend.lock for mend in mends if mend.how is How.RAISE} | set(overridden)
    for lock in sorted(renewed):
        if renew_all(lock) and plans:
            commands[_folder(lock), renew_all(lock)] = None
    return Fixes(plans=_merged(plans), commands=tuple(commands), left=tuple(dict.fromkeys(left)))


def reason(mend: Mend) -> str:
    """Why: what goes away, and how far it is."""
    shown = ", ".join(mend.upgrade.mends[:4])
    more = f" and {len(mend.upgrade.mends) - 4} more" if len(mend.upgrade.mends) > 4 else ""
    return f"{_what(mend)} ({mend.upgrade.step}): mends {shown}{more}"


def _what(mend: Mend) -> str:
    return f"{mend.package.name} {mend.package.version} to {mend.upgrade.to}"


def _plan(path: str, wishes: list[tuple[Raise, str]], read: Read) -> tuple[list[Plan], tuple[str, ...]]:
    text = read(path)
    if text is None:
        return [], (f"{path} cannot be read",)
    done = raised(text, _highest(wishes))
    return ([Plan(path=path, edits=done.edits)] if done.edits else []), done.left


def _highest(wishes: list[tuple[Raise, str]]) -> list[tuple[Raise, str]]:
    """One wish for a place, though the lock may have several versions of the package."""
    found: dict[tuple[int | None, str], tuple[Raise, str]] = {}
    orders = schemes()
    for wish, why in wishes:
        before = found.get((wish.line, wish.name))
        key = orders.get(family(wish.ecosystem))
        if before is None or (key and key(wish.to) > key(before[0].to)):
            found[wish.line, wish.name] = (wish, why)
    return list(found.values())


def _override(lock: str, names: dict[str, tuple[str, str]], read: Read) -> tuple[list[Plan], tuple[str, ...]]:
    folder = _folder(lock)
    path = f"{folder}/package.json" if folder else "package.json"
    text = read(path)
    edit = overrides(text, lock, names) if text else None
    if edit is None:
        listed = ", ".join(f'"{name}": "{version}"' for name, (version, _) in names.items())
        return [], (f"{path}: override what others ask for with {listed}",)
    return [Plan(path=path, edits=(edit,))], ()


def _merged(plans: list[Plan]) -> tuple[Plan, ...]:
    found: dict[str, Plan] = {}
    for plan in plans:
        before = found.get(plan.path)
        edits = (*(before.edits if before else ()), *plan.edits)
        found[plan.path] = Plan(path=plan.path, edits=tuple(sorted(edits, key=lambda edit: edit.line)))
    return tuple(found.values())


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
