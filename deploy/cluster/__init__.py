"""The production topology on one machine without containers: the native twin of docker-compose.yml.

It stands in `deploy/` and not in `cli/`: it is no part of what is installed. It starts the same commands, with the same
configuration files and the same set-up scripts as the compose file does, so that what is tried here is what runs there.
"""

from deploy.cluster.cluster import Cluster
from deploy.cluster.directory import scratch

__all__ = ["Cluster", "scratch"]
