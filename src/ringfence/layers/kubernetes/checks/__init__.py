"""One file a fault that Kubernetes objects can have. What holds for any container's confinement is the runtime storey's."""
