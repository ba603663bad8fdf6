"""Words of a command line or environment that turn a protection off, or run what they fetch."""

import re
from collections.abc import Iterator

MAX_TEXT = 64 * 1024
"""Characters looked at of one argument; scripts given with `sh -c` are rarely a hundredth of it."""

_SETTINGS = {
    "NODE_TLS_REJECT_UNAUTHORIZED": ("0",),
    "PYTHONHTTPSVERIFY": ("0",),
    "GIT_SSL_NO_VERIFY": ("1", "true"),
    "GODEBUG": ("x509ignoreCN=0",),
    "AWS_NO_VERIFY_SSL": ("1", "true"),
    "NPM_CONFIG_STRICT_SSL": ("false", "0"),
    "VAULT_SKIP_VERIFY": ("1", "true"),
    "CONSUL_HTTP_SSL_VERIFY": ("0", "false"),
    "KUBECTL_INSECURE_SKIP_TLS_VERIFY": ("1", "true"),
    "PGSSLMODE": ("disable", "allow", "prefer"),
}
"""Variables that turn the checking of certificates off, with the values that do. Source: each program's documentation."""
_FLAGS = re.compile(
    r"(?:^|\s)(?:--insecure(?:-skip-tls-verify|-skip-verify|-registry)?(?:=true)?|--no-check-certificate|--tls-skip-verify"
    r"|--skip-tls-verify(?:=true)?|--kubelet-insecure-tls|--no-verify-ssl|--trusted-host)(?:\s|=|$)"
)
_NO_TLS = re.compile(r"\bsslmode=(?:disable|allow|prefer)\b|\b(?:useSSL|requireSSL)=false\b|\btrustServerCertificate=true\b")
_FETCH_AND_RUN = re.compile(r"\b(?:curl|wget)\b[^|;&\n]{0,500}\|\s{0,5}(?:sudo\s{1,5})?(?:ba|z|da|k)?sh\b")
_DOWNLOAD = "a script is fetched and run unseen"
_CERTIFICATES = "certificates are not checked"
_PLAIN = "a database may be spoken to without TLS"


def in_setting(text: str) -> Iterator[str]:
    """What a variable (`NAME=value`) turns off, a sentence each; names of variables and nothing of the values."""
    name, _, value = text[:MAX_TEXT].partition("=")
    if value.strip().lower() in _SETTINGS.get(name.upper(), ()):
        yield f"{_PLAIN if name.upper() == 'PGSSLMODE' else _CERTIFICATES} ({name[:60]})"
    elif _NO_TLS.search(value):
        yield f"{_PLAIN} ({name[:60]})"


def in_argument(text: str) -> Iterator[str]:
    """What an argument or a script turns off or runs, a sentence each."""
    shown = text[:MAX_TEXT]
    flag = _FLAGS.search(shown)
    if flag:
        yield f"{_CERTIFICATES} ({flag.group().strip(' =')})"
    if _NO_TLS.search(shown):
        yield _PLAIN
    if _FETCH_AND_RUN.search(shown):
        yield _DOWNLOAD
