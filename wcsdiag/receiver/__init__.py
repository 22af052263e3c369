"""A web server for hooks: it answers as the contract wants, misbehaves on purpose, or passes on."""
