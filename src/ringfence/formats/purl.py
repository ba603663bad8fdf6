"""Package URLs: the name of a package across ecosystems. Source: package-url/purl-spec, "Rules for each purl component"."""

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:")


def make(kind: str, name: str, version: str) -> str:
    """`pkg:kind/name@version`; slashes in the name part its namespace and stay."""
    return f"pkg:{kind}/{'/'.join(_quoted(part) for part in name.split('/'))}@{_quoted(version)}"


def _quoted(text: str) -> str:
    return "".join(
        char if char in _PLAIN else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace")) for char in text
    )
