"""Three machines in one: network namespaces for the operator, the host and the web server."""
