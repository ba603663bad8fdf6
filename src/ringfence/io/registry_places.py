"""Where this user's registries really are: `registries.conf` and the files beside it."""

import os
from collections.abc import Mapping

from ringfence.errors import RingfenceError, Unavailable
from ringfence.formats import registries_conf
from ringfence.formats.image_name import ImageName
from ringfence.formats.registries_conf import Place, RegistryEntry
from ringfence.io import named_file

MAX_BYTES = 4 * 1024 * 1024
"""Bytes of one file."""


def files(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The files that are there, in the order of containers-registries.conf(5): the user's in place of the system's."""
    home = environment.get("HOME") or os.path.expanduser("~")
    own = os.path.join(environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "containers")
    main = environment.get("CONTAINERS_REGISTRIES_CONF") or os.path.join(own, "registries.conf")
    mains = (main,) if os.path.exists(main) else ("/etc/containers/registries.conf",)
    added: list[str] = []
    for folder in ("/etc/containers/registries.conf.d", os.path.join(own, "registries.conf.d")):
        if os.path.isdir(folder):
            added += sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".conf"))
    return tuple(path for path in (*mains, *added) if os.path.exists(path))


def find(name: ImageName, environment: Mapping[str, str]) -> tuple[Place, ...]:
    """Where to ask for an image. Raises `UnreadableInput` for a file that is none, `Unavailable` if the name is blocked."""
    entries: list[RegistryEntry] = []
    for path in files(environment):
        try:
            entries += registries_conf.parse(named_file.read(path, MAX_BYTES))
        except RingfenceError as fault:
            fault.where = fault.where or path
            raise
    found = registries_conf.places(name, entries)
    if not found:
        raise Unavailable("is blocked by registries.conf", where=str(name), mend="take the entry away, or use another image")
    return found
