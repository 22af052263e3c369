"""The commands, one page each. What a command needs is imported when it runs."""
