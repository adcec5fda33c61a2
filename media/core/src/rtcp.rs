//! RTCP: reports parsed and built (RFC 3550 §6), and the statistics behind them (RFC 3550 Appendix A).

use std::time::Duration;

use crate::time::Time;

/// A 64-bit NTP time stamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// From the time since 1970.
    pub fn from_unix(since_1970: Duration) -> Self {
        let seconds = since_1970.as_secs().wrapping_add(2_208_988_800) & 0xffff_ffff;
        let fraction = (u64::from(since_1970.subsec_nanos()) << 32) / 1_000_000_000;
        NtpTime(seconds << 32 | fraction)
    }

    /// The middle 32 bits, as LSR holds them.
    pub fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// A report block: what its author received of the stream `ssrc`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    pub ssrc: u32,
    /// Lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// Lost in all; negative with duplicates. 24 bits.
    pub cumulative_lost: i32,
    pub highest_sequence: u32,
    /// In units of the RTP clock.
    pub jitter: u32,
    pub last_sender_report: u32,
    /// In 1/65536 s.
    pub delay_since_last: u32,
}

impl ReportBlock {
    fn parse(bytes: &[u8; 24]) -> Self {
        let word = |at: usize| {
            u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        ReportBlock {
            ssrc: word(0),
            fraction_lost: bytes[4],
            cumulative_lost: (word(4) << 8) as i32 >> 8,
            highest_sequence: word(8),
            jitter: word(12),
            last_sender_report: word(16),
            delay_since_last: word(20),
        }
    }

    /// Round trip by the sender report this block answers (RFC 3550 §6.4.1); `now` is when it arrived.
    /// `None` without one, or if the clocks make no sense.
    pub fn round_trip(&self, now: NtpTime) -> Option<Duration> {
        if self.last_sender_report == 0 {
            return None;
        }
        let units = now
            .middle()
            .wrapping_sub(self.last_sender_report)
            .wrapping_sub(self.delay_since_last);
        (units < 60 << 16).then(|| Duration::from_nanos((u64::from(units) * 1_000_000_000) >> 16))
    }
}

/// What a sender says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    pub ntp: NtpTime,
    pub rtp_timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// One packet of a compound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpPacket<'a> {
    SenderReport {
        ssrc: u32,
        sender: SenderInfo,
        blocks: Blocks<'a>,
    },
    ReceiverReport {
        ssrc: u32,
        blocks: Blocks<'a>,
    },
    /// The first chunk's SSRC and its CNAME.
    SourceDescription {
        ssrc: u32,
        cname: &'a [u8],
    },
    Bye {
        ssrc: u32,
    },
    /// Feedback, extended reports and the like.
    Other {
        packet_type: u8,
    },
}

/// Report blocks, parsed as they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks<'a>(&'a [u8]);

impl Iterator for Blocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.0.split_first_chunk::<24>()?;
        self.0 = rest;
        Some(ReportBlock::parse(block))
    }
}

/// The packets of a compound, in order; ends at the first that is malformed.
#[derive(Clone, Debug)]
pub struct Compound<'a>(&'a [u8]);

/// Read a datagram as a compound packet.
pub fn parse(data: &[u8]) -> Compound<'_> {
    Compound(data)
}

impl<'a> Iterator for Compound<'a> {
    type Item = RtcpPacket<'a>;

    fn next(&mut self) -> Option<RtcpPacket<'a>> {
        let header: &[u8; 4] = self.0.first_chunk()?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]])) * 4 + 4;
        if header[0] >> 6 != 2 || length > self.0.len() {
            self.0 = &[];
            return None;
        }
        let (packet, rest) = self.0.split_at(length);
        self.0 = rest;
        let parsed = parse_one(packet);
        if parsed.is_none() {
            self.0 = &[];
        }
        parsed
    }
}

fn parse_one(packet: &[u8]) -> Option<RtcpPacket<'_>> {
    let count = usize::from(packet[0] & 31);
    let word = |at: usize| {
        packet
            .get(at..at + 4)
            .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
    };
    let blocks = |at: usize| packet.get(at..at + count * 24).map(Blocks);
    Some(match packet[1] {
        200 => RtcpPacket::SenderReport {
            ssrc: word(4)?,
            sender: SenderInfo {
                ntp: NtpTime(u64::from(word(8)?) << 32 | u64::from(word(12)?)),
                rtp_timestamp: word(16)?,
                packets: word(20)?,
                octets: word(24)?,
            },
            blocks: blocks(28)?,
        },
        201 => RtcpPacket::ReceiverReport {
            ssrc: word(4)?,
            blocks: blocks(8)?,
        },
        202 if count > 0 => RtcpPacket::SourceDescription {
            ssrc: word(4)?,
            cname: cname(packet.get(8..)?).unwrap_or_default(),
        },
        203 if count > 0 => RtcpPacket::Bye { ssrc: word(4)? },
        packet_type => RtcpPacket::Other { packet_type },
    })
}

