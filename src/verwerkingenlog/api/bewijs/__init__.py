"""What is published as evidence, and the proofs of what a reader may see."""
