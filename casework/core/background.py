"""Long work runs on a cluster of its own, so that pushes and sweeps never wait behind it.

Long is what may take more than a few seconds: exports, imports, search index, verification, recomputation. It
takes ids like every job, in units that stay below that cluster's time-out.
"""

from django_q.tasks import async_task

LONG = "long"  # the name in settings.Q_CLUSTER["ALT_CLUSTERS"]


def long_task(job: str, *ids: int) -> None:
    """Ring for ``job`` at the cluster of long work. Call it on commit; ids only, no person's data."""
    async_task(job, *ids, cluster=LONG)
