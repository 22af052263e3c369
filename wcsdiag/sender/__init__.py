"""Hooks that are sent on purpose: a scenario's, or those of a trace once more."""
