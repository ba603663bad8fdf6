"""Container engines and runtimes: which are here, which version, which calls which, and what each running container may do.

It reads package databases, binaries, configuration and state files; it never runs a container or anything out of one.
The checks on a container take `model.workload.Workload`, so that they also judge pods and what the kernel sees.
"""
