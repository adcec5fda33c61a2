"""Media as the control side sees it: session descriptions; the worker's protocol, client and supervisor."""
