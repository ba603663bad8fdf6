"""What a precondition is asked about: one container's confinement, the kernel under it, and the component that is hit."""

from dataclasses import dataclass

from ringfence.model.component import Component, KernelState
from ringfence.model.confinement import Confinement
from ringfence.model.knowledge import Known, Unknown


@dataclass(frozen=True, slots=True)
class Subject:
    """The facts of one judgement. `kernel` is None where no kernel was collected for the host."""

    confinement: Confinement
    kernel: KernelState | None
    component: Component | None = None

    def sysctl(self, name: str) -> Known[str] | Unknown:
        """A sysctl's value; `Known("")` says that this kernel has none of that name."""
        if self.kernel is None:
            return Unknown("the host's kernel was not collected")
        return self.kernel.sysctls.get(name, Unknown("it was not collected"))
