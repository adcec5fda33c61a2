//! The recorder thread: the only one that writes to a disk. Its queue is bounded; what does not fit becomes silence.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use switchroom_core::wav::WavWriter;

use crate::protocol::{RecordEndReason, WorkerEvent};

/// Frames that may wait for the disk: 20 s of 400 recordings.
pub const QUEUE: usize = 400_000 / 20;
/// A recording is brought up to date on the disk this often.
const SYNC: Duration = Duration::from_secs(5);

/// What the recorder is told.
pub enum Order {
    Open {
        tap: u32,
        record: String,
        path: String,
        channels: u16,
        rate: u32,
    },
    Write {
        tap: u32,
        samples: Vec<i16>,
    },
    Close {
        tap: u32,
    },
}

struct Recording {
    record: String,
    path: String,
    rate: u32,
    file: io::Result<WavWriter<BufWriter<File>>>,
    synced: Instant,
}

impl Recording {
    fn write(&mut self, samples: &[i16]) {
        let Ok(file) = &mut self.file else { return };
        let written = file.write(samples).and_then(|()| {
            if self.synced.elapsed() < SYNC {
                return Ok(());
            }
            self.synced = Instant::now();
            file.sync()
        });
        if let Err(error) = written {
            eprintln!("switchroom-media: recording {}: {error}", self.path);
            self.file = Err(error);
        }
    }

    fn finish(self) -> WorkerEvent {
        let result = self.file.and_then(|file| {
            let frames = file.frames();
            let file = file.finish()?;
            file.into_inner()
                .map_err(io::IntoInnerError::into_error)?
                .sync_all()?;
            Ok(frames * 1000 / u64::from(self.rate))
        });
        let (duration, reason, error) = match result {
            Ok(duration) => (duration, RecordEndReason::Finished, String::new()),
            Err(error) => (0, RecordEndReason::Disk, error.to_string()),
        };
        WorkerEvent::RecordEnded {
            record: self.record,
            path: self.path,
            duration,
            reason,
            error,
        }
    }
}

/// Carries out orders until their sender is gone; `tell` gets the ends.
pub fn run(orders: &Receiver<Order>, tell: impl Fn(WorkerEvent)) {
    let mut open: HashMap<u32, Recording> = HashMap::new();
    while let Ok(order) = orders.recv() {
        match order {
            Order::Open {
                tap,
                record,
                path,
                channels,
                rate,
            } => {
                // What people said is for nobody else on this machine.
                let file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)
                    .and_then(|f| WavWriter::new(BufWriter::new(f), rate, channels));
                open.insert(
                    tap,
                    Recording {
                        record,
                        path,
                        rate,
                        file,
                        synced: Instant::now(),
                    },
                );
            }
            Order::Write { tap, samples } => {
                if let Some(recording) = open.get_mut(&tap) {
                    recording.write(&samples);
                }
            }
            Order::Close { tap } => {
                if let Some(recording) = open.remove(&tap) {
                    tell(recording.finish());
                }
            }
        }
    }
    for (_, recording) in open {
        tell(recording.finish());
    }
}

/// The engine's end of the queue: never waits.
pub struct Orders {
    sender: SyncSender<Order>,
    /// Samples that did not fit, by tap: written as silence as soon as there is room.
    missing: HashMap<u32, usize>,
    /// Orders that must not be lost.
    waiting: Vec<Order>,
}

impl Orders {
    pub fn new(sender: SyncSender<Order>) -> Self {
        Self {
            sender,
            missing: HashMap::new(),
            waiting: Vec::new(),
        }
    }

    /// Hands over an `Open` or `Close`.
    pub fn order(&mut self, order: Order) {
        self.waiting.push(order);
        self.retry();
    }

    fn retry(&mut self) {
        while !self.waiting.is_empty() {
            match self.sender.try_send(self.waiting.remove(0)) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => {}
                Err(TrySendError::Full(order)) => {
                    self.waiting.insert(0, order);
                    return;
                }
            }
        }
    }

    /// Hands over audio, after the silence that stands for what did not fit before.
    pub fn write(&mut self, tap: u32, samples: Vec<i16>) {
        self.retry();
        let missing = self.missing.remove(&tap).unwrap_or(0);
        let length = missing + samples.len();
        let samples = if missing == 0 {
            samples
        } else {
            [vec![0; missing], samples].concat()
        };
        if !self.waiting.is_empty() || self.sender.try_send(Order::Write { tap, samples }).is_err()
        {
            self.missing.insert(tap, length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;
    use std::sync::Mutex;
    use switchroom_core::wav::Wav;

    #[test]
    fn a_recording_is_whole_though_the_queue_was_full() {
        let directory =
            std::env::temp_dir().join(format!("switchroom-recorder-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("directory");
        let path = directory.join("a.wav").to_string_lossy().into_owned();
        let (sender, receiver) = sync_channel(2);
        let mut orders = Orders::new(sender);
        orders.order(Order::Open {
            tap: 1,
            record: "r".into(),
            path: path.clone(),
            channels: 1,
            rate: 8000,
        });
        for value in 1..=4 {
            orders.write(1, vec![value; 160]);
        }
        let told = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            let tell = |event| told.lock().expect("lock").push(event);
            scope.spawn(move || run(&receiver, tell));
            std::thread::sleep(Duration::from_millis(50));
            orders.write(1, vec![5; 160]);
            std::thread::sleep(Duration::from_millis(50));
            orders.order(Order::Close { tap: 1 });
            drop(orders);
        });
        let told = told.into_inner().expect("events");
        let expected = WorkerEvent::RecordEnded {
            record: "r".into(),
            path: path.clone(),
            duration: 100,
            reason: RecordEndReason::Finished,
            error: String::new(),
        };
        assert_eq!(told, [expected]);
        let wav = Wav::parse(&std::fs::read(&path).expect("file")).expect("wav");
        assert_eq!(
            (wav.samples[0], wav.samples[160], wav.samples[799]),
            (1, 0, 5)
        );
        std::fs::remove_dir_all(&directory).expect("remove");
    }

    #[test]
    fn a_file_that_cannot_be_made_is_told_and_nothing_is_overwritten() {
        let (sender, receiver) = sync_channel(8);
        let open = |path: &str| Order::Open {
            tap: 1,
            record: "r".into(),
            path: path.into(),
            channels: 1,
            rate: 8000,
        };
        sender.send(open("/nowhere/at/all.wav")).expect("send");
        sender.send(Order::Close { tap: 1 }).expect("send");
        drop(sender);
        let told = Mutex::new(Vec::new());
        run(&receiver, |event| told.lock().expect("lock").push(event));
        let told = told.into_inner().expect("events");
        assert!(
            matches!(&told[..], [WorkerEvent::RecordEnded { error, .. }] if !error.is_empty()),
            "{told:?}"
        );
    }
}
