"""What a YAML scalar's text means, as Kubernetes' reader resolves it.

Source: the YAML 1.1 type repository (yaml.org/type: bool, int, float, null) as far as go-yaml v2 follows it.
"""

import re

MAX_NUMBER = 40
"""Characters of a number; what is longer stays text. int64 has 19 digits, and int() takes quadratic time."""

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset(spelt for word in ("y", "yes", "true", "on") for spelt in (word, word.capitalize(), word.upper()))
_FALSE = frozenset(spelt for word in ("n", "no", "false", "off") for spelt in (word, word.capitalize(), word.upper()))
_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9]+)(?:[eE][-+]?[0-9]{1,4})?", re.ASCII)
_STRING = "tag:yaml.org,2002:str"


def resolve(text: str, tag: str | None, plain: bool) -> str | int | float | bool | None:
    """The value of a scalar; `plain` if it stands without quotes and without a tag. Total: what is nothing else is text."""
    if not plain and tag in (None, "!", _STRING):
        return text
    if text in _NULLS:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if len(text) > MAX_NUMBER or text[0] not in "+-.0123456789":
        return text
    return _number(text)


def _number(text: str) -> str | int | float:
    digits = text.replace("_", "")
    try:
        if _INTEGER.fullmatch(text):
            # YAML 1.1 writes octal as 0644: file modes in volumes depend on it.
            unsigned = digits.lstrip("+-")
            octal = len(unsigned) > 1 and unsigned[0] == "0" and unsigned[1].isdigit()
            return int(digits, 8 if octal else 0)
        if _FLOAT.fullmatch(text):
            return float(digits)
    except ValueError:
        return text
    return text
