"""What containerd needs in its configuration to open layers through Ringfence.

containerd (1.7 and 2) ships processors of its own under the ids `...tar` and `...tar.gzip`, keeps those that a
configuration does not name, and takes any of several that accept a media type (core/diff/stream.go, a map's order). So
both ids are named, and both lead here; imgcrypt passes a layer's payload to no other id, so layers of zstd go by the
first.
Source: containerd docs/stream_processors.md, docs/cri/decryption.md; imgcrypt, images/encryption.
"""

TAR = "application/vnd.oci.image.layer.v1.tar"
_KEY_MODEL = """\
[plugins."io.containerd.grpc.v1.cri".image_decryption]
  key_model = "node"
"""
_PROCESSOR = """
[stream_processors."io.containerd.ocicrypt.decoder.v1.{name}"]
  accepts = [{accepts}]
  returns = "{tar}"
  path = {path}
  args = [{args}]
"""
_ACCEPTS = {
    "tar": (f"{TAR}+encrypted", f"{TAR}+gzip+encrypted", f"{TAR}+zstd+encrypted"),
    "tar.gzip": (f"{TAR}+gzip+encrypted",),
}


def stream_processors(path: str, args: tuple[str, ...]) -> str:
    """The lines of `config.toml` for a program at `path` with these arguments."""
    words = ", ".join(_quoted(word) for word in args)
    return _KEY_MODEL + "".join(
        _PROCESSOR.format(
            name=name, accepts=", ".join(_quoted(kind) for kind in kinds), tar=TAR, path=_quoted(path), args=words
        )
        for name, kinds in _ACCEPTS.items()
    )


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
