"""The sealer: what was written becomes part of the tree, whose head is signed and published (rule T1)."""
