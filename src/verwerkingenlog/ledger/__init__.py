"""The evidence: canonical bytes, the Merkle tree, checkpoints, proofs and their verification. All pure."""
