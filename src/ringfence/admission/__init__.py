"""Admission: may this pod be, made by this person, in this namespace; and what is written into it before.

Here belongs what follows from our policies, purely: which are for a pod, what it breaks, which exceptions hold, which
defaults are added, what old PodSecurityPolicies come to, what can be said in CEL. Never here: sockets, files, certificates
(`server`, `io`, `trust`), and what Kubernetes itself decides (`layers.kubernetes.evaluate`, which is asked).
"""
