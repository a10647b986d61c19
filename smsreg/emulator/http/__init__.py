"""The emulator on the wire: its HTTP server, the two protocols and signatures."""
