//! WAV files: 16-bit PCM, read whole, written with a header that is valid after each sync.

use std::io::{self, Seek, SeekFrom, Write};

/// A sound in memory, mono.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wav {
    pub sample_rate: u32,
    pub samples: Vec<i16>,
}

/// Why a file is not played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WavError {
    NotWav,
    /// Not 16-bit PCM, not mono, or not at 8, 16, 24 or 48 kHz.
    Unsupported {
        format: u16,
        channels: u16,
        bits: u16,
        sample_rate: u32,
    },
    NoData,
}

impl std::fmt::Display for WavError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WavError::NotWav => f.write_str("not a WAV file"),
            WavError::Unsupported { format, channels, bits, sample_rate } => write!(
                f,
                "WAV must be 16-bit PCM, mono, 8, 16, 24 or 48 kHz; this is format {format}, {channels} channels, \
                 {bits} bits, {sample_rate} Hz"
            ),
            WavError::NoData => f.write_str("WAV file without samples"),
        }
    }
}

impl std::error::Error for WavError {}

impl Wav {
    /// Parse a file's bytes. A data chunk longer than the file (a recording that was cut) is taken to the end.
    pub fn parse(data: &[u8]) -> Result<Self, WavError> {
        if data.get(..4) != Some(b"RIFF") || data.get(8..12) != Some(b"WAVE") {
            return Err(WavError::NotWav);
        }
        let mut sample_rate = None;
        let mut rest = &data[12..];
        while let Some((header, body)) = rest.split_first_chunk::<8>() {
            let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
            let chunk = &body[..length.min(body.len())];
            match &header[..4] {
                b"fmt " => sample_rate = Some(parse_format(chunk)?),
                b"data" => {
                    let sample_rate = sample_rate.ok_or(WavError::NotWav)?;
                    let samples: Vec<i16> = chunk
                        .chunks_exact(2)
                        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
                        .collect();
                    return if samples.is_empty() {
                        Err(WavError::NoData)
                    } else {
                        Ok(Wav {
                            sample_rate,
                            samples,
                        })
                    };
                }
                _ => {}
            }
            // Chunks are padded to an even length.
            rest = body.get(length.saturating_add(length & 1)..).unwrap_or(&[]);
        }
        Err(WavError::NoData)
    }
}

fn parse_format(chunk: &[u8]) -> Result<u32, WavError> {
    let word = |at: usize| {
        chunk
            .get(at..at + 2)
            .map(|b| u16::from_le_bytes([b[0], b[1]]))
            .ok_or(WavError::NotWav)
    };
    let (mut format, channels, bits) = (word(0)?, word(2)?, word(14)?);
    let sample_rate = u32::from(word(4)?) | u32::from(word(6)?) << 16;
    if format == 0xfffe {
        // WAVE_FORMAT_EXTENSIBLE: the format stands in its GUID.
        format = word(24)?;
    }
    if (format, channels, bits) != (1, 1, 16)
        || !matches!(sample_rate, 8_000 | 16_000 | 24_000 | 48_000)
    {
        return Err(WavError::Unsupported {
            format,
            channels,
            bits,
            sample_rate,
        });
    }
    Ok(sample_rate)
}

/// Writes a recording as it goes on.
#[derive(Debug)]
pub struct WavWriter<W: Write + Seek> {
    file: W,
    sample_rate: u32,
    channels: u16,
    data_bytes: u32,
    buffer: Vec<u8>,
}

impl<W: Write + Seek> WavWriter<W> {
    /// Start a file at the current position 0 of `file`; `channels` is 1 or 2 (samples interleaved).
    pub fn new(file: W, sample_rate: u32, channels: u16) -> io::Result<Self> {
        let mut writer = WavWriter {
            file,
            sample_rate,
            channels,
            data_bytes: 0,
            buffer: Vec::new(),
        };
        writer.write_header()?;
        Ok(writer)
    }

    fn write_header(&mut self) -> io::Result<()> {
        let block = self.channels * 2;
        let mut header = [0; 44];
        header[..4].copy_from_slice(b"RIFF");
        header[4..8].copy_from_slice(&(self.data_bytes.saturating_add(36)).to_le_bytes());
        header[8..16].copy_from_slice(b"WAVEfmt ");
        header[16..20].copy_from_slice(&16u32.to_le_bytes());
        header[20..22].copy_from_slice(&1u16.to_le_bytes());
        header[22..24].copy_from_slice(&self.channels.to_le_bytes());
        header[24..28].copy_from_slice(&self.sample_rate.to_le_bytes());
        header[28..32].copy_from_slice(&(self.sample_rate * u32::from(block)).to_le_bytes());
        header[32..34].copy_from_slice(&block.to_le_bytes());
        header[34..36].copy_from_slice(&16u16.to_le_bytes());
        header[36..40].copy_from_slice(b"data");
        header[40..44].copy_from_slice(&self.data_bytes.to_le_bytes());
        self.file.write_all(&header)
    }

