"""Reading a window of a large log, and understanding its lines."""
