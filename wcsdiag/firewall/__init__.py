"""Rule sets as data, and which rule decides a packet: text in, data out."""
