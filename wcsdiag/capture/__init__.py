"""Captures: the bytes of pcap and pcapng in, exchanges and contacts out."""
