//! Between the protocol's text and the engine's values.
#![forbid(unsafe_code)]

use std::net::{IpAddr, SocketAddr};

use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use base64::Engine as _;
use switchroom_core::agreement as core;
use switchroom_core::codec::{CodecKind, EncoderOptions};
use switchroom_core::command as act;
use switchroom_core::srtp::Suite;
use switchroom_core::webrtc::{parse_fingerprint, Credentials, Generation, WebRtc};

use crate::protocol::{
    self, CodecName, Connection, Direction, DtlsRole, DtmfMethod, ErrorId, LegMedia, LegStats,
    Outcome, PlayEndReason, SrtpKey, SrtpSuite, Target, WorkerEvent,
};

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("not ip:port: {text:?}"))
}

fn payload_type(value: u8) -> Result<u8, String> {
    if value < 128 {
        Ok(value)
    } else {
        Err(format!("payload type {value} is above 127"))
    }
}

fn key(key: &SrtpKey) -> Result<core::SrtpKey, String> {
    let text = key.key.trim();
    let bytes = STANDARD
        .decode(text)
        .or_else(|_| STANDARD_NO_PAD.decode(text));
    let mki_length = usize::from(key.mki_length.min(8));
    Ok(core::SrtpKey {
        suite: match key.suite {
            SrtpSuite::AES_CM_128_HMAC_SHA1_80 => Suite::AesCm128HmacSha1_80,
            SrtpSuite::AES_CM_128_HMAC_SHA1_32 => Suite::AesCm128HmacSha1_32,
            SrtpSuite::AES_256_CM_HMAC_SHA1_80 => Suite::AesCm256HmacSha1_80,
            SrtpSuite::AES_256_CM_HMAC_SHA1_32 => Suite::AesCm256HmacSha1_32,
            SrtpSuite::AEAD_AES_128_GCM => Suite::AeadAes128Gcm,
            SrtpSuite::AEAD_AES_256_GCM => Suite::AeadAes256Gcm,
        },
        // The key itself is never part of a message.
        key_and_salt: bytes.map_err(|_| "an SRTP key is not base64".to_string())?,
        mki: key
            .mki
            .map_or_else(Vec::new, |mki| mki.to_be_bytes()[8 - mki_length..].to_vec()),
    })
}

fn webrtc(agreed: &protocol::WebRtc) -> Result<Box<WebRtc>, String> {
    let credentials = |ufrag: &String, password: &String| Credentials {
        ufrag: ufrag.clone(),
        password: password.clone(),
    };
    Ok(Box::new(WebRtc {
        generation: Generation {
            local: credentials(&agreed.local_ufrag, &agreed.local_password),
            remote: credentials(&agreed.remote_ufrag, &agreed.remote_password),
        },
        fingerprint: parse_fingerprint(&agreed.fingerprint)
            .ok_or(format!("no sha-256 fingerprint: {:?}", agreed.fingerprint))?,
        active: agreed.role == DtlsRole::Active,
    }))
}

