"""One CVE over a cluster: CPU milliseconds until every workload has its verdict, first and again.

Budget: 10,000 workloads on 500 nodes under 100 ms, warm (the graph is there, as it is in a service that holds it).
"""

import time
from statistics import median

from made.clusters import Size, relations

from ringfence.engine.impacts import orders
from ringfence.graph.assemble import Graph, assemble
from ringfence.graph.impact import impact
from ringfence.knowledge.stack_cves import stack_cves
from ringfence.model.finding import VerdictStatus
from ringfence.model.stack_cve import StackCve

SIZES = (Size(1_000, 50), Size(10_000, 500), Size(25_000, 1_000))
CVES = ("CVE-2022-0185", "CVE-2022-0492", "CVE-2024-21626")
TIMES = 7


def main() -> None:
    """Each size with each CVE."""
    known = {cve.id: cve for cve in stack_cves()}
    print(f"{'workloads':>10}{'nodes':>7}  {'CVE':<16}{'first ms':>10}{'again ms':>10}  verdicts")
    for size in SIZES:
        graph = assemble([relations(size)])
        for name in CVES:
            first, *again = (milliseconds(graph, known[name]) for _ in range(TIMES))
            found = impact(graph, known[name], orders())
            counts = {status: sum(item.verdict.status is status for item in found.workloads) for status in VerdictStatus}
            told = ", ".join(f"{count:,} {status}" for status, count in counts.items() if count)
            print(f"{size.workloads:>10,}{size.nodes:>7,}  {name:<16}{first:>10.1f}{median(again):>10.1f}  {told}")


def milliseconds(graph: Graph, cve: StackCve) -> float:
    """One answer."""
    order = orders()
    before = time.process_time()
    impact(graph, cve, order)
    return (time.process_time() - before) * 1000


if __name__ == "__main__":
    main()
