"""The kernel's interfaces that a container's confinement is asked about: `interfaces.json` in the folder of this name."""

from functools import cache

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.kernel_interface import KernelInterface

FILE = "knowledge/kernel_interfaces/interfaces.json"


@cache
def kernel_interfaces() -> tuple[KernelInterface, ...]:
    """Every interface, in the order in which it is shown. Raises `Malformed` if the file of the installation is broken."""
    return typed_json.decode(packaged.read(FILE), tuple[KernelInterface, ...], "list of kernel interfaces")