/// What was agreed for a leg.
///
/// # Errors
/// A sentence that says which value is wrong.
pub fn media(media: &LegMedia) -> Result<core::LegMedia, String> {
    let remote = address(&media.remote)?;
    let codec = &media.codec;
    let event = media.telephone_event.as_ref();
    if event.is_some_and(|e| !(8_000..=48_000).contains(&e.clock_rate)) {
        return Err("telephone-event clock_rate is 8000 to 48000".into());
    }
    Ok(core::LegMedia {
        remote: Some(remote).filter(|r| !r.ip().is_unspecified()),
        remote_rtcp: media
            .remote_rtcp
            .as_deref()
            .map(address)
            .transpose()?
            .filter(|r| !r.ip().is_unspecified()),
        rtcp_mux: media.rtcp_mux,
        codec: core::Codec {
            kind: match codec.name {
                CodecName::Pcmu => CodecKind::Pcmu,
                CodecName::Pcma => CodecKind::Pcma,
                CodecName::G722 => CodecKind::G722,
                CodecName::Opus => CodecKind::Opus,
            },
            send_payload_type: payload_type(codec.send_payload_type)?,
            receive_payload_type: payload_type(codec.receive_payload_type)?,
            ptime: codec.ptime,
            options: EncoderOptions {
                bitrate: codec.bitrate,
                fec: codec.fec,
                // Opus takes a steady tone, and some music, for noise that need not be sent: gaps are our own judgement.
                dtx: false,
                cbr: codec.cbr,
                ..EncoderOptions::default()
            },
            gaps: codec.dtx,
        },
        telephone_event: event
            .map(|e| {
                Ok::<_, String>(core::TelephoneEvent {
                    send_payload_type: payload_type(e.send_payload_type)?,
                    receive_payload_type: payload_type(e.receive_payload_type)?,
                    clock_rate: e.clock_rate,
                })
            })
            .transpose()?,
        comfort_noise: media.comfort_noise.map(payload_type).transpose()?,
        direction: match media.direction {
            Direction::SendRecv => core::Direction::SendRecv,
            Direction::SendOnly => core::Direction::SendOnly,
            Direction::RecvOnly => core::Direction::RecvOnly,
            Direction::Inactive => core::Direction::Inactive,
        },
        srtp_send: media.srtp_send.as_ref().map(key).transpose()?,
        srtp_receive: media.srtp_receive.as_ref().map(key).transpose()?,
        signalling_ip: media
            .signalling_ip
            .as_deref()
            .map(|ip| {
                ip.parse::<IpAddr>()
                    .map_err(|_| format!("not an IP address: {ip:?}"))
            })
            .transpose()?,
        audio_level: media
            .webrtc
            .as_ref()
            .map_or(media.audio_level, |w| w.audio_level)
            .filter(|id| (1..=14).contains(id)),
        webrtc: media.webrtc.as_ref().map(webrtc).transpose()?,
    })
}

pub fn connection(to: Connection) -> act::Connection {
    match to {
        Connection::Leg { leg } => act::Connection::Leg(leg.into()),
        Connection::Room {
            room,
            muted,
            deaf,
            gain,
            listen_gain,
            noise_suppression,
        } => act::Connection::Room {
            room: room.into(),
            muted,
            deaf,
            gain: gain as f32,
            listen_gain: listen_gain as f32,
            noise_suppression,
        },
        Connection::Nothing {} => act::Connection::Nothing,
    }
}

pub fn target(target: Target) -> act::Target {
    match target {
        Target::Leg { leg } => act::Target::Leg(leg.into()),
        Target::Room { room } => act::Target::Room(room.into()),
    }
}

pub fn failed(error: ErrorId, detail: impl Into<String>) -> Outcome {
    Outcome::Failed {
        error,
        detail: detail.into(),
    }
}

pub fn refusal(refusal: act::Refusal) -> Outcome {
    match refusal {
        act::Refusal::NoSuchLeg => failed(ErrorId::NoSuchLeg, ""),
        act::Refusal::NoSuchRoom => failed(ErrorId::NoSuchRoom, ""),
        act::Refusal::BadArgument(detail) => failed(ErrorId::BadArgument, detail),
        act::Refusal::Limit(detail) => failed(ErrorId::Limit, detail),
        act::Refusal::Internal(detail) => failed(ErrorId::Internal, detail),
    }
}

fn names(names: Vec<act::Name>) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|n| n.to_string()).collect();
    names.sort();
    names
}

/// What a command gave. `epoch` is the worker's.
pub fn outcome(outcome: act::Outcome, epoch: &str) -> Outcome {
    match outcome {
        act::Outcome::Done | act::Outcome::Opened { .. } | act::Outcome::Recording { .. } => {
            Outcome::Ok {}
        }
        act::Outcome::Stats(stats) => Outcome::LegStats(LegStats {
            leg: stats.leg,
            codec: stats.codec.to_string(),
            packets_received: stats.packets_received,
            packets_sent: stats.packets_sent,
            octets_received: stats.octets_received,
            octets_sent: stats.octets_sent,
            packets_lost: stats.packets_lost,
            packets_late: stats.packets_late,
            packets_discarded: stats.packets_discarded,
            frames_concealed: stats.frames_concealed,
            jitter: stats.jitter,
            round_trip: stats.round_trip,
            remote_loss: stats.remote_loss,
            mos: stats.mos,
            source: stats.source.map_or_else(String::new, |s| s.to_string()),
            transport: stats.transport.to_string(),
        }),
        act::Outcome::Description {
            legs,
            rooms,
            plays,
            records,
            ticks,
            missed_ticks,
            strangers,
        } => Outcome::Description {
            epoch: epoch.to_string(),
            legs: names(legs),
            rooms: names(rooms),
            plays: names(plays),
            records: names(records),
            ticks,
            missed_ticks,
            strangers,
        },
    }
}

