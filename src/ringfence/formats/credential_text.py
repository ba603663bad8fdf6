"""Credentials written as plain text: which they are, without ever handing on more than a few characters of them.

A value is told by its own shape first (issuers give their tokens prefixes so that they can be found) and by its name
second. A name alone proves little: `DB_PASSWORD_FILE` is a path, and `TOKEN_URL` an address. Sources of the shapes: GitHub,
GitLab, Slack, Stripe, Google Cloud and AWS documentation of their token formats; RFC 7468 (PEM), RFC 7519 (JWT), RFC 3986
section 3.2.1 (userinfo).
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from ringfence.model.fact import Fact

MAX_TEXT = 1024 * 1024
"""Characters looked at of one value: a ConfigMap holds no more than 1 MiB."""
MAX_LINE = 4096
"""Characters looked at of one `name = value` line."""
MAX_FOUND = 50
"""Credentials reported of one text; past that the file is a credential store and fifty say so."""
SHOWN = 4
"""Characters of a credential that are shown."""

_SHAPES = (
    ("AWS access key id", re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b")),
    ("GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})\b")),
    ("GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,64}")),
    ("Slack token", re.compile(r"\bxox[abposr]-[A-Za-z0-9-]{10,250}")),
    ("Stripe secret key", re.compile(r"\b[sr]k_live_[A-Za-z0-9]{16,250}\b")),
    ("Google API key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}")),
    ("private key", re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")),
    ("JSON web token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}")),
)
_USERINFO = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s/:@\"'<>]{0,100}:([^\s/@\"'<>]{1,200})@")

_SECRET_WORDS = frozenset(
    [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "secrets",
        "token",
        "apikey",
        "accesskey",
        "secretkey",
        "privatekey",
        "credential",
        "credentials",
        "pass",
        "authtoken",
    ]
)
_SECRET_PAIRS = frozenset({("api", "key"), ("access", "key"), ("private", "key"), ("encryption", "key"), ("signing", "key")})
_NOT_SECRET_ENDS = frozenset(
    [
        "path",
        "paths",
        "file",
        "files",
        "filename",
        "dir",
        "directory",
        "folder",
        "mount",
        "name",
        "names",
        "url",
        "uri",
        "host",
        "hostname",
        "port",
        "user",
        "username",
        "id",
        "ids",
        "ref",
        "arn",
        "length",
        "size",
        "ttl",
        "expiry",
        "expires",
        "expiration",
        "timeout",
        "lifetime",
        "age",
        "days",
        "hours",
        "minutes",
        "seconds",
        "interval",
        "enabled",
        "disabled",
        "required",
        "type",
        "kind",
        "algorithm",
        "alg",
        "issuer",
        "audience",
        "header",
        "field",
        "policy",
        "endpoint",
        "namespace",
        "region",
        "prefix",
        "suffix",
        "version",
        "format",
        "mode",
        "count",
        "limit",
        "min",
        "max",
        "rotation",
        "provider",
        "store",
        "manager",
        "class",
        "hash",
        "location",
        "source",
        "env",
        "var",
    ]
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PLACEHOLDER = re.compile(
    r"\$[({A-Za-z_]|\{\{|^<[^>]*>$|^%[^%]+%$|^(?:ref\+|vault:|file:|arn:|projects/|/|\./|op://|sm://|secret(?:ref)?:)|^\*+$|^x+$",
    re.IGNORECASE,
)
_SETTING = re.compile(r"^\s*(?:-\s+)?[\"']?([A-Za-z][A-Za-z0-9_.-]{0,100})[\"']?\s*[:=]\s*[\"']?([^\s\"'#,;]{1,400})")
_FLAG = re.compile(r"^--?([A-Za-z][A-Za-z0-9_.-]{0,100})(?:[= ](.{1,400}))?$", re.DOTALL)
_ASSIGNMENT = re.compile(r"(?<![A-Za-z0-9_.-])([A-Za-z_][A-Za-z0-9_.-]{0,100})=[\"']?([^\s\"';]{1,400})")
_EMPTY_WORDS = frozenset(
    {"", "true", "false", "yes", "no", "none", "null", "nil", "on", "off", "disabled", "enabled", "auto"}
)


class Credential(Fact):
    """A credential as plain text: what it seems to be, what it is called where it has a name, its first characters."""

    kind: str
    name: str = ""
    shown: str = ""


def redacted(value: str) -> str:
    """So much of a credential that its owner knows it again: at most a quarter of it."""
    kept = min(SHOWN, len(value) // 4)
    return f"{value[:kept]}... ({len(value)} characters)"


def names_a_secret(name: str) -> bool:
    """Whether what is called so should be a credential: `dbPassword` and `API_KEY` yes, `TOKEN_FILE` and `keyName` no."""
    words = [word.lower() for word in _WORDS.findall(name[:200])]
    if not words or words[-1] in _NOT_SECRET_ENDS:
        return False
    single = any(word in _SECRET_WORDS or word.endswith(("password", "passwd")) for word in words)
    return single or any(pair in _SECRET_PAIRS for pair in pairwise(words))


def shaped(text: str) -> Credential | None:
    """The first credential in a text that its own shape gives away."""
    for kind, pattern in _SHAPES:
        if found := pattern.search(text[:MAX_TEXT]):
            return Credential(kind=kind, shown="" if kind == "private key" else redacted(found.group()))
    for found in _USERINFO.finditer(text[:MAX_TEXT]):
        if not _PLACEHOLDER.search(found.group(1)):
            return Credential(kind="password in an address", shown=redacted(found.group(1)))
    return None


def in_value(name: str, value: str) -> Credential | None:
    """The credential that the value called `name` is, if it is one."""
    if found := shaped(value):
        return Credential(kind=found.kind, name=name, shown=found.shown)
    word = value.strip()
    reference = _PLACEHOLDER.search(word) or "://" in word
    if not names_a_secret(name) or word.lower() in _EMPTY_WORDS or reference or (word.isdigit() and len(word) < 4):
        return None
    return Credential(kind="literal value", name=name, shown=redacted(word))


def in_text(name: str, text: str) -> tuple[Credential, ...]:
    """The credentials in a value that may be a whole configuration file, at most `MAX_FOUND`."""
    if "\n" not in text.strip():
        alone = in_value(name, text)
        return (alone,) if alone else tuple(_settings(text[:MAX_TEXT]))
    found = list(_settings(text[:MAX_TEXT]))
    by_shape = shaped(text)
    if by_shape and all(item.kind != by_shape.kind for item in found):
        found.append(Credential(kind=by_shape.kind, name=name, shown=by_shape.shown))
    return tuple(found[:MAX_FOUND])


def _settings(text: str) -> Iterator[Credential]:
    for line in text.splitlines():
        setting = _SETTING.match(line[:MAX_LINE])
        if setting and (found := in_value(setting.group(1), setting.group(2))):
            yield found


def in_arguments(arguments: tuple[str, ...]) -> tuple[Credential, ...]:
    """The credentials in a command line: `--password=...`, `--token ...`, `PASSWORD=... program`, or by shape."""
    found: list[Credential] = []
    for index, argument in enumerate(arguments):
        flag = _FLAG.match(argument[:MAX_LINE])
        following = arguments[index + 1] if index + 1 < len(arguments) else ""
        if flag and (flag.group(2) or not following.startswith("-")):
            credential = in_value(flag.group(1), flag.group(2) or following)
        else:
            assigned = (in_value(*pair.groups()) for pair in _ASSIGNMENT.finditer(argument[:MAX_LINE]))
            credential = next((item for item in assigned if item), None) or shaped(argument)
        if credential:
            found.append(credential)
    return tuple(found[:MAX_FOUND])
