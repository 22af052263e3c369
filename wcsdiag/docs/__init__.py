"""Generates docs/ and the README's list of checks; the program itself never imports it."""
