"""The one algorithm that Notary Project has for each key.

Source: notaryproject/specifications, specs/signature-specification.md, "Signature Algorithm Requirements".
"""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ringfence.trust.faults import Refused

_RSA = {2048: "PS256", 3072: "PS384", 4096: "PS512"}
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def of(key: object) -> str:
    """The algorithm of a public key. Raises `Refused` for a key that has none."""
    match key:
        case rsa.RSAPublicKey() if key.key_size in _RSA:
            return _RSA[key.key_size]
        case ec.EllipticCurvePublicKey() if key.curve.name in _CURVES:
            return _CURVES[key.curve.name]
        case _:
            raise Refused("its key is of a kind or size that Notary Project does not sign with")


def hash_of(name: str) -> hashes.HashAlgorithm:
    """The hash of an algorithm's name."""
    return _HASHES[name[2:]]
