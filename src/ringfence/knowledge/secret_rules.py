"""The rules by which secrets are known, from `secret_rules.json`; each names the document its form is taken from."""

from functools import cache

from ringfence.formats import typed_json
from ringfence.formats.secret_patterns import SecretRules, SecretScanner
from ringfence.io import packaged


def load() -> SecretRules:
    """The rules that ship with Ringfence."""
    return typed_json.decode(packaged.read("knowledge/secret_rules.json"), SecretRules, "secret rules")


@cache
def scanner() -> SecretScanner:
    """A scanner with these rules, made once."""
    return SecretScanner(load())
