"""One module for each figure of the bench: what is measured, its limit, and the ratio in each round."""
