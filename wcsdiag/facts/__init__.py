"""Providers of facts: they gather with `host` and `net`, and understand with `wcs` and `logs`."""
