"""Sources of Kubernetes facts, a file each: manifests now, a live cluster later.

A source finds objects and hands them to `effective`, which is the same for all. Nothing is rendered or applied here, and no
program of a target (a chart's hook, a Kustomize plug-in) is ever run.
"""
