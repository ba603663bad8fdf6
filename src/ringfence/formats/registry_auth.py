"""How a registry wants to be authorised, and the files in which people keep their logins.

Sources: RFC 9110, 11.6.1 (`WWW-Authenticate`); distribution's "Token Authentication Specification";
containers-auth.json(5): the most specific key that is a prefix of the image's name counts.
"""

import base64
import re

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import typed_json
from ringfence.formats.image_name import DOCKER_HUB, ImageName
from ringfence.model.fact import Fact

MAX_HEADER = 8 * 1024
"""Characters of a challenge that are read."""

_PARAMETER = re.compile(r'([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_HUB_KEYS = (DOCKER_HUB, "index.docker.io", "index.docker.io/v1")


class Challenge(Fact):
    """What an answer 401 asks for: `basic`, or `bearer` with the address of a token service."""

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""


class Login(Fact):
    """A user's login at a registry, with a password or with an identity token in place of it. Never shown."""

    user: str
    password: str = ""
    identity_token: str = ""

    def __repr__(self) -> str:
        """Without what must not be shown."""
        return f"Login(user={self.user!r})"

    @property
    def basic(self) -> str:
        """The value of an `Authorization` header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")


class _Entry(msgspec.Struct):
    auth: str = ""
    identitytoken: str = ""


class LoginFile(Fact, rename="camel"):
    """A file of logins: entries by host or path, and the helper programs to ask instead."""

    auths: dict[str, _Entry] | None = None
    creds_store: str = ""
    cred_helpers: dict[str, str] | None = None


class _Token(msgspec.Struct):
    token: str = ""
    access_token: str = ""


class _HelperAnswer(msgspec.Struct, rename="pascal"):
    username: str = ""
    secret: str = ""


def parse_challenge(header: str) -> Challenge:
    """The first challenge of a `WWW-Authenticate` header that we can meet. Raises `Malformed`."""
    scheme, _, rest = header[:MAX_HEADER].strip().partition(" ")
    if scheme.lower() not in ("basic", "bearer"):
        raise Malformed("authentication challenge", f"the scheme {scheme[:40]!r} is neither Basic nor Bearer")
    found = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
    if scheme.lower() == "bearer" and not found.get("realm"):
        raise Malformed("authentication challenge", "it names no realm")
    return Challenge(
        scheme=scheme.lower(), realm=found.get("realm", ""), service=found.get("service", ""), scope=found.get("scope", "")
    )


def parse_login_file(data: bytes) -> LoginFile:
    """A `config.json` of Docker or `auth.json` of Podman. Raises `Malformed` or `LimitExceeded`."""
    return typed_json.decode(data, LoginFile, "file of logins")


def parse_token(data: bytes) -> str:
    """The token in a token service's answer. Raises `Malformed` if there is none."""
    answer = typed_json.decode(data, _Token, "answer of a token service")
    token = answer.token or answer.access_token
    if not token or not token.isascii() or not token.isprintable():
        raise Malformed("answer of a token service", "it has no token")
    return token


def parse_helper_answer(data: bytes) -> Login:
    """What `docker-credential-NAME get` says. Raises `Malformed`."""
    answer = typed_json.decode(data, _HelperAnswer, "answer of a credential helper")
    if answer.username == "<token>":
        return Login(user="", identity_token=answer.secret)
    return Login(user=answer.username, password=answer.secret)


def login(file: LoginFile, name: ImageName) -> Login | None:
    """The login that a file has for an image. Raises `Malformed` if its entry is none."""
    entries = {_key(key): entry for key, entry in (file.auths or {}).items()}
    for key in _keys(name):
        entry = entries.get(key)
        if entry is not None and (entry.auth or entry.identitytoken):
            return _login(entry)
    return None


def helper(file: LoginFile, name: ImageName) -> str:
    """The helper program that a file says to ask about an image; empty if none."""
    helpers = {_key(key): program for key, program in (file.cred_helpers or {}).items()}
    program = next((helpers[key] for key in _keys(name) if key in helpers), file.creds_store)
    return program if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", program) else ""


def _login(entry: _Entry) -> Login:
    try:
        text = base64.b64decode(entry.auth, validate=False).decode("utf-8")
    except ValueError as cause:  # of base64, of UTF-8, of what is not even ASCII
        raise Malformed("file of logins", "an entry is not base64 of USER:PASSWORD") from cause
    user, _, password = text.partition(":")
    return Login(user=user, password=password.rstrip("\0"), identity_token=entry.identitytoken)


def _keys(name: ImageName) -> list[str]:
    parts = [name.host, *name.path.split("/")]
    keys = ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return [*keys, *(_HUB_KEYS if name.host == DOCKER_HUB else ())]


def _key(text: str) -> str:
    """Docker writes whole addresses: `https://index.docker.io/v1/`."""
    return re.sub(r"^https?://", "", text).rstrip("/")
