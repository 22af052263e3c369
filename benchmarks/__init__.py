"""Times of whole commands, as ratios within one run: `python -m benchmarks` from the checkout."""
