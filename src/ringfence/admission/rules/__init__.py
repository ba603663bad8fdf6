"""One function a rule: a pod and its policy in, what it breaks out, each with the container and the place.

Sources of the meaning: kubernetes.io "Pod Security Policies" (v1.24), and the strategies of pkg/security/podsecuritypolicy.
"""
