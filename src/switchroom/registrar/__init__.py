"""Which device of which user is reachable where (RFC 3261 §10, RFC 3327, RFC 5626)."""
