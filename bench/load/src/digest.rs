//! Digest answers (RFC 7616, MD5 with qop=auth) and the MD5 they need (RFC 1321).

/// A challenge's values.
#[derive(Clone, Debug, Default)]
pub struct Challenge {
    pub realm: String,
    pub nonce: String,
    pub opaque: Option<String>,
    pub qop: bool,
    /// Answer with Proxy-Authorization.
    pub proxy: bool,
}

/// Who answers challenges.
#[derive(Clone, Debug, Default)]
pub struct Account {
    pub user: String,
    pub secret: String,
}

impl Account {
    /// "user:secret" or "user".
    pub fn parse(text: &str) -> Account {
        let (user, secret) = text.split_once(':').unwrap_or((text, ""));
        Account {
            user: user.to_owned(),
            secret: secret.to_owned(),
        }
    }

    /// The whole header line that answers a challenge, without line end.
    pub fn answer(
        &self,
        challenge: &Challenge,
        method: &str,
        uri: &str,
        count: u32,
        cnonce: u64,
    ) -> String {
        let Challenge { realm, nonce, .. } = challenge;
        let ha1 = hexadecimal(&format!("{}:{realm}:{}", self.user, self.secret));
        let ha2 = hexadecimal(&format!("{method}:{uri}"));
        let name = if challenge.proxy {
            "Proxy-Authorization"
        } else {
            "Authorization"
        };
        let opaque = challenge
            .opaque
            .as_ref()
            .map(|o| format!(", opaque=\"{o}\""))
            .unwrap_or_default();
        let start = format!(
            "{name}: Digest username=\"{}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", algorithm=MD5{opaque}",
            self.user
        );
        if challenge.qop {
            let response = hexadecimal(&format!(
                "{ha1}:{nonce}:{count:08x}:{cnonce:016x}:auth:{ha2}"
            ));
            format!("{start}, qop=auth, nc={count:08x}, cnonce=\"{cnonce:016x}\", response=\"{response}\"")
        } else {
            format!(
                "{start}, response=\"{}\"",
                hexadecimal(&format!("{ha1}:{nonce}:{ha2}"))
            )
        }
    }
}

/// Read a WWW-Authenticate or Proxy-Authenticate value; None unless it is Digest with MD5.
pub fn parse_challenge(value: &str, proxy: bool) -> Option<Challenge> {
    let rest = value.trim().strip_prefix("Digest ")?;
    let mut challenge = Challenge {
        proxy,
        ..Challenge::default()
    };
    for part in split_outside_quotes(rest) {
        let (name, value) = part.split_once('=')?;
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "realm" => challenge.realm = value.to_owned(),
            "nonce" => challenge.nonce = value.to_owned(),
            "opaque" => challenge.opaque = Some(value.to_owned()),
            "qop" => challenge.qop = value.split(',').any(|q| q.trim() == "auth"),
            "algorithm" if !value.eq_ignore_ascii_case("MD5") => return None,
            _ => {}
        }
    }
    Some(challenge)
}

fn split_outside_quotes(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn hexadecimal(text: &str) -> String {
    md5(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn md5(data: &[u8]) -> [u8; 16] {
    const SHIFTS: [[u32; 4]; 4] = [
        [7, 12, 17, 22],
        [5, 9, 14, 20],
        [4, 11, 16, 23],
        [6, 10, 15, 21],
    ];
    let mut message = data.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend_from_slice(&(data.len() as u64 * 8).to_le_bytes());
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in message.chunks_exact(64) {
        let words: Vec<u32> = block
            .chunks_exact(4)
            .map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]))
            .collect();
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64usize {
            let (mixed, word) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), (7 * step) % 16),
            };
            let constant = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let sum = a
                .wrapping_add(mixed)
                .wrapping_add(constant)
                .wrapping_add(words[word]);
            a = d;
            d = c;
            c = b;
            b = b.wrapping_add(sum.rotate_left(SHIFTS[step / 16][step % 4]));
        }
        for (total, part) in state.iter_mut().zip([a, b, c, d]) {
            *total = total.wrapping_add(part);
        }
    }
    let mut out = [0; 16];
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn md5_of_rfc_1321() {
        assert_eq!(hexadecimal(""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(
            hexadecimal("message digest"),
            "f96b697d7cb7938d525a2f31aaf161d0"
        );
        let long =
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890";
        assert_eq!(hexadecimal(long), "57edf4a22be3c955ac49da2e2107b67a");
    }

    #[test]
    fn answer_without_qop_as_in_rfc_2069() {
        let account = Account::parse("Mufasa:Circle Of Life");
        let challenge = parse_challenge(
            "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"a,b\"",
            false,
        )
        .unwrap();
        assert_eq!(challenge.opaque.as_deref(), Some("a,b"));
        let line = account.answer(&challenge, "GET", "/dir/index.html", 1, 0);
        assert!(
            line.ends_with("response=\"670fd8c2df070c60b045671b8b24ff02\""),
            "{line}"
        );
    }
}
