//! As much of SIP messages as a load generator needs: find values in what came, write what goes.

use std::net::SocketAddrV4;

use crate::digest::{parse_challenge, Challenge};

/// A received message; all values borrow from it.
pub struct Message<'a> {
    /// Status of a response; 0 for a request.
    pub status: u16,
    /// Method: of the request, or of the CSeq of a response.
    pub method: &'a str,
    pub cseq: u32,
    pub call_id: &'a str,
    text: &'a str,
    pub body: &'a str,
}

impl<'a> Message<'a> {
    /// Read a datagram; None when it is no SIP message we can place.
    pub fn parse(data: &'a [u8]) -> Option<Message<'a>> {
        let whole = std::str::from_utf8(data).ok()?;
        let (text, body) = whole.split_once("\r\n\r\n")?;
        let (first, _) = text.split_once("\r\n")?;
        let mut message = Message {
            status: 0,
            method: "",
            cseq: 0,
            call_id: "",
            text,
            body,
        };
        message.call_id = message.header("Call-ID").or_else(|| message.header("i"))?;
        let (number, method) = message.header("CSeq")?.split_once(' ')?;
        message.cseq = number.parse().ok()?;
        message.method = method.trim();
        if let Some(rest) = first.strip_prefix("SIP/2.0 ") {
            message.status = rest.get(..3)?.parse().ok()?;
        } else {
            message.method = first.split(' ').next()?;
        }
        Some(message)
    }

    /// First value of a header.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// All values of a header, in order.
    pub fn headers<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a str> + 'n
    where
        'a: 'n,
    {
        self.text.split("\r\n").skip(1).filter_map(move |line| {
            let (found, value) = line.split_once(':')?;
            found
                .trim_end()
                .eq_ignore_ascii_case(name)
                .then(|| value.trim())
        })
    }

    /// The URI of the first Contact.
    pub fn contact(&self) -> Option<&'a str> {
        let value = self.header("Contact").or_else(|| self.header("m"))?;
        match value.split_once('<') {
            Some((_, rest)) => rest.split_once('>').map(|(uri, _)| uri),
            None => value.split(';').next(),
        }
    }

    /// The challenge of a 401 or 407 that we can answer.
    pub fn challenge(&self) -> Option<Challenge> {
        self.headers("WWW-Authenticate")
            .find_map(|value| parse_challenge(value, false))
            .or_else(|| {
                self.headers("Proxy-Authenticate")
                    .find_map(|value| parse_challenge(value, true))
            })
    }

    /// Where the SDP in the body wants audio: "ip:port".
    pub fn media_address(&self) -> Option<SocketAddrV4> {
        let line = |prefix: &str| {
            self.body
                .lines()
                .find_map(|l| l.trim_end().strip_prefix(prefix).map(str::to_owned))
        };
        let ip = line("c=IN IP4 ")?;
        let port = line("m=audio ")?.split(' ').next()?.to_owned();
        format!("{ip}:{port}").parse().ok()
    }

    /// A response to this request: Via, From, To (with `tag`), Call-ID and CSeq are copied, `more` is header lines.
    pub fn response(&self, status: &str, tag: &str, more: &str, body: &str) -> String {
        let mut out = format!("SIP/2.0 {status}\r\n");
        for via in self.headers("Via").chain(self.headers("v")) {
            out.push_str(&format!("Via: {via}\r\n"));
        }
        for route in self.headers("Record-Route") {
            out.push_str(&format!("Record-Route: {route}\r\n"));
        }
        let from = self
            .header("From")
            .or_else(|| self.header("f"))
            .unwrap_or("");
        let to = self.header("To").or_else(|| self.header("t")).unwrap_or("");
        let to = if to.contains("tag=") || tag.is_empty() {
            to.to_owned()
        } else {
            format!("{to};tag={tag}")
        };
        out.push_str(&format!(
            "From: {from}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {} {}\r\n{more}Content-Length: {}\r\n\r\n{body}",
            self.call_id,
            self.cseq,
            self.method,
            body.len()
        ));
        out
    }
}

/// A G.711 offer or answer.
pub fn sdp(port: u16) -> String {
    format!(
        "v=0\r\no=load 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )
}

/// The values of a request we send.
pub struct Outgoing<'a> {
    pub method: &'a str,
    pub uri: &'a str,
    pub local: &'a str,
    pub branch: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    pub call_id: &'a str,
    pub cseq: u32,
    /// Header lines with line ends: Contact, Authorization, ...
    pub more: &'a str,
    pub body: &'a str,
}

impl Outgoing<'_> {
    pub fn print(&self) -> String {
        let kind = if self.body.is_empty() {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        format!(
            "{} {} SIP/2.0\r\nVia: SIP/2.0/UDP {};rport;branch=z9hG4bK{}\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\n\
             Call-ID: {}\r\nCSeq: {} {}\r\nUser-Agent: switchroom-load\r\n{}{kind}Content-Length: {}\r\n\r\n{}",
            self.method,
            self.uri,
            self.local,
            self.branch,
            self.from,
            self.to,
            self.call_id,
            self.cseq,
            self.method,
            self.more,
            self.body.len(),
            self.body
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_request_is_read_back() {
        let body = sdp(4000);
        let text = Outgoing {
            method: "INVITE",
            uri: "sip:202@127.0.0.1",
            local: "127.0.0.1:5070",
            branch: "x",
            from: "<sip:201@127.0.0.1>;tag=a",
            to: "<sip:202@127.0.0.1>",
            call_id: "c7@load",
            cseq: 3,
            more: "Contact: <sip:201@127.0.0.1:5070>\r\n",
            body: &body,
        }
        .print();
        let message = Message::parse(text.as_bytes()).unwrap();
        assert_eq!(
            (
                message.status,
                message.method,
                message.cseq,
                message.call_id
            ),
            (0, "INVITE", 3, "c7@load")
        );
        assert_eq!(message.contact(), Some("sip:201@127.0.0.1:5070"));
        assert_eq!(
            message.media_address(),
            Some("127.0.0.1:4000".parse().unwrap())
        );
        let answer = message.response("200 OK", "b", "", "");
        let answer = Message::parse(answer.as_bytes()).unwrap();
        assert_eq!((answer.status, answer.method), (200, "INVITE"));
        assert!(answer.header("To").unwrap().ends_with(";tag=b"));
    }

    #[test]
    fn what_is_not_sip_is_none() {
        assert!(Message::parse(b"\r\n\r\n").is_none());
        assert!(
            Message::parse(b"SIP/2.0 abc OK\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n").is_none()
        );
    }
}
