"""setup.cfg: what a setuptools project declares. Source: setuptools.pypa.io "Configuring setuptools using setup.cfg"."""

import configparser

from ringfence.errors import Malformed
from ringfence.formats import pep508
from ringfence.formats.declared import Declared, Project, limited, line_of
from ringfence.formats.python_dist import normal_name

_DEVELOPMENT = frozenset({"dev", "develop", "development", "test", "tests", "testing", "lint", "doc", "docs"})


def parse(data: bytes) -> Project:
    """What the project declares. Raises `Malformed`, `LimitExceeded`."""
    text = limited(data, "setup.cfg").decode("utf-8", "replace")
    # No interpolation: a value stands as it is written.
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError, AttributeError) as cause:  # AttributeError: a value that goes on before any key
        raise Malformed("setup.cfg", " ".join(str(cause).split())) from cause
    asks = _listed(parser.get("options", "install_requires", fallback=""), text, "", dev=False)
    if parser.has_section("options.extras_require"):
        for group, names in parser.items("options.extras_require"):
            asks += _listed(names, text, group, dev=group in _DEVELOPMENT)
    return Project(name=normal_name(parser.get("metadata", "name", fallback="")), asks=tuple(asks))


def _listed(names: str | None, text: str, group: str, *, dev: bool) -> list[Declared]:
    found = (
        pep508.declared(name.strip(), line_of(text, name.strip()), group, dev=dev)
        for name in (names or "").replace(";", " ;").splitlines()
        if name.strip()
    )
    return [item for item in found if item]
