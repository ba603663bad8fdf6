"""The container engines and runtimes of this host: which are installed, at which version, and which calls which.

Versions come from dpkg's database, else from what Go's linker left in the program, and only then from the program of this
host itself when asked for `--version`.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from ringfence.io.world import Target, World
from ringfence.layers.runtime.collect.engine_settings import apis, calls
from ringfence.layers.runtime.collect.installed import components
from ringfence.layers.runtime.facts import Facts
from ringfence.model.declare import Source

SOURCE = Source(slug="host-runtimes", targets=("host",))


def collect(target: Target, world: World) -> Iterator[Facts]:
    """One `Facts` with every component found; none if the host has no engine and no runtime."""
    if target.kind != "host":
        return
    found = components(world)
    if not found:
        return
    names = frozenset(item.name for item in found)
    yield Facts(
        node=world.node,
        collected_on=world.today,
        components=tuple(replace(item, calls=calls(world, item.name, names)) for item in found),
        apis=tuple(apis(world, names)),
    )
