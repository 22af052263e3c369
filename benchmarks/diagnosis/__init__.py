"""The diagnosis benchmark: faults with a known cause, and whether it comes first."""
