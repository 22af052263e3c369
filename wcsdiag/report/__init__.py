"""Formats of the report: each takes a Report and gives a text. None prints."""