/// An event in the protocol's words; None for what only the worker itself needs to know.
pub fn event(event: act::Event) -> Option<WorkerEvent> {
    Some(match event {
        act::Event::DtmfReceived { leg, digit, method } => WorkerEvent::Dtmf {
            leg: leg.to_string(),
            digit: digit.to_string(),
            method: match method {
                act::DtmfMethod::Rfc4733 => DtmfMethod::Rfc4733,
                act::DtmfMethod::Inband => DtmfMethod::Inband,
            },
        },
        act::Event::PlayEnded { play, reason } => WorkerEvent::PlayEnded {
            play: play.to_string(),
            reason: match reason {
                act::PlayEnd::Finished => PlayEndReason::Finished,
                act::PlayEnd::Interrupted => PlayEndReason::Interrupted,
                act::PlayEnd::Stopped => PlayEndReason::Stopped,
                act::PlayEnd::Replaced => PlayEndReason::Replaced,
                act::PlayEnd::Gone => PlayEndReason::Gone,
            },
            detail: String::new(),
        },
        act::Event::TalkingChanged { leg, room, talking } => WorkerEvent::Talking {
            leg: leg.to_string(),
            room: room.to_string(),
            talking,
        },
        act::Event::Levels { room, levels } => WorkerEvent::Levels {
            room: room.to_string(),
            levels: levels
                .into_iter()
                .map(|(leg, level)| (leg.to_string(), i32::from(level)))
                .collect(),
        },
        act::Event::MediaLost { leg, seconds } => WorkerEvent::MediaLost {
            leg: leg.to_string(),
            seconds,
        },
        act::Event::MediaFound { leg, source } => WorkerEvent::MediaFound {
            leg: leg.to_string(),
            source: source.to_string(),
        },
        act::Event::LegFailed { leg, reason } => WorkerEvent::LegFailed {
            leg: leg.to_string(),
            reason: reason.to_string(),
        },
        act::Event::MediaClosed { leg } => WorkerEvent::MediaClosed {
            leg: leg.to_string(),
        },
        act::Event::RecordingOver { .. } | act::Event::TransportFailed { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(remote: &str) -> LegMedia {
        serde_json::from_str(&format!(
            r#"{{"remote":"{remote}","codec":{{"name":"PCMA","send_payload_type":8,"receive_payload_type":8}}}}"#
        ))
        .expect("json")
    }

    #[test]
    fn an_old_style_hold_has_no_address() {
        assert_eq!(media(&agreed("0.0.0.0:4000")).expect("media").remote, None);
        let both = media(&agreed("[2001:db8::1]:4000")).expect("media").remote;
        assert_eq!(
            both.map(|a| a.to_string()).as_deref(),
            Some("[2001:db8::1]:4000")
        );
        assert!(media(&agreed("phone:4000")).is_err());
    }

    #[test]
    fn a_key_is_base64_with_or_without_padding_and_the_mki_has_its_length() {
        let mut key = SrtpKey {
            suite: SrtpSuite::AEAD_AES_128_GCM,
            key: "AAEC".into(),
            mki: Some(258),
            mki_length: 3,
        };
        let converted = super::key(&key).expect("a key");
        assert_eq!(
            (converted.key_and_salt, converted.mki),
            (vec![0, 1, 2], vec![0, 1, 2])
        );
        key.key = "AAE".into();
        assert_eq!(super::key(&key).expect("a key").key_and_salt, [0, 1]);
        key.key = "secret!".into();
        let error = super::key(&key).expect_err("no base64");
        assert!(!error.contains("secret"));
    }
}
