"""What the two admission controllers share: images of a scope as patterns, and YAML out of objects."""

import yaml

from ringfence.formats.trust_document import EVERYWHERE, Rule, TrustDocument


def patterns(scope: str, tail: str) -> list[str]:
    """The images under a scope: the repository itself, by tag and digest, and all below it. `tail` matches any depth."""
    if scope == EVERYWHERE:
        return [tail]
    host = f"*{scope[1:]}" if scope.startswith("*.") else scope
    below = [f"{host}/{tail}"]
    return below if "/" not in scope else [f"{host}:*", f"{host}@*", *below]


def nested(document: TrustDocument, rule: Rule) -> list[Rule]:
    """The rules about parts of a rule's scope, which take the place of it there."""
    inside = (other for other in document.rules if other is not rule)
    return [
        other
        for other in inside
        if rule.scope == EVERYWHERE or other.scope.startswith(f"{rule.scope}/") or _host(rule, other)
    ]


def _host(rule: Rule, other: Rule) -> bool:
    return rule.scope.startswith("*.") and other.scope.partition("/")[0].endswith(rule.scope[1:])


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, which people can read."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def written(objects: list[dict[str, object]]) -> bytes:
    """YAML documents."""
    # No aliases: what is shared here is not shared for whoever reads it.
    _Dumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]  # as PyYAML's documentation does it
    return yaml.dump_all(objects, Dumper=_Dumper, sort_keys=False, width=120).encode()
