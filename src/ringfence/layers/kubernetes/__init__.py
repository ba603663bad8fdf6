"""Kubernetes: what manifests ask of a cluster, and who may do what in it.

Here belongs what only Kubernetes knows: its objects, what a pod specification becomes for each container, roles, service
accounts, namespaces. A container's confinement is said in `model.workload`, so that the checks and verdicts of other
storeys hold for it too. Never here: the files of an image, the kernel of a node, a runtime's own state.
"""
