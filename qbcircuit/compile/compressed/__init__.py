"""Free fermions in few layers: brick walls of matchgates whose angles are optimised."""
