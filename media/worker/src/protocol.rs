//! The control protocol, version 1: one JSON object a line over a Unix stream socket (`docs/media-protocol.md`).
//!
//! These types mirror `src/switchroom/media/types.py`; `switchroom-media --schema` prints their JSON Schema, and a test
//! of each side holds them together. Times are milliseconds, levels dBov (0 to -127), addresses `ip:port` or `[ip6]:port`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The major version; another one is refused by `hello`.
pub const PROTOCOL_VERSION: u32 = 1;

/// The longest line, in bytes, either side may send.
pub const MAX_LINE: usize = 1 << 20;

/// What the side that answers does with the audio of a leg (RFC 3264 §5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    #[default]
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

/// The codecs the worker speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CodecName {
    #[serde(rename = "PCMU")]
    Pcmu,
    #[serde(rename = "PCMA")]
    Pcma,
    G722,
    #[serde(rename = "opus")]
    Opus,
}

/// The one audio codec of a leg, as agreed by offer and answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Codec {
    pub name: CodecName,
    pub send_payload_type: u8,
    pub receive_payload_type: u8,
    /// Packet time we send, ms: 10, 20, 30, 40 or 60.
    #[serde(default = "twenty")]
    pub ptime: u32,
    /// Opus: bits per second we may send; 0 is the worker's default.
    #[serde(default)]
    pub bitrate: u32,
    /// Opus: in-band FEC (RFC 7587).
    #[serde(default)]
    pub fec: bool,
    #[serde(default)]
    pub dtx: bool,
    #[serde(default)]
    pub cbr: bool,
}

/// RFC 4733 as agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TelephoneEvent {
    pub send_payload_type: u8,
    pub receive_payload_type: u8,
    #[serde(default = "eight_thousand")]
    pub clock_rate: u32,
}

/// The SRTP protection profiles of SDES (RFC 4568, 6188, 7714).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(non_camel_case_types)]
pub enum SrtpSuite {
    AES_CM_128_HMAC_SHA1_80,
    AES_CM_128_HMAC_SHA1_32,
    AES_256_CM_HMAC_SHA1_80,
    AES_256_CM_HMAC_SHA1_32,
    AEAD_AES_128_GCM,
    AEAD_AES_256_GCM,
}

/// One direction's SDES key (RFC 4568).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SrtpKey {
    pub suite: SrtpSuite,
    /// Master key and salt, base64 as in the inline parameter.
    pub key: String,
    #[serde(default)]
    pub mki: Option<u64>,
    #[serde(default)]
    pub mki_length: u8,
}

impl std::fmt::Debug for SrtpKey {
    /// Never shows the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SrtpKey({:?})", self.suite)
    }
}

/// Which side sends the first message of DTLS (RFC 5763), from ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DtlsRole {
    Active,
    Passive,
}

/// What both descriptions say of a browser's transport (RFC 8839, 8122). Other credentials than before are an ICE restart,
/// another fingerprint is a new DTLS transport on the same leg.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebRtc {
    pub local_ufrag: String,
    pub local_password: String,
    pub remote_ufrag: String,
    pub remote_password: String,
    /// Of the peer's certificate, "sha-256 AA:BB:..".
    pub fingerprint: String,
    pub role: DtlsRole,
    /// Agreed id (1 to 14) of the audio level header extension (RFC 6464).
    #[serde(default)]
    pub audio_level: Option<u8>,
}

impl std::fmt::Debug for WebRtc {
    /// Never shows a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "WebRtc({}, {}, {:?})",
            self.local_ufrag, self.remote_ufrag, self.role
        )
    }
}

