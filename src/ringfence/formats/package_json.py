"""package.json: what a JavaScript project declares. Source: docs.npmjs.com "package.json"."""

import msgspec

from ringfence.formats import typed_json
from ringfence.formats.declared import Declared, Project, limited, line_of
from ringfence.formats.url import without_secret

_GIT = ("git+", "git:", "git@", "github:", "gitlab:", "bitbucket:")
_RENAMED = {
    "development": "devDependencies",
    "optional": "optionalDependencies",
}


class _Document(msgspec.Struct, rename=_RENAMED):
    name: object = ""
    dependencies: dict[str, object] = {}
    development: dict[str, object] = {}
    optional: dict[str, object] = {}


def parse(data: bytes) -> Project:
    """What the project declares; peers are the wish of somebody else. Raises `Malformed`, `LimitExceeded`."""
    plain = limited(data, "package.json").removeprefix(b"\xef\xbb\xbf")
    document = typed_json.decode(plain, _Document, "package.json")
    text = plain.decode("utf-8", "replace")
    tables = (("", document.dependencies), ("dev", document.development), ("optional", document.optional))
    return Project(
        name=document.name if isinstance(document.name, str) else "",
        asks=tuple(
            _declared(name, asked, group, text)
            for group, names in tables
            for name, asked in names.items()
            if isinstance(asked, str)
        ),
    )


def _declared(name: str, asked: str, group: str, text: str) -> Declared:
    line = line_of(text, f'"{name}":', f'"{name}" :')
    source, url, reference, specifier = "registry", "", "", asked.strip()
    shorthand = "/" in asked and not asked.startswith(("@", "npm:", "file:", "link:", "workspace:", "portal:"))
    if asked.startswith(("file:", "link:", "workspace:", "portal:", ".", "/", "~/")):
        source, url, specifier = "path", asked, ""
    elif asked.startswith(("http:", "https:")) and not asked.partition("#")[0].endswith(".git"):
        source, url, specifier = "archive", without_secret(asked), ""
    elif asked.startswith(_GIT) or shorthand or asked.partition("#")[0].endswith(".git"):
        url, _, reference = asked.partition("#")
        source, url, specifier = "git", without_secret(url), ""
    return Declared(
        name=name,
        specifier=specifier,
        group=group,
        dev=group == "dev",
        source=source,
        url=url,
        reference=reference,
        line=line,
    )