fn cname(mut items: &[u8]) -> Option<&[u8]> {
    while let [kind @ (1..=255), length, rest @ ..] = items {
        let text = rest.get(..usize::from(*length))?;
        if *kind == 1 {
            return Some(text);
        }
        items = &rest[text.len()..];
    }
    None
}

/// Write a compound: a sender report (or a receiver report without `sender`), the CNAME (at most 255 bytes), and a BYE if we
/// leave. Returns its length; `None` if `out` is too small (200 bytes suffice for one block and a short CNAME).
pub fn write_report(
    out: &mut [u8],
    ssrc: u32,
    sender: Option<&SenderInfo>,
    block: Option<&ReportBlock>,
    cname: &str,
    bye: bool,
) -> Option<usize> {
    let mut writer = Writer { out, length: 0 };
    let count = u8::from(block.is_some());
    let words = if sender.is_some() { 6 } else { 1 } + u16::from(count) * 6;
    writer.header(count, if sender.is_some() { 200 } else { 201 }, words)?;
    writer.word(ssrc)?;
    if let Some(sender) = sender {
        writer.word((sender.ntp.0 >> 32) as u32)?;
        writer.word(sender.ntp.0 as u32)?;
        writer.word(sender.rtp_timestamp)?;
        writer.word(sender.packets)?;
        writer.word(sender.octets)?;
    }
    if let Some(block) = block {
        writer.word(block.ssrc)?;
        let lost = block.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
        writer.word(u32::from(block.fraction_lost) << 24 | lost)?;
        writer.word(block.highest_sequence)?;
        writer.word(block.jitter)?;
        writer.word(block.last_sender_report)?;
        writer.word(block.delay_since_last)?;
    }
    let cname = &cname.as_bytes()[..cname.len().min(255)];
    // Two bytes of item header, the text, at least one zero, up to a whole word.
    let items = (cname.len() + 3).next_multiple_of(4);
    writer.header(1, 202, 1 + (items / 4) as u16)?;
    writer.word(ssrc)?;
    writer.bytes(&[1, cname.len() as u8])?;
    writer.bytes(cname)?;
    writer.bytes(&[0; 4][..items - 2 - cname.len()])?;
    if bye {
        writer.header(1, 203, 1)?;
        writer.word(ssrc)?;
    }
    Some(writer.length)
}

struct Writer<'a> {
    out: &'a mut [u8],
    length: usize,
}

impl Writer<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> Option<()> {
        self.out
            .get_mut(self.length..self.length + bytes.len())?
            .copy_from_slice(bytes);
        self.length += bytes.len();
        Some(())
    }

    fn word(&mut self, word: u32) -> Option<()> {
        self.bytes(&word.to_be_bytes())
    }

    fn header(&mut self, count: u8, packet_type: u8, words: u16) -> Option<()> {
        let [high, low] = words.to_be_bytes();
        self.bytes(&[0x80 | count, packet_type, high, low])
    }
}

/// What was received of one stream (RFC 3550 Appendix A.1, A.3, A.8).
#[derive(Clone, Debug, Default)]
pub struct ReceptionStats {
    started: bool,
    ssrc: u32,
    clock_rate: u32,
    /// Extended sequence numbers: the first, and the highest.
    base: u32,
    highest: u32,
    received: u32,
    /// At the last report.
    expected_before: u32,
    received_before: u32,
    /// Losses of streams (SSRCs) before this one, and packets received of them.
    lost_before: i64,
    all_received: u64,
    bad_sequence: Option<u16>,
    transit: Option<i64>,
    /// In 1/16 of a clock unit.
    jitter: u32,
    last_sender_report: Option<(u32, Time)>,
}

/// Larger jumps of the sequence number are a restart (RFC 3550 A.1).
const MAX_DROPOUT: u16 = 3_000;
const MAX_MISORDER: u16 = 100;

impl ReceptionStats {
    /// Count a packet of the audio stream. `arrival` as in the jitter buffer; `clock_rate` in Hz.
    pub fn received(
        &mut self,
        ssrc: u32,
        sequence: u16,
        timestamp: u32,
        arrival: Time,
        clock_rate: u32,
    ) {
        if self.received_event(ssrc, sequence) {
            self.measure_jitter(timestamp, arrival, clock_rate);
        }
    }

