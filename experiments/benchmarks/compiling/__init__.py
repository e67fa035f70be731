"""The compiler measured against its peers: workloads, peers, checks and the report."""
