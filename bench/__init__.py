"""Where the performance figures come from: `make bench` runs `python -m bench` and renews `README.md`."""
