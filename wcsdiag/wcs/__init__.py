"""WCS as it is on disk and in its CLI: text in, data out. Nothing here knows of SSH."""
