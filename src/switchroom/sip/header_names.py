"""Header names with their compact forms, and the usual reason phrases."""

from __future__ import annotations

from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.grammar import is_token

COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}

_KNOWN = """
Accept Accept-Contact Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Authorization
Call-ID Call-Info Contact Content-Disposition Content-Encoding Content-Language Content-Length
Content-Type CSeq Date Diversion Error-Info Event Expires Flow-Timer From History-Info Identity
Min-Expires Min-SE Max-Forwards MIME-Version Organization P-Asserted-Identity P-Preferred-Identity Path
Priority Privacy Proxy-Authenticate Proxy-Authorization Proxy-Require RAck Reason Record-Route Refer-To
Referred-By Replaces Require Retry-After Route RSeq Server Service-Route Session-Expires Subject
Subscription-State Supported Target-Dialog Timestamp To Unsupported User-Agent Via Warning
WWW-Authenticate
"""

NAME_KEYS: dict[str, str] = {}
"""From a header name as written to the key it is found by: the long name in lower case."""

MAX_CACHED_NAMES = 2048


def header_key(name: str) -> str:
    """The key of header `name`. Raises LocalProtocolError when it is no token."""
    key = NAME_KEYS.get(name)
    if key is None:
        if not is_token(name):
            raise LocalProtocolError(f"{name!r} is no header name")
        key = name.lower()
        key = COMPACT.get(key, key)
    return key


for _name in _KNOWN.split():
    NAME_KEYS[_name] = NAME_KEYS[_name.lower()] = _name.lower()
for _short, _long in COMPACT.items():
    NAME_KEYS[_short] = NAME_KEYS[_short.upper()] = _long

REASONS = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    199: "Early Dialog Terminated",
    200: "OK",
    202: "Accepted",
    204: "No Notification",
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Moved Temporarily",
    305: "Use Proxy",
    380: "Alternative Service",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    410: "Gone",
    412: "Conditional Request Failed",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    421: "Extension Required",
    422: "Session Interval Too Small",
    423: "Interval Too Brief",
    429: "Provide Referrer Identity",
    430: "Flow Failed",
    433: "Anonymity Disallowed",
    439: "First Hop Lacks Outbound Support",
    469: "Bad Info Package",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    484: "Address Incomplete",
    485: "Ambiguous",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    493: "Undecipherable",
    494: "Security Agreement Required",
    500: "Server Internal Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    580: "Precondition Failure",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
    607: "Unwanted",
    608: "Rejected",
}
