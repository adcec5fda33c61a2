"""UDP, TCP, TLS and WebSocket for the SIP endpoint, name resolution, and the one driver of it all."""