    /// Append samples, whole frames. A file ends at 4 GB: further samples are refused. Where the disk takes only a part of them,
    /// that part counts: after a `sync` the file is valid all the same.
    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        let bytes = u32::try_from(samples.len() * 2)
            .ok()
            .and_then(|more| self.data_bytes.checked_add(more));
        let bytes = bytes.filter(|&bytes| bytes < u32::MAX - 36);
        let bytes = bytes.ok_or_else(|| io::Error::other("a WAV file ends at 4 GB"))?;
        self.buffer.clear();
        self.buffer
            .extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        let before = self.data_bytes;
        let mut written = 0;
        while written < self.buffer.len() {
            match self.file.write(&self.buffer[written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(more) => {
                    written += more;
                    let block = usize::from(self.channels * 2);
                    self.data_bytes = before + (written / block * block) as u32;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.data_bytes = bytes;
        Ok(())
    }

    /// Bring the header up to date: the file is valid as it stands. (Syncing to the disk is the caller's.)
    pub fn sync(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.write_header()?;
        self.file.seek(SeekFrom::End(0))?;
        self.file.flush()
    }

    /// What is written to.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.file
    }

    /// Frames (samples of all channels) written so far.
    pub fn frames(&self) -> u64 {
        u64::from(self.data_bytes) / u64::from(self.channels * 2)
    }

    /// Sync and give the file back.
    pub fn finish(mut self) -> io::Result<W> {
        self.sync()?;
        Ok(self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    #[test]
    fn what_is_written_is_read_after_each_sync() {
        let mut writer = WavWriter::new(Cursor::new(Vec::new()), 16_000, 1).unwrap();
        writer.write(&[1, -2, 3]).unwrap();
        writer.sync().unwrap();
        let expected = Wav {
            sample_rate: 16_000,
            samples: vec![1, -2, 3],
        };
        assert_eq!(Wav::parse(writer.file.get_ref()), Ok(expected));
        writer.write(&[4]).unwrap();
        assert_eq!(writer.frames(), 4);
        let file = writer.finish().unwrap().into_inner();
        assert_eq!(Wav::parse(&file).unwrap().samples, [1, -2, 3, 4]);
    }

    /// A disk with room for so many bytes.
    struct Small(Cursor<Vec<u8>>, u64);

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let room = self.1.saturating_sub(self.0.position()) as usize;
            match bytes.len().min(room) {
                0 => Err(io::ErrorKind::StorageFull.into()),
                length => self.0.write(&bytes[..length]),
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Small {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn a_full_disk_leaves_a_file_that_is_played_up_to_there() {
        let disk = Small(Cursor::new(Vec::new()), 44 + 4 * 3 + 1);
        let mut writer = WavWriter::new(disk, 16_000, 2).unwrap();
        let error = writer.write(&[1, 2, 3, 4, 5, 6, 7, 8]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(writer.frames(), 3, "whole frames");
        writer.sync().unwrap();
        let file = writer.file.0.into_inner();
        assert_eq!(file[40..44], 12u32.to_le_bytes());
        assert_eq!(file[44..46], [1, 0]);
    }

    #[test]
    fn what_we_cannot_play_is_named() {
        let stereo = WavWriter::new(Cursor::new(Vec::new()), 44_100, 2)
            .unwrap()
            .finish()
            .unwrap()
            .into_inner();
        let error = Wav::parse(&stereo).unwrap_err();
        assert_eq!(
            error,
            WavError::Unsupported {
                format: 1,
                channels: 2,
                bits: 16,
                sample_rate: 44_100
            }
        );
        assert!(error.to_string().contains("44100"));
        assert_eq!(Wav::parse(b"RIFFxxxxAIFF"), Err(WavError::NotWav));
    }

    #[test]
    fn a_file_that_was_cut_is_played_to_its_end_and_odd_chunks_are_passed_over() {
        let mut file = WavWriter::new(Cursor::new(Vec::new()), 8_000, 1)
            .unwrap()
            .finish()
            .unwrap()
            .into_inner();
        let data = file.split_off(36);
        file.extend([b'L', b'I', b'S', b'T', 3, 0, 0, 0, 1, 2, 3, 0]);
        file.extend(&data[..4]);
        file.extend([0xff, 0xff, 0xff, 0xff, 7, 0, 8, 0]);
        assert_eq!(Wav::parse(&file).unwrap().samples, [7, 8]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut data = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
            data.extend(tail);
            let _ = Wav::parse(&data);
        }
    }
}
