"""Where a JavaScript lock file says that a package comes from: registry, git, an archive's address or a folder."""

from ringfence.formats.url import without_secret

_GIT = ("git+", "git:", "git@", "github:")


def source(url: str) -> tuple[str, str, str]:
    """Kind, address and git reference of a resolved address."""
    if url.startswith(_GIT) or url.partition("#")[0].endswith(".git"):
        address, _, reference = url.partition("#")
        return "git", without_secret(address), reference.removeprefix("commit=").partition("&")[0]
    if url.startswith(("file:", "link:", "workspace:", "portal:", ".", "/")):
        return "path", url, ""
    if url.startswith("https://codeload.github.com/"):
        return "git", without_secret(url), url.rpartition("/")[2]
    # A registry's tarballs live under `/-/`; any other address was written into package.json.
    archive = url.startswith(("http:", "https:")) and "/-/" not in url
    return ("archive" if archive else "registry"), without_secret(url.partition("#")[0]), ""
