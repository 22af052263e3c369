"""An embedded stand-in for a WCS host and its web server, on loopback, with faults to switch on."""