/// All that offer and answer agreed for a leg's audio. Sent again, it replaces the former agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LegMedia {
    /// RTP address of the peer by its SDP; 0.0.0.0 for an old-style hold.
    pub remote: String,
    #[serde(default)]
    pub remote_rtcp: Option<String>,
    #[serde(default)]
    pub rtcp_mux: bool,
    pub codec: Codec,
    #[serde(default)]
    pub telephone_event: Option<TelephoneEvent>,
    /// Payload type of CN (RFC 3389), if agreed.
    #[serde(default)]
    pub comfort_noise: Option<u8>,
    /// What we do: recvonly and inactive send nothing; with sendonly and inactive the peer is held, and is not mixed.
    #[serde(default)]
    pub direction: Direction,
    #[serde(default)]
    pub srtp_send: Option<SrtpKey>,
    #[serde(default)]
    pub srtp_receive: Option<SrtpKey>,
    /// Source address of the leg's signalling, for learning the media source.
    #[serde(default)]
    pub signalling_ip: Option<String>,
    /// Agreed id (1 to 14) of the audio level header extension (RFC 6464); of a browser `webrtc` has it.
    #[serde(default)]
    pub audio_level: Option<u8>,
    /// Of a browser's leg: ICE decides where media goes, and addresses and SDES keys are ignored.
    #[serde(default)]
    pub webrtc: Option<WebRtc>,
}

/// What a leg is connected to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Connection {
    /// Hear and be heard by one other leg: relayed where codecs match, transcoded where not.
    Leg { leg: String },
    /// Be in a room.
    Room {
        room: String,
        /// The room does not hear the leg.
        #[serde(default)]
        muted: bool,
        /// The leg does not hear the room.
        #[serde(default)]
        deaf: bool,
        /// dB on what the leg says.
        #[serde(default)]
        gain: f64,
        /// dB on what the leg hears.
        #[serde(default)]
        listen_gain: f64,
        /// What the leg says is freed from noise, while it talks.
        #[serde(default)]
        noise_suppression: bool,
    },
    /// Connected to nobody: the leg hears what is played to it, or nothing.
    Nothing {},
}

/// The target of a player or recorder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Target {
    Leg { leg: String },
    Room { room: String },
}

/// Why a recording is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RecordEndReason {
    Finished,
    /// It could not be written any further.
    Disk,
}

/// The file format of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RecordFormat {
    #[default]
    Wav,
    Opus,
}

/// One command of a batch; every one may be repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Command {
    /// First command of a connection. Result: `hello`.
    Hello {
        #[serde(default = "one")]
        version: u32,
        /// Number of the last notice the owner has seen; later facts that are still kept are sent (again).
        #[serde(default)]
        seen: Option<u64>,
    },
    /// Bind an RTP/RTCP port pair. Result: `leg_opened`. `media` may follow by `set_media`.
    OpenLeg {
        leg: String,
        /// IP address to bind.
        bind: String,
        #[serde(default)]
        media: Option<LegMedia>,
        /// A browser's leg: it shares the one port with all others.
        #[serde(default)]
        webrtc: bool,
        /// Seconds without RTP, RTCP and ICE checks until `media_lost`: 1 to 3600.
        #[serde(default = "thirty")]
        lost_after: u32,
    },
    /// Say or change what was agreed. SSRC, sequence and timestamp line of the leg go on.
    SetMedia { leg: String, media: LegMedia },
    /// Close a leg. Result: `leg_stats` (`ok` if it was closed already).
    CloseLeg { leg: String },
    /// Connect a leg to something; what it was connected to before is left. `kind: leg` connects both ends; a leg connected to
    /// itself hears its own echo.
    Connect { leg: String, to: Connection },
    /// Open a mixing room.
    OpenRoom {
        room: String,
        #[serde(default = "eight")]
        max_talkers: usize,
    },
    /// Close a room; legs still in it are connected to nothing.
    CloseRoom { room: String },
    /// Play WAV files (8, 16 or 48 kHz, mono, 16 bit) one after the other to a leg or a whole room.
    Play {
        play: String,
        target: Target,
        files: Vec<String>,
        #[serde(default)]
        repeat: bool,
        #[serde(default)]
        queue: bool,
        #[serde(default)]
        interrupt_on_dtmf: bool,
        #[serde(default)]
        gain: f64,
    },
    /// Stop a player.
    StopPlay { play: String },
    /// Record a room's mix, or a leg and its peer on two channels, into a file.
    Record {
        record: String,
        target: Target,
        path: String,
        #[serde(default)]
        format: RecordFormat,
        /// Of a leg: one channel, only what the leg says.
        #[serde(default)]
        one_side: bool,
        /// With `one_side`: it is over after so many ms of silence; 0: never.
        #[serde(default)]
        silence: u32,
    },
    /// Stop a recorder; `record_ended` follows when the file is on the disk.
    StopRecord { record: String },
    /// Send digits (0-9 * # A-D) to the leg's peer as telephone-events, or as tones where none was agreed.
    SendDtmf {
        leg: String,
        digits: String,
        #[serde(default = "hundred")]
        duration: u32,
        #[serde(default = "sixty")]
        gap: u32,
    },
    /// Ask for, or no longer ask for, `levels` of a room (at most 5 a second).
    Watch { room: String, levels: bool },
    /// Result: `leg_stats` of one leg.
    GetStats { leg: String },
    /// Result: `description`, all that is open.
    Describe {},
}

