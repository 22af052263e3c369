"""Hooks: the catalogue of REST methods, the exchange, and the contract that an answer must meet."""
