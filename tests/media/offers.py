"""Offers as phones of several makes send them, written for these tests."""

from __future__ import annotations


def lines(*rows: str) -> bytes:
    return "".join(f"{row}\r\n" for row in rows).encode()


BARESIP = lines(
    "v=0",
    "o=- 3842951027 1209741824 IN IP4 192.0.2.10",
    "s=-",
    "c=IN IP4 192.0.2.10",
    "t=0 0",
    "a=tool:baresip 1.0.0",
    "m=audio 14282 RTP/AVP 96 9 0 8 101",
    "b=AS:125",
    "a=rtpmap:96 opus/48000/2",
    "a=fmtp:96 stereo=1;sprop-stereo=1;useinbandfec=1",
    "a=rtpmap:9 G722/8000",
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=fmtp:101 0-15",
    "a=rtcp:14283",
    "a=sendrecv",
    "a=label:1",
    "a=rtcp-rsize",
    "a=ssrc:1881327120 cname:sip:201@example.com",
    "a=ptime:20",
)

LINPHONE = lines(
    "v=0",
    "o=202 2716 3181 IN IP4 192.0.2.20",
    "s=Talk",
    "c=IN IP4 192.0.2.20",
    "t=0 0",
    "a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics",
    "a=record:off",
    "m=audio 7078 RTP/AVPF 96 97 98 0 8 101 99 100",
    "a=rtpmap:96 opus/48000/2",
    "a=fmtp:96 useinbandfec=1",
    "a=rtpmap:97 speex/16000",
    "a=fmtp:97 vbr=on",
    "a=rtpmap:98 speex/8000",
    "a=fmtp:98 vbr=on",
    "a=rtpmap:101 telephone-event/48000",
    "a=rtpmap:99 telephone-event/16000",
    "a=rtpmap:100 telephone-event/8000",
    "a=rtcp-fb:* trr-int 5000",
    "a=rtcp-fb:* ccm tmmbr",
    "m=video 9078 RTP/AVPF 96",
    "a=rtpmap:96 VP8/90000",
    "a=rtcp-fb:* ccm fir",
)

YEALINK_SRTP_OPTIONAL = lines(
    "v=0",
    "o=- 20012 20012 IN IP4 192.0.2.30",
    "s=SDP data",
    "c=IN IP4 192.0.2.30",
    "t=0 0",
    "m=audio 11794 RTP/AVP 9 0 8 18 101",
    "a=rtpmap:9 G722/8000",
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:18 G729/8000",
    "a=fmtp:18 annexb=no",
    "a=fmtp:101 0-15",
    "a=rtpmap:101 telephone-event/8000",
    "a=ptime:20",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^31",
    "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^31|1:4",
    "a=sendrecv",
)

POLYCOM_TWO_LINES = lines(
    "v=0",
    "o=- 1354218402 1354218402 IN IP4 192.0.2.40",
    "s=Polycom IP Phone",
    "c=IN IP4 192.0.2.40",
    "t=0 0",
    "a=sendrecv",
    "m=audio 2222 RTP/SAVP 0 8 18 127",
    "a=crypto:3 F8_128_HMAC_SHA1_80 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj",
    "a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
    "a=rtpmap:127 telephone-event/8000",
    "m=audio 2222 RTP/AVP 0 8 18 127",
    "a=rtpmap:127 telephone-event/8000",
)

CHROME = lines(
    "v=0",
    "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "a=extmap-allow-mixed",
    "a=msid-semantic: WMS 7f0e",
    "m=audio 50542 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126",
    "c=IN IP4 192.0.2.50",
    "a=rtcp:9 IN IP4 0.0.0.0",
    "a=candidate:1467250027 1 udp 2122260223 192.0.2.50 50542 typ host generation 0 network-id 1",
    "a=ice-ufrag:Qb0X",
    "a=ice-pwd:8mYb2x3Qm3hXCkZpQbLzq8dE",
    "a=fingerprint:sha-256 " + ":".join(["4A"] * 32),
    "a=setup:actpass",
    "a=mid:0",
    "a=rtcp-mux",
    "a=rtpmap:111 opus/48000/2",
    "a=fmtp:111 minptime=10;useinbandfec=1",
    "a=rtpmap:63 red/48000/2",
    "a=fmtp:63 111/111",
    "a=rtpmap:110 telephone-event/48000",
    "a=rtpmap:126 telephone-event/8000",
)

STATIC_ONLY = lines(
    "v=0",
    "o=gw 1 1 IN IP6 2001:db8::7",
    "s=-",
    "c=IN IP6 2001:db8::7",
    "t=0 0",
    "m=image 4000 udptl t38",
    "m=audio 40000 RTP/AVP 8 0 13",
)

ALL_REAL = (BARESIP, LINPHONE, YEALINK_SRTP_OPTIONAL, POLYCOM_TWO_LINES, CHROME, STATIC_ONLY)