/// Owner to worker: commands carried out in order between two ticks of the mixer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Batch {
    pub seq: u64,
    pub commands: Vec<Command>,
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorId {
    NoSuchLeg,
    NoSuchRoom,
    NoPort,
    BadArgument,
    File,
    Version,
    Limit,
    Internal,
}

/// What passed through a leg, from its opening on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LegStats {
    pub leg: String,
    pub codec: String,
    pub packets_received: u64,
    pub packets_sent: u64,
    pub octets_received: u64,
    pub octets_sent: u64,
    pub packets_lost: u64,
    pub packets_late: u64,
    /// Wrong source, failed authentication, malformed.
    pub packets_discarded: u64,
    pub frames_concealed: u64,
    /// Interarrival jitter, ms (RFC 3550 §6.4.1).
    pub jitter: f64,
    /// ms by RTCP; 0 when unknown.
    pub round_trip: f64,
    /// Fraction the peer reports lost of what we send.
    pub remote_loss: f64,
    /// Estimated listening quality 1 to 4.5 (E-model, simplified); 0 without media.
    pub mos: f64,
    /// Address that media comes from, once learned.
    pub source: String,
    /// "udp", "tcp", or "" before any media.
    pub transport: String,
}

/// The result of one command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// Done, nothing to say.
    Ok {},
    /// The command was refused; the others of the batch are carried out all the same.
    Failed {
        error: ErrorId,
        #[serde(default)]
        detail: String,
    },
    /// Epoch is a random number of this worker process: another epoch means every leg is gone.
    Hello {
        version: u32,
        epoch: String,
        pid: u32,
        /// UDP and TCP port of all browsers' media; 0 if there is none.
        webrtc_port: u16,
        /// Of the worker's certificate: "sha-256 AA:BB:..".
        fingerprint: String,
    },
    /// Where the leg listens.
    LegOpened {
        port: u16,
        rtcp_port: u16,
    },
    LegStats(LegStats),
    /// Everything that is open.
    Description {
        epoch: String,
        legs: Vec<String>,
        rooms: Vec<String>,
        plays: Vec<String>,
        records: Vec<String>,
        /// Ticks of the mixer since the start, missed ones too.
        ticks: u64,
        /// Ticks that did not take place because the worker was not scheduled in time: 20 ms of silence each.
        missed_ticks: u64,
        /// Datagrams on the browsers' port that were nobody's.
        strangers: u64,
    },
}

/// How a digit was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DtmfMethod {
    Rfc4733,
    Inband,
}

/// Why a player is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlayEndReason {
    Finished,
    Interrupted,
    Stopped,
    Replaced,
    Gone,
    File,
}

/// A fact the worker tells on its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum WorkerEvent {
    /// A digit, told once, when it is first recognised.
    Dtmf {
        leg: String,
        digit: String,
        method: DtmfMethod,
    },
    /// A player is over. Always told, whatever ended it.
    PlayEnded {
        play: String,
        reason: PlayEndReason,
        #[serde(default)]
        detail: String,
    },
    /// A leg in a room began or ceased to talk.
    Talking {
        leg: String,
        room: String,
        talking: bool,
    },
    /// Loudness of the legs of a watched room, dBov.
    Levels {
        room: String,
        levels: BTreeMap<String, i32>,
    },
    /// Neither RTP nor RTCP for `lost_after` s, not on hold. Told once until media comes again.
    MediaLost { leg: String, seconds: u32 },
    /// Media comes again, or for the first time.
    MediaFound { leg: String, source: String },
    /// A browser said goodbye on DTLS (close_notify). The leg stays open.
    MediaClosed { leg: String },
    /// The file is complete, or could not be written any further.
    RecordEnded {
        record: String,
        path: String,
        /// ms of audio that can be played.
        duration: u64,
        reason: RecordEndReason,
        #[serde(default)]
        error: String,
    },
    /// The worker gave the leg up; it is closed.
    LegFailed { leg: String, reason: String },
}