    /// Count a telephone-event packet (RFC 4733) of the stream. All packets of an event have the time stamp of its beginning,
    /// so they say nothing of the path's jitter. Returns whether the packet was counted.
    pub fn received_event(&mut self, ssrc: u32, sequence: u16) -> bool {
        if !self.started || ssrc != self.ssrc {
            self.restart(ssrc, sequence);
        }
        let delta = sequence.wrapping_sub(self.highest as u16);
        if delta < MAX_DROPOUT {
            self.highest = self.highest.wrapping_add(u32::from(delta));
        } else if delta <= 0u16.wrapping_sub(MAX_MISORDER) {
            if self.bad_sequence == Some(sequence) {
                self.restart(ssrc, sequence);
            } else {
                self.bad_sequence = Some(sequence.wrapping_add(1));
                return false;
            }
        }
        self.received = self.received.wrapping_add(1);
        self.all_received += 1;
        true
    }

    fn restart(&mut self, ssrc: u32, sequence: u16) {
        if self.started {
            self.lost_before += i64::from(self.stream_lost());
        }
        *self = ReceptionStats {
            started: true,
            ssrc,
            base: u32::from(sequence),
            highest: u32::from(sequence),
            lost_before: self.lost_before,
            all_received: self.all_received,
            ..ReceptionStats::default()
        };
    }

    fn measure_jitter(&mut self, timestamp: u32, arrival: Time, clock_rate: u32) {
        if clock_rate != self.clock_rate {
            self.clock_rate = clock_rate;
            self.transit = None;
        }
        let units =
            (u128::from(arrival.as_nanos()) * u128::from(clock_rate) / 1_000_000_000) as i64;
        // Only the difference of two transits counts, modulo 2^32 as time stamps are.
        let transit = units.wrapping_sub(i64::from(timestamp));
        if let Some(before) = self.transit {
            let difference = (transit.wrapping_sub(before) as i32).unsigned_abs();
            // A pause of the sender or a jump of its clock is no jitter.
            if difference < clock_rate {
                self.jitter = self
                    .jitter
                    .saturating_add(difference)
                    .saturating_sub((self.jitter + 8) >> 4);
            }
        }
        self.transit = Some(transit);
    }

    fn expected(&self) -> u32 {
        if self.started {
            self.highest.wrapping_sub(self.base).wrapping_add(1)
        } else {
            0
        }
    }

    fn stream_lost(&self) -> i32 {
        self.expected().wrapping_sub(self.received) as i32
    }

    /// Packets received from the first stream on.
    pub fn packets_received(&self) -> u64 {
        self.all_received
    }

    /// Packets lost from the first stream on (never negative).
    pub fn packets_lost(&self) -> u64 {
        (self.lost_before + i64::from(self.stream_lost())).max(0) as u64
    }

    /// Interarrival jitter in milliseconds.
    pub fn jitter_ms(&self) -> f32 {
        if self.clock_rate == 0 {
            return 0.0;
        }
        (self.jitter >> 4) as f32 * 1_000.0 / self.clock_rate as f32
    }

    /// Remember a sender report of this stream, for LSR and DLSR.
    pub fn sender_report(&mut self, ntp: NtpTime, arrival: Time) {
        self.last_sender_report = Some((ntp.middle(), arrival));
    }

