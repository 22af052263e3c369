"""The command line: the only place that knows terminals and exit codes."""
