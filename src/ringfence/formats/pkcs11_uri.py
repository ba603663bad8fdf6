"""URIs of keys in tokens: `pkcs11:token=NAME;object=KEY?module-path=/usr/lib/softhsm/libsofthsm2.so`.

Source: RFC 7512. A PIN in the URI (`pin-value`) is refused: everybody on the machine could read it off the command line.
"""

import re

from ringfence.errors import Malformed
from ringfence.model.fact import Fact

SCHEME = "pkcs11:"
FORM = "pkcs11 URI"


class TokenKey(Fact):
    """Where a key is: the token by label or serial, the key by label (`object`) or id, and the module that speaks to it."""

    module: str
    token: str = ""
    serial: str = ""
    label: str = ""
    id: bytes = b""


def parse(text: str) -> TokenKey:
    """The key that a URI names. Raises `Malformed`."""
    path, _, query = text.removeprefix(SCHEME).partition("?")
    places = dict(part.partition("=")[::2] for part in path.split(";") if part)
    asked = dict(part.partition("=")[::2] for part in query.split("&") if part)
    if "pin-value" in asked:
        raise Malformed(FORM, "it holds a PIN, which everybody could read", mend="put it into RINGFENCE_PASSPHRASE")
    found = TokenKey(
        module=_text(asked.get("module-path", "")),
        token=_text(places.get("token", "")),
        serial=_text(places.get("serial", "")),
        label=_text(places.get("object", "")),
        id=_bytes(places.get("id", "")),
    )
    if not (found.token or found.serial) or not (found.label or found.id):
        raise Malformed(
            FORM, "it does not name a token and a key", mend="write pkcs11:token=NAME;object=KEY?module-path=FILE"
        )
    return found


_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")


def _bytes(text: str) -> bytes:
    """Percent-encoded octets (RFC 3986, 2.1)."""
    return _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), text.encode())


def _text(text: str) -> str:
    return _bytes(text).decode("utf-8", "replace")