    /// The block for our next report, which begins a new interval; `None` before the first packet.
    pub fn report(&mut self, now: Time) -> Option<ReportBlock> {
        if !self.started {
            return None;
        }
        let expected = self.expected();
        let interval = expected.wrapping_sub(self.expected_before);
        let lost =
            i64::from(interval) - i64::from(self.received.wrapping_sub(self.received_before));
        self.expected_before = expected;
        self.received_before = self.received;
        let fraction = if interval == 0 || lost <= 0 {
            0
        } else {
            (lost * 256 / i64::from(interval)).min(255)
        };
        let (last_sender_report, delay) =
            self.last_sender_report.map_or((0, 0), |(middle, arrival)| {
                let delay = now.since(arrival).as_nanos() * 65_536 / 1_000_000_000;
                (middle, delay.min(u128::from(u32::MAX)) as u32)
            });
        Some(ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: fraction as u8,
            cumulative_lost: self.stream_lost().clamp(-0x80_0000, 0x7f_ffff),
            highest_sequence: self.highest,
            jitter: self.jitter >> 4,
            last_sender_report,
            delay_since_last: delay,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_report_written_is_read() {
        let sender = SenderInfo {
            ntp: NtpTime(0x1234_5678_9abc_def0),
            rtp_timestamp: 4,
            packets: 5,
            octets: 6,
        };
        let block = ReportBlock {
            ssrc: 9,
            fraction_lost: 3,
            cumulative_lost: -2,
            highest_sequence: 70_000,
            jitter: 11,
            last_sender_report: 12,
            delay_since_last: 13,
        };
        for cname in ["", "a", "ab", "abc", "leg@host"] {
            let mut out = [0; 200];
            let length =
                write_report(&mut out, 1, Some(&sender), Some(&block), cname, true).unwrap();
            assert_eq!(length % 4, 0);
            let packets: Vec<_> = parse(&out[..length]).collect();
            let [RtcpPacket::SenderReport {
                ssrc: 1,
                sender: s,
                blocks,
            }, sdes, bye] = packets[..]
            else {
                panic!("{packets:?}");
            };
            assert_eq!(s, sender);
            assert_eq!(blocks.collect::<Vec<_>>(), [block]);
            assert_eq!(
                sdes,
                RtcpPacket::SourceDescription {
                    ssrc: 1,
                    cname: cname.as_bytes()
                }
            );
            assert_eq!(bye, RtcpPacket::Bye { ssrc: 1 });
        }
        let mut out = [0; 200];
        let length = write_report(&mut out, 1, None, None, "x", false).unwrap();
        assert_eq!(parse(&out[..length]).count(), 2);
        assert_eq!(
            write_report(&mut out[..length - 1], 1, None, None, "x", false),
            None
        );
    }

    #[test]
    fn loss_is_counted_over_wrap_and_reordering() {
        let mut stats = ReceptionStats::default();
        let mut sequence = 65_500u16;
        for n in 0..100u64 {
            let swapped = if n % 10 == 4 {
                1
            } else if n % 10 == 5 {
                u16::MAX
            } else {
                0
            };
            if n % 10 != 7 {
                let s = sequence.wrapping_add(swapped);
                stats.received(7, s, n as u32 * 160, Time::from_millis(n * 20), 8_000);
            }
            sequence = sequence.wrapping_add(1);
        }
        assert_eq!((stats.packets_received(), stats.packets_lost()), (90, 10));
        let block = stats.report(Time::from_millis(2_000)).unwrap();
        assert_eq!((block.fraction_lost, block.cumulative_lost), (25, 10));
        assert_eq!(block.highest_sequence, 65_500 + 99);
        assert_eq!(
            stats
                .report(Time::from_millis(2_000))
                .unwrap()
                .fraction_lost,
            0
        );
    }

    #[test]
    fn jitter_of_an_alternating_path() {
        let mut stats = ReceptionStats::default();
        for n in 0..2_000u64 {
            let late = if n % 2 == 0 { 0 } else { 5 };
            stats.received(
                7,
                n as u16,
                (n as u32).wrapping_mul(160),
                Time::from_millis(n * 20 + late),
                8_000,
            );
        }
        assert!(
            (stats.jitter_ms() - 5.0).abs() < 0.3,
            "{}",
            stats.jitter_ms()
        );
    }

    #[test]
    fn an_event_is_counted_and_is_no_jitter() {
        let mut stats = ReceptionStats::default();
        for n in 0..400u64 {
            let (sequence, arrival) = (n as u16, Time::from_millis(n * 20));
            if n % 100 < 90 {
                stats.received(7, sequence, n as u32 * 160, arrival, 8_000);
            } else {
                assert!(stats.received_event(7, sequence));
            }
            assert_eq!(stats.jitter_ms(), 0.0, "packet {n}");
        }
        assert_eq!((stats.packets_received(), stats.packets_lost()), (400, 0));
    }

    #[test]
    fn a_stray_packet_is_not_a_restart_but_two_in_order_are() {
        let mut stats = ReceptionStats::default();
        for n in 0..10 {
            stats.received(7, n, 0, Time::default(), 8_000);
        }
        stats.received(7, 30_000, 0, Time::default(), 8_000);
        stats.received(7, 10, 0, Time::default(), 8_000);
        assert_eq!((stats.packets_received(), stats.packets_lost()), (11, 0));
        for n in 40_000..40_010 {
            stats.received(7, n, 0, Time::default(), 8_000);
        }
        assert_eq!((stats.packets_received(), stats.packets_lost()), (20, 0));
    }

    #[test]
    fn round_trip_of_a_report() {
        let sent = NtpTime::from_unix(Duration::from_secs(1_000_000));
        let back = NtpTime::from_unix(Duration::from_millis(1_000_000_250));
        let block = ReportBlock {
            last_sender_report: sent.middle(),
            delay_since_last: 65_536 / 5,
            ..Default::default()
        };
        let trip = block.round_trip(back).unwrap().as_micros();
        assert!((49_900..50_100).contains(&trip), "{trip}");
        assert_eq!(ReportBlock::default().round_trip(back), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(data in proptest::collection::vec(any::<u8>(), 0..300), kind in 195u8..210, words in 0u8..40) {
            let mut data = data;
            if data.len() > 4 {
                data[0] = 0x80 | data[0] & 0x3f;
                data[1] = kind;
                data[2] = 0;
                data[3] = words;
            }
            for packet in parse(&data) {
                if let RtcpPacket::SenderReport { blocks, .. } | RtcpPacket::ReceiverReport { blocks, .. } = packet {
                    for block in blocks {
                        let _ = block.round_trip(NtpTime(u64::MAX));
                    }
                }
            }
        }
    }
}
