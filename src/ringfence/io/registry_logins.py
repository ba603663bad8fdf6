"""The logins that this user keeps for registries: Podman's and Docker's files, and helper programs these name."""

import os
from collections.abc import Mapping

from ringfence.errors import RingfenceError
from ringfence.formats import registry_auth
from ringfence.formats.image_name import DOCKER_HUB, ImageName
from ringfence.formats.registry_auth import Login
from ringfence.io import named_file, process

MAX_BYTES = 4 * 1024 * 1024
"""Bytes of a file of logins."""
HELPER_SECONDS = 20.0
"""How long a helper may take."""


def files(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Where logins are looked for, in the order of containers-auth.json(5), Docker's file last."""
    home = environment.get("HOME") or os.path.expanduser("~")
    named = environment.get("REGISTRY_AUTH_FILE", "")
    runtime = environment.get("XDG_RUNTIME_DIR") or f"/run/containers/{os.getuid()}"
    config = environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    docker = environment.get("DOCKER_CONFIG") or os.path.join(home, ".docker")
    if named:
        return (named,)
    return (
        os.path.join(runtime, "containers/auth.json"),
        f"/run/containers/{os.getuid()}/auth.json",
        os.path.join(config, "containers/auth.json"),
        os.path.join(docker, "config.json"),
    )


def find(name: ImageName, environment: Mapping[str, str]) -> Login | None:
    """The first login for an image. Raises `UnreadableInput` for a file that is none, `Unavailable` if a helper fails."""
    for path in files(environment):
        if not os.path.exists(path):
            continue
        try:
            file = registry_auth.parse_login_file(named_file.read(path, MAX_BYTES))
            program = registry_auth.helper(file, name)
            found = _asked(program, name) if program else None
            found = found or registry_auth.login(file, name)
        except RingfenceError as fault:
            fault.where = fault.where or path
            raise
        if found is not None:
            return found
    return None


def _asked(program: str, name: ImageName) -> Login | None:
    host = "https://index.docker.io/v1/" if name.host == DOCKER_HUB else name.host
    answer = process.ask((f"docker-credential-{program}", "get"), timeout=HELPER_SECONDS, given=host.encode())
    return registry_auth.parse_helper_answer(answer)
