"""The whole attack graph of a cluster, its paths and the changes that cut them: CPU seconds, memory, growth.

Budget: 10,000 workloads on 500 nodes in 5 s; 25,000 pods on 1,000 nodes in 30 s and 2 GB. KubeHound publishes 2 to 3
minutes for 10,000 pods and 5 minutes for 25,000 (docs of the project, "Performance").
"""

import itertools
import resource
import sys
import time

from made.clusters import Size, relations

from ringfence.engine.attack import arsenal
from ringfence.graph.assemble import assemble
from ringfence.graph.attack.answer import answer, paths
from ringfence.graph.attack.derive import derive
from ringfence.graph.attack.entrances import Entrance
from ringfence.graph.attack.goals import Goal, goals
from ringfence.graph.attack.network import network
from ringfence.graph.efforts import effort_of

SIZES = (Size(1_000, 50), Size(10_000, 500), Size(25_000, 1_000))


def main() -> None:
    """Each size in turn; with a number as argument only that many sizes."""
    known = arsenal()
    print(f"{'workloads':>10}{'nodes':>7}{'assemble':>10}{'derive':>9}{'paths':>8}{'cut':>8}{'sum':>8}{'peak MB':>9}  plan")
    for size in SIZES[: int(sys.argv[1]) if len(sys.argv) > 1 else len(SIZES)]:
        parts = [relations(size)]
        marks = [time.process_time()]
        graph = assemble(parts)
        marks.append(time.process_time())
        found = derive(graph, known, (Entrance.CONTAINERS,))
        marks.append(time.process_time())
        ends = goals(graph, (Goal.NODE_ROOT, Goal.CLUSTER_ADMIN))
        net = network(found, ends)
        shown = paths(found, net)
        marks.append(time.process_time())
        told = answer(found, net, len(ends), effort_of())
        marks.append(time.process_time())
        spent = [after - before for before, after in itertools.pairwise(marks)]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        plan = (
            f"{len(shown)} kinds, {told.steps:,} steps, {len(told.plan)} changes, {told.effort:g} h (least {told.bound:g})"
        )
        times = f"{spent[0]:>10.2f}{spent[1]:>9.2f}{spent[2]:>8.2f}{spent[3]:>8.2f}{sum(spent):>8.2f}"
        print(f"{size.workloads:>10,}{size.nodes:>7,}{times}{peak:>9.0f}  {plan}", flush=True)


if __name__ == "__main__":
    main()
