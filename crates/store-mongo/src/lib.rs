//! The MongoDB engine: a replica set, one change stream per node.