/// Worker to owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum FromWorker {
    /// The results of a batch, in order.
    Done { seq: u64, results: Vec<Outcome> },
    /// An event and its number, counted from 1 without gaps.
    Notice { number: u64, event: WorkerEvent },
}

/// Both directions, for the schema.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct Protocol {
    batch: Batch,
    from_worker: FromWorker,
}

/// The JSON Schema of `Batch` and `FromWorker`, as text.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Protocol);
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}

fn one() -> u32 {
    PROTOCOL_VERSION
}
fn eight() -> usize {
    8
}
fn twenty() -> u32 {
    20
}
fn thirty() -> u32 {
    30
}
fn sixty() -> u32 {
    60
}
fn hundred() -> u32 {
    100
}
fn eight_thousand() -> u32 {
    8000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_as_the_python_side_writes_it() {
        let line = r##"{"seq":7,"commands":[{"op":"hello"},{"op":"open_leg","leg":"a","bind":"127.0.0.1","media":{"remote":"127.0.0.1:4000",
            "codec":{"name":"PCMU","send_payload_type":0,"receive_payload_type":0},
            "telephone_event":{"send_payload_type":101,"receive_payload_type":96},"srtp_send":{"suite":"AEAD_AES_256_GCM","key":"AAAA"}}},
            {"op":"connect","leg":"a","to":{"kind":"room","room":"r"}},{"op":"connect","leg":"a","to":{"kind":"nothing"}},
            {"op":"play","play":"p","target":{"kind":"leg","leg":"a"},"files":["x.wav"],"repeat":true},{"op":"describe"},
            {"op":"send_dtmf","leg":"a","digits":"12#"}]}"##;
        let batch: Batch = serde_json::from_str(line).expect("a valid batch");
        assert_eq!(batch.seq, 7);
        assert_eq!(batch.commands.len(), 7);
        let Command::OpenLeg {
            media: Some(media), ..
        } = &batch.commands[1]
        else {
            panic!("not open_leg")
        };
        assert_eq!(media.codec.ptime, 20);
        assert_eq!(media.direction, Direction::SendRecv);
        assert_eq!(
            media.telephone_event.as_ref().map(|t| t.clock_rate),
            Some(8000)
        );
        assert_eq!(
            format!("{:?}", media.srtp_send),
            "Some(SrtpKey(AEAD_AES_256_GCM))"
        );
        let Command::SendDtmf { duration, gap, .. } = batch.commands[6] else {
            panic!("not send_dtmf")
        };
        assert_eq!((duration, gap), (100, 60));
    }

    #[test]
    fn what_the_worker_writes_has_the_agreed_tags() {
        let done = FromWorker::Done {
            seq: 1,
            results: vec![
                Outcome::Ok {},
                Outcome::Failed {
                    error: ErrorId::NoSuchLeg,
                    detail: String::new(),
                },
            ],
        };
        assert_eq!(
            serde_json::to_string(&done).expect("json"),
            r#"{"type":"done","seq":1,"results":[{"result":"ok"},{"result":"failed","error":"no_such_leg","detail":""}]}"#
        );
        let notice = FromWorker::Notice {
            number: 3,
            event: WorkerEvent::Dtmf {
                leg: "a".into(),
                digit: "#".into(),
                method: DtmfMethod::Rfc4733,
            },
        };
        assert_eq!(
            serde_json::to_string(&notice).expect("json"),
            r##"{"type":"notice","number":3,"event":{"event":"dtmf","leg":"a","digit":"#","method":"rfc4733"}}"##
        );
    }

    #[test]
    fn the_schema_names_every_command() {
        let text = schema();
        for op in [
            "hello",
            "open_leg",
            "set_media",
            "send_dtmf",
            "stop_record",
            "describe",
            "media_lost",
            "leg_failed",
        ] {
            assert!(text.contains(op), "{op} is missing");
        }
    }
}
