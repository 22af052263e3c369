"""One probe, many vantages: DNS, TCP, TLS and HTTP, with a time and an outcome for each phase."""
