"""The secret rules: each finds what it is for and leaves alone what only looks like it.

Examples are templates (`ghp_{36:alnum}`), filled in here, so that no scanner of this repository takes them for real ones.
"""

import json
import random
import re
import sqlite3
import string
from pathlib import Path

import pytest

from layers.image.built_image import GITHUB_TOKEN
from ringfence.formats import pattern_prefilter
from ringfence.formats.secret_patterns import SecretRule, SecretRules, SecretScanner
from ringfence.io.result_cache import ResultCache
from ringfence.knowledge import secret_rules

EXAMPLES: dict[str, dict[str, list[str]]] = json.loads((Path(__file__).parent / "secret_examples.json").read_text())
LOADED = secret_rules.load()
RULES = {rule.id: rule for rule in LOADED.rules}
WHOLE = secret_rules.scanner()
SLOW = SecretScanner(LOADED, prefilter=False)
SETS = {
    "alnum": string.ascii_letters + string.digits,
    "alpha": string.ascii_letters,
    "b32": string.ascii_uppercase + "234567",
    "b64": string.ascii_letters + string.digits + "+/",
    "bech": "023456789ACDEFGHJKLMNPQRSTUVWXYZ",
    "digits": string.digits,
    "hex": "0123456789abcdef",
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "url": string.ascii_letters + string.digits + "-_",
}


def filled(template: str) -> bytes:
    """The same text at every run. Ends of a run are letters or digits, as a hyphen there would end a word early."""
    dice = random.Random(template)

    def run(match: re.Match[str]) -> str:
        count, alphabet = int(match[1]), SETS[match[2]]
        plain = [char for char in alphabet if char.isalnum()]
        chars = [dice.choice(alphabet) for _ in range(count)]
        chars[0], chars[-1] = dice.choice(plain), dice.choice(plain)
        return "".join(chars)

    text = re.sub(r"\{(\d+):(\w+)\}", run, template)
    return text.replace("{{", "{").replace("}}", "}").encode()


def alone(rule: SecretRule) -> SecretScanner:
    return SecretScanner(SecretRules(rules=(rule,), placeholders=LOADED.placeholders), prefilter=False)


def place(rule: SecretRule) -> str:
    """A path that the rule is asked about."""
    return f"srv/app/x{rule.paths[0]}" if rule.paths else "srv/app/settings.env"


def cases(kind: str) -> list[tuple[str, str]]:
    return [(name, template) for name, examples in EXAMPLES.items() for template in examples[kind]]


@pytest.mark.parametrize(("name", "template"), cases("true"))
def test_it_finds_what_it_is_for(name: str, template: str) -> None:
    rule = RULES[name]
    text = b"first line\n" + filled(template) + b"\nlast line\n"
    (found, *_) = alone(rule).scan(text, place(rule))
    assert found.rule == name
    together = WHOLE.scan(text, place(rule))
    assert together, "the rules together must not lose what one alone finds"
    assert together == SLOW.scan(text, place(rule))


@pytest.mark.parametrize(("name", "template"), cases("false"))
def test_it_leaves_alone_what_only_looks_like_it(name: str, template: str) -> None:
    rule = RULES[name]
    text = b"first line\n" + filled(template) + b"\nlast line\n"
    assert not alone(rule).scan(text, place(rule))
    assert WHOLE.scan(text, place(rule)) == SLOW.scan(text, place(rule))


def test_every_rule_has_examples_of_both_kinds_and_a_source() -> None:
    assert list(EXAMPLES) == list(RULES), "the examples stand in the order of the rules"
    assert len(RULES) == len(LOADED.rules), "ids are unique"
    assert len(RULES) >= 200
    for name, examples in EXAMPLES.items():
        assert examples["true"], name
        assert examples["false"], name
        assert RULES[name].source.startswith("https://"), name
        assert RULES[name].keywords, name


def test_the_general_rule_stands_last() -> None:
    assert LOADED.rules[-1].id == "assigned-secret"


@pytest.mark.parametrize("rule", LOADED.rules, ids=lambda rule: rule.id)
def test_a_keyword_of_a_rule_that_ignores_case_is_in_lower_case(rule: SecretRule) -> None:
    if rule.ignore_case:
        assert all(keyword == keyword.lower() for keyword in rule.keywords)
        assert "(?i" in rule.pattern or "(?mi" in rule.pattern
    assert not any(ord(char) < 32 for keyword in rule.keywords for char in keyword if rule.id != "chap-secret")


@pytest.mark.parametrize("rule", LOADED.rules, ids=lambda rule: rule.id)
def test_no_repetition_is_without_a_limit(rule: SecretRule) -> None:
    """A pattern that may run on without end is slow on hostile text."""
    unescaped = re.sub(r"\\.", "x", rule.pattern)
    assert not re.search(r"[*+]", re.sub(r"\[[^\]]*\]", "[]", unescaped))
    assert not re.search(r"\{\d+,\}", rule.pattern)


def test_what_was_kept_finds_the_same_and_what_was_damaged_is_made_anew(tmp_path: Path) -> None:
    text = f"token = {GITHUB_TOKEN}\n".encode()
    expected = secret_rules.scanner().scan(text)
    assert expected
    for damage in (b"", b"", b"x" * 100):
        cache = ResultCache(str(tmp_path / "results.db"))
        if damage:
            for (key,) in sqlite3.connect(tmp_path / "results.db").execute("SELECT key FROM result").fetchall():
                cache.put(key, damage)
        assert secret_rules.scanner(cache).scan(text) == expected
        assert cache.standing().results == 1
        cache.close()


def test_a_prefilter_of_another_machine_is_not_used() -> None:
    made = pattern_prefilter.build(["abc"], b"x" * 500)
    assert made is not None
    assert made.candidates(b"xabcx") == [0]
