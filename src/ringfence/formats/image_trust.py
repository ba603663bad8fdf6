"""Whom engines believe about images: `policy.json`, `registries.conf`, containerd's `hosts.toml`, k3s' `registries.yaml`.

Sources: containers-policy.json(5), containers-registries.conf(5), containerd docs/hosts.md, docs.k3s.io "Private Registry".
"""

import msgspec
import yaml

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import typed_json, typed_toml
from ringfence.model.fact import Fact

MAX_BYTES = 1024 * 1024
ACCEPTS = "insecureAcceptAnything"
REJECTS = "reject"


SIGNED = ("signedBy", "sigstoreSigned")
"""The kinds of rules that ask for a signature."""


class SignedScope(Fact):
    """A scope of `docker://` (`registry.example/team`, empty: all of them) and who must have signed what is in it.

    `signers` are key files, or identities of Fulcio; empty where the rules ask for no signature.
    """

    scope: str
    signers: tuple[str, ...] = ()


class ImagePolicy(Fact):
    """`default` is the kind of the rule for images no other names; `accepting` are scopes that take anything.

    `checked` counts the scopes that ask for a signature or refuse. `scopes` has those of images from registries, the default
    rule among them as the empty one.
    """

    default: str
    accepting: tuple[str, ...] = ()
    checked: int = 0
    scopes: tuple[SignedScope, ...] = ()

    def signers(self, reference: str) -> tuple[str, ...]:
        """Who must have signed an image (`registry.example/team/web:1`): by the scope that names most of it."""
        best = SignedScope(scope="")
        for item in self.scopes:
            if len(item.scope) >= len(best.scope) and _is_in(reference, item.scope):
                best = item
        return best.signers


def _is_in(reference: str, scope: str) -> bool:
    """Scopes end where a part of the name does; `*.example.com` means every host below (containers-policy.json(5))."""
    if scope.startswith("*."):
        return reference.partition("/")[0].endswith(scope[1:])
    return not scope or reference == scope or reference.startswith((f"{scope}/", f"{scope}:", f"{scope}@"))


class _Fulcio(msgspec.Struct, frozen=True):
    subjectEmail: str = ""  # noqa: N815 - the name in the file


class _Rule(msgspec.Struct, frozen=True):
    type: str = ""
    keyPath: str = ""  # noqa: N815 - the name in the file
    keyPaths: tuple[str, ...] = ()  # noqa: N815 - the name in the file
    keyData: str = ""  # noqa: N815 - the name in the file
    fulcio: _Fulcio | None = None


class _Policy(msgspec.Struct, frozen=True):
    default: tuple[_Rule, ...]
    transports: dict[str, dict[str, tuple[_Rule, ...]]] = {}


class _RegistryMirror(msgspec.Struct, frozen=True):
    location: str = ""
    insecure: bool = False


class _RegistryEntry(msgspec.Struct, frozen=True):
    prefix: str = ""
    location: str = ""
    insecure: bool = False
    mirror: tuple[_RegistryMirror, ...] = ()


class _Registries(msgspec.Struct, frozen=True):
    registry: tuple[_RegistryEntry, ...] = ()


class _Host(msgspec.Struct, frozen=True):
    skip_verify: bool = False


class _Hosts(msgspec.Struct, frozen=True):
    server: str = ""
    host: dict[str, _Host] = {}


class _K3sTls(msgspec.Struct, frozen=True):
    insecure_skip_verify: bool = False


class _K3sConfig(msgspec.Struct, frozen=True):
    tls: _K3sTls | None = None


class _K3sMirror(msgspec.Struct, frozen=True):
    endpoint: tuple[str, ...] | None = ()


class _K3s(msgspec.Struct, frozen=True):
    mirrors: dict[str, _K3sMirror | None] = {}
    configs: dict[str, _K3sConfig | None] = {}


def parse_policy(data: bytes) -> ImagePolicy:
    """A `policy.json`. Raises `Malformed` or `LimitExceeded`."""
    read = typed_json.decode(data, _Policy, "policy.json")
    scopes = {
        f"{transport}:{scope}": {rule.type for rule in rules}
        for transport, named in read.transports.items()
        # docker-daemon's scope "" is what a local engine has already; no signature can be asked of it.
        for scope, rules in named.items()
        if transport != "docker-daemon"
    }
    kinds = [rule.type for rule in read.default]
    return ImagePolicy(
        default=next((kind for kind in kinds if kind != ACCEPTS), kinds[0] if kinds else REJECTS),
        accepting=tuple(scope for scope, found in scopes.items() if found == {ACCEPTS}),
        checked=sum(found != {ACCEPTS} for found in scopes.values()),
        scopes=tuple(
            SignedScope(scope=scope, signers=_signers(rules))
            for scope, rules in ({"": read.default} | read.transports.get("docker", {})).items()
        ),
    )


def _signers(rules: tuple[_Rule, ...]) -> tuple[str, ...]:
    """Who signs, as the rules name them: all of them must hold, so one that asks for a signature is enough."""
    found: list[str] = []
    for rule in rules:
        if rule.type in SIGNED:
            found += [name for name in (rule.keyPath, *rule.keyPaths) if name]
            found += ["a key in policy.json"] if rule.keyData else []
            found += [rule.fulcio.subjectEmail] if rule.fulcio and rule.fulcio.subjectEmail else []
    return tuple(dict.fromkeys(found))


def parse_registries_conf(data: bytes) -> tuple[str, ...]:
    """The registries a `registries.conf` (version 2) marks insecure. Raises `Malformed` or `LimitExceeded`."""
    read = typed_toml.decode(data, _Registries, "registries.conf")
    named = [(item.location or item.prefix, item.insecure) for item in read.registry]
    named += [(mirror.location, mirror.insecure) for item in read.registry for mirror in item.mirror]
    return tuple(dict.fromkeys(name for name, insecure in named if insecure))


def parse_hosts_toml(data: bytes) -> tuple[str, ...]:
    """The hosts that containerd's `hosts.toml` reaches without verified TLS. Raises `Malformed` or `LimitExceeded`."""
    read = typed_toml.decode(data, _Hosts, "hosts.toml")
    found = [url for url, host in read.host.items() if host.skip_verify or url.startswith("http://")]
    return tuple([*found, read.server] if read.server.startswith("http://") else found)


def parse_k3s_registries(data: bytes) -> tuple[str, ...]:
    """The registries that k3s and RKE2 reach without verified TLS. Raises `Malformed` or `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a registries.yaml", MAX_BYTES)
    try:
        read = msgspec.convert(yaml.load(data, yaml.CSafeLoader) or {}, _K3s)
    # ValueError: dates yaml cannot make; RecursionError: nested lists.
    except (yaml.YAMLError, msgspec.ValidationError, ValueError, RecursionError) as cause:
        raise Malformed("registries.yaml", str(cause).splitlines()[0]) from cause
    skipped = [name for name, item in read.configs.items() if item and item.tls and item.tls.insecure_skip_verify]
    plain = [url for item in read.mirrors.values() for url in (item.endpoint or () if item else ())]
    return (*skipped, *(url for url in plain if url.startswith("http://")))
