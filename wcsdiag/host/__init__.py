"""Reaching the machine that runs WCS: one protocol, and its kinds."""
