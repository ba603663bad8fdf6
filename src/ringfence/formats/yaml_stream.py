"""Objects as a stream of YAML documents, for people to read and `kubectl apply` to take."""

from collections.abc import Iterable

import yaml


def write(objects: Iterable[object]) -> str:
    """A document each, their members in the order given."""
    return "".join(f"---\n{_written(item)}" for item in objects)


def _written(value: object) -> str:
    text: str = yaml.dump(value, Dumper=_Plain, sort_keys=False, width=120, default_flow_style=False, allow_unicode=True)
    return text


class _Plain(yaml.SafeDumper):
    """Without anchors: what a reader meets twice is written twice."""

    def ignore_aliases(self, data: object) -> bool:
        """Always."""
        del data
        return True
