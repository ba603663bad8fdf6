"""One layer decrypted for a container runtime that pulls an encrypted image.

The runtime gives the layer on standard input and wants the plain tar on standard output. What comes out is checked first,
so the whole layer lies in a temporary file before its first byte is given; ocicrypt's own processor gives bytes out before
it knows.
"""

import tempfile
from collections.abc import Iterable

from ringfence.formats import ocicrypt
from ringfence.formats.oci_image import Descriptor
from ringfence.io import blobs, oci_layout
from ringfence.trust import layer_cipher
from ringfence.trust.faults import Refused
from ringfence.trust.keys import PrivateKeys
from ringfence.trust.layer_cipher import Write

CHUNK = 1024 * 1024


def release(layer: Descriptor, stored: Iterable[bytes], keys: PrivateKeys, write: Write) -> None:
    """Decrypts `stored` and writes the decompressed tar, once HMAC and digest are right.

    Raises `Malformed`, `NoKeyFits` or `Refused`, and then nothing was written.
    """
    found = ocicrypt.encryption(layer.media_type, layer.annotations or {})
    if found is None:
        raise Refused("the layer is not encrypted")
    private = ocicrypt.parse_private(keys.unwrap(found.keys))
    with tempfile.TemporaryDirectory(prefix="ringfence-") as folder, oci_layout.NewBlob(folder) as blob:
        layer_cipher.decrypt(stored, blob.write, private, found.public)
        if blob.digest != private.digest:
            raise Refused(f"it decrypts to {blob.digest}, and its encrypter meant {private.digest}", where=layer.digest)
        with blobs.BlobStream(blob.extent()) as plain:
            while chunk := plain.read(CHUNK):
                write(memoryview(chunk))
