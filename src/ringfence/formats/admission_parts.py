"""The parts of an object that admission looks at: without its history, and without what programs are told.

An object of a real cluster is mostly managed fields, variables and status. Leaving them out before anything else is done
makes a review cheap, and lets two pods that differ in them alone be the same question. What is not known to be without
meaning stays.
"""

from ringfence.formats.kubernetes_pod import APPARMOR_ANNOTATION, SECCOMP_ANNOTATION, SECCOMP_POD_ANNOTATION

Json = dict[str, object]

NAMES = frozenset({"name", "generateName"})
_ANNOTATIONS = (APPARMOR_ANNOTATION, SECCOMP_ANNOTATION, SECCOMP_POD_ANNOTATION, "kubernetes.io/config.mirror")
_OF_CONTAINERS = frozenset(
    {"env", "envFrom", "command", "args", "resources", "resizePolicy", "workingDir", "stdin", "stdinOnce", "tty"}
    | {"terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy"}
)
_OF_PODS = frozenset(
    {"affinity", "tolerations", "topologySpreadConstraints", "schedulerName", "schedulingGates", "readinessGates"}
    | {"dnsConfig", "dnsPolicy", "hostAliases", "hostname", "subdomain", "terminationGracePeriodSeconds", "restartPolicy"}
    | {"priority", "priorityClassName", "preemptionPolicy", "enableServiceLinks", "activeDeadlineSeconds", "nodeName"}
)
_TEMPLATES = {
    **dict.fromkeys(
        ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController"), ("spec", "template")
    ),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "PodTemplate": ("template",),
}


def parts(value: object, *, with_name: bool = True) -> object:
    """The object without what is not looked at; other kinds than pods and those that make them stay whole but for history.

    `with_name` keeps the name of the object itself.
    """
    if not isinstance(value, dict):
        return value
    kind = value.get("kind")
    kept = {name: item for name, item in value.items() if name != "status"}
    kept["metadata"] = _metadata(value.get("metadata"), with_name=with_name)
    if kind == "Pod":
        kept["spec"] = _pod(value.get("spec"))
        return kept
    here, way = kept, _TEMPLATES.get(kind, ()) if isinstance(kind, str) else ()
    for step in way:
        inner = here.get(step)
        if not isinstance(inner, dict):
            return kept
        here[step] = dict(inner)
        here = here[step]
    if way:
        here["metadata"] = _metadata(here.get("metadata"), with_name=False)
        here["spec"] = _pod(here.get("spec"))
    return kept


def _metadata(value: object, *, with_name: bool) -> object:
    if not isinstance(value, dict):
        return value
    kept: Json = {"labels": value.get("labels")}
    annotations = value.get("annotations")
    if isinstance(annotations, dict):
        kept["annotations"] = {name: item for name, item in annotations.items() if name.startswith(_ANNOTATIONS)}
    elif annotations is not None:
        kept["annotations"] = annotations
    return {**kept, **{name: value[name] for name in NAMES if with_name and name in value}}


def _pod(value: object) -> object:
    if not isinstance(value, dict):
        return value
    kept = {name: item for name, item in value.items() if name not in _OF_PODS}
    for name in ("containers", "initContainers", "ephemeralContainers"):
        listed = kept.get(name)
        if isinstance(listed, list):
            kept[name] = [_container(item) for item in listed]
    return kept


def _container(value: object) -> object:
    return {name: item for name, item in value.items() if name not in _OF_CONTAINERS} if isinstance(value, dict) else value
