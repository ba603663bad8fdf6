"""A private key in a token (PKCS #11): it signs there, and never leaves it.

Source: PKCS #11 v2.40; the module is the vendor's library, SoftHSM's for one. Hashes are made here and signed raw, since not
every token hashes. The PIN is asked of the environment, as passphrases are.
"""

import hashlib
import os

import pkcs11
import pkcs11.exceptions
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11 import MGF, Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_ec_public_key
from pkcs11.util.rsa import encode_rsa_public_key

from ringfence.errors import Unavailable, UnreadableInput
from ringfence.formats import pkcs11_uri
from ringfence.formats.pkcs11_uri import TokenKey
from ringfence.trust import notary_algorithm, public_keys
from ringfence.trust.public_keys import PublicKey

_MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so", "/usr/lib64/p11-kit-proxy.so")
"""Where a module is looked for if neither the URI nor PKCS11_MODULE_PATH names one."""
_PREFIX = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
"""DigestInfo before a hash (RFC 8017, 9.2, note 1)."""
_PSS = {
    "sha256": (Mechanism.SHA256, MGF.SHA256),
    "sha384": (Mechanism.SHA384, MGF.SHA384),
    "sha512": (Mechanism.SHA512, MGF.SHA512),
}


class TokenSigner:
    """A key in a token, with a session that is open as long as this is (a `Signer`)."""

    def __init__(self, key: pkcs11.SignMixin, public: PublicKey) -> None:
        self._key = key
        self.public = public

    def sign(self, data: bytes) -> bytes:
        """A signature over `data` that `PublicKey.signed` accepts."""
        if isinstance(self.public.key, rsa.RSAPublicKey):
            return self._raw(_PREFIX["sha256"] + hashlib.sha256(data).digest(), Mechanism.RSA_PKCS)
        return _der(self._raw(hashlib.sha256(data).digest(), Mechanism.ECDSA))

    def sign_notary(self, data: bytes) -> bytes:
        """A signature over `data` as Notary Project wants it."""
        name = notary_algorithm.hash_of(notary_algorithm.of(self.public.key)).name
        digest = hashlib.new(name, data).digest()
        if isinstance(self.public.key, rsa.RSAPublicKey):
            mechanism, mask = _PSS[name]
            return self._raw(digest, Mechanism.RSA_PKCS_PSS, (mechanism, mask, len(digest)))
        return self._raw(digest, Mechanism.ECDSA)

    def _raw(self, data: bytes, mechanism: Mechanism, parameter: object = None) -> bytes:
        try:
            return bytes(self._key.sign(data, mechanism=mechanism, mechanism_param=parameter))
        except pkcs11.exceptions.PKCS11Error as cause:
            raise Unavailable(f"the token does not sign: {_said(cause)}", where=self.public.name) from cause


def load(uri: str, pin: str | None) -> TokenSigner:
    """The key that a URI names. Raises `Unavailable`, `UnreadableInput`, `Malformed`."""
    place = pkcs11_uri.parse(uri)
    module = place.module or os.environ.get("PKCS11_MODULE_PATH") or next(filter(os.path.exists, _MODULES), "")
    if not module:
        raise Unavailable("no module is known that speaks to the token", where=uri, mend="add ?module-path=FILE")
    try:
        found = {"token_label": place.token} if place.token else {"token_serial": place.serial.encode()}
        session = _session(pkcs11.lib(module).get_token(**found), pin)
        which = {"label": place.label} if place.label else {"id": place.id}
        private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, **which)
        public = session.get_key(object_class=ObjectClass.PUBLIC_KEY, **which)
        if not isinstance(private, pkcs11.SignMixin):
            raise UnreadableInput("is a key that does not sign", where=uri)
        return TokenSigner(private, PublicKey(uri, _public(public, uri)))
    except pkcs11.exceptions.PKCS11Error as cause:
        raise Unavailable(f"the token gives no such key: {_said(cause)}", where=uri, mend=_mend(place, pin)) from cause
    except RuntimeError as cause:
        raise Unavailable(f"the module cannot be loaded: {cause}", where=module) from cause


def _session(token: pkcs11.Token, pin: str | None) -> pkcs11.Session:
    """A session; a login counts for the whole process, so a second one is none."""
    try:
        return token.open(user_pin=pin)
    except pkcs11.exceptions.UserAlreadyLoggedIn:
        return token.open()


def _public(key: pkcs11.Key, uri: str) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    if not isinstance(key, pkcs11.PublicKey):
        raise UnreadableInput("has no public half in the token", where=uri)
    if key.key_type == KeyType.EC:
        made = load_der_public_key(encode_ec_public_key(key))
    elif key.key_type == KeyType.RSA:
        made = load_der_public_key(encode_rsa_public_key(key))
    else:
        raise UnreadableInput(f"is a key of a kind that does not sign images ({key[Attribute.KEY_TYPE]})", where=uri)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    checked = public_keys.parse(made.public_bytes(serialization.Encoding.PEM, form), uri).key
    if not isinstance(checked, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey)):
        raise UnreadableInput("is a key of a kind that does not sign images", where=uri)
    return checked


def _der(raw: bytes) -> bytes:
    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def _said(cause: pkcs11.exceptions.PKCS11Error) -> str:
    return str(cause) or type(cause).__name__


def _mend(place: TokenKey, pin: str | None) -> str:
    whom = place.label or place.id.hex()
    return f"is {whom!r} in it? the PIN goes into RINGFENCE_PASSPHRASE" + ("" if pin else ", which is not set")
