"""What nodes need to open encrypted images: containerd's stream processor and CRI-O's folder of keys.

Source: containerd docs/cri/decryption.md; crio.conf(5), `decryption_keys_path`. The root of trust has public keys alone: the
private ones are put on each node by hand, under the names that are written here.
"""

from ringfence.formats.trust_document import RecipientEntry, Rule, TrustDocument
from ringfence.trust.containerd_configuration import stream_processors
from ringfence.trust.exporting.exported import Draft, Exported, Settings

PROGRAM = "/usr/local/bin/ringfence"
KEYS = "/etc/ringfence/keys"
CRIO_KEYS = "/etc/crio/keys"
_CONTAINERD = """\
# Merge into /etc/containerd/config.toml. Private keys: {files}
version = 2

"""
_CRIO = """\
# /etc/crio/crio.conf.d/10-ringfence-decryption.conf. Private keys: {files}
[crio.runtime]
decryption_keys_path = "{folder}"
"""


def containerd(document: TrustDocument, _: Settings) -> Exported:
    """Containerd's configuration."""
    draft = _said("containerd", document)
    names = _recipients(document)
    files = [_file(KEYS, name, entry) for name, entry in names.items()]
    if names:
        args = tuple(word for path in files for word in ("--key", path))
        text = _CONTAINERD.format(files=", ".join(files)) + stream_processors(PROGRAM, ("decoder", *args))
        draft.files["containerd/decryption.toml"] = text.encode()
    return draft.done()


def crio(document: TrustDocument, _: Settings) -> Exported:
    """CRI-O's configuration."""
    draft = _said("CRI-O", document)
    names = _recipients(document)
    for name, entry in names.items():
        if entry.scheme == "pgp":
            draft.lacks.append(f"{name}: CRI-O opens no layers with OpenPGP keys from its folder")
    if names:
        files = ", ".join(f"{CRIO_KEYS}/{name}.pem" for name, entry in names.items() if entry.scheme != "pgp")
        draft.files["crio/10-ringfence-decryption.conf"] = _CRIO.format(files=files, folder=CRIO_KEYS).encode()
    return draft.done()


def _recipients(document: TrustDocument) -> dict[str, RecipientEntry]:
    return {name: entry for name, entry in document.entries.items() if isinstance(entry, RecipientEntry)}


def _file(folder: str, name: str, entry: RecipientEntry) -> str:
    return (
        f"{folder}/{name}.pem:{folder}/{name}.crt"
        if entry.scheme == "pkcs7"
        else f"{folder}/{name}.{'pem' if entry.scheme == 'jwe' else 'pgp'}"
    )


def _said(tool: str, document: TrustDocument) -> Draft:
    draft = Draft()
    asked: list[Rule] = [rule for rule in document.rules if rule.encrypted]
    draft.lacks += [f"{rule.scope}: {tool} opens what is encrypted, and takes what is not" for rule in asked]
    if asked or _recipients(document):
        draft.lacks.append(f"{tool}: an image unpacked once is run without a key by whoever may start containers there")
    return draft
