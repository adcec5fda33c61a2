//! The recorder thread: the only one that writes to a disk. Its queue is bounded; what does not fit becomes silence.
//!
//! A file is written every half second, its header right after: it can be played up to there when the worker is killed. When
//! the disk takes no more, what it took can be played, and the recording is over.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};

use switchroom_core::wav::WavWriter;

use crate::protocol::{RecordEndReason, WorkerEvent};

/// Ticks of a recording that are handed over at once: 200 ms.
const GATHERED: u32 = 10;
/// Orders that may wait for the disk: 20 s of 100 recordings.
pub const QUEUE: usize = 10_000;
/// A file is brought up to date so many times a second.
const WRITES: u32 = 2;

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
        /// Samples of silence before: what had no room in the queue.
        missing: usize,
        samples: Vec<i16>,
    },
    Close {
        tap: u32,
    },
}

/// What a recording is written to.
pub trait Medium: Write + Seek {
    /// Waits until it is on the disk.
    ///
    /// # Errors
    /// What the disk says.
    fn settle(&mut self) -> io::Result<()>;
}

impl Medium for File {
    fn settle(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// A new file for a recording. What people said is for nobody else on this machine.
///
/// # Errors
/// There is one already, or the place cannot be written to.
pub fn create(path: &str) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

struct Recording<M: Medium> {
    record: String,
    path: String,
    rate: u32,
    file: WavWriter<M>,
    /// Not written yet, and how much that is to be.
    pending: Vec<i16>,
    block: usize,
}

impl<M: Medium> Recording<M> {
    fn write(&mut self, mut missing: usize, samples: &[i16]) -> io::Result<()> {
        while missing > 0 {
            let silence = missing.min(self.block.saturating_sub(self.pending.len()).max(1));
            self.pending.resize(self.pending.len() + silence, 0);
            missing -= silence;
            self.write_blocks()?;
        }
        self.pending.extend_from_slice(samples);
        self.write_blocks()
    }

    fn write_blocks(&mut self) -> io::Result<()> {
        if self.pending.len() < self.block {
            return Ok(());
        }
        self.write_out()
    }

    fn write_out(&mut self) -> io::Result<()> {
        let written = self.file.write(&self.pending);
        self.pending.clear();
        // The header's place is taken already: that works on a full disk too.
        self.file.sync().and(written)
    }

    fn ended(self, result: io::Result<()>) -> WorkerEvent {
        let duration = self.file.frames() * 1000 / u64::from(self.rate);
        over(self.record, self.path, duration, result)
    }

    fn finish(mut self) -> WorkerEvent {
        let result = self.write_out();
        let result = result.and_then(|()| self.file.get_mut().settle());
        self.ended(result)
    }
}

fn over(record: String, path: String, duration: u64, result: io::Result<()>) -> WorkerEvent {
    let (reason, error) = match result {
        Ok(()) => (RecordEndReason::Finished, String::new()),
        Err(error) => {
            eprintln!("switchroom-media: recording {path}: {error}");
            (RecordEndReason::Disk, error.to_string())
        }
    };
    WorkerEvent::RecordEnded {
        record,
        path,
        duration,
        reason,
        error,
    }
}

/// Carries out orders until their sender is gone; `create` opens files, `tell` gets the end of each recording, and its tap if
/// that was not closed.
pub fn run<M: Medium>(
    orders: &Receiver<Order>,
    create: impl Fn(&str) -> io::Result<M>,
    tell: impl Fn(WorkerEvent, Option<u32>),
) {
    let mut open: HashMap<u32, Recording<M>> = HashMap::new();
    while let Ok(order) = orders.recv() {
        match order {
            Order::Open {
                tap,
                record,
                path,
                channels,
                rate,
            } => match create(&path).and_then(|file| WavWriter::new(file, rate, channels)) {
                Ok(file) => {
                    let recording = Recording {
                        record,
                        path,
                        rate,
                        file,
                        pending: Vec::new(),
                        block: (rate / WRITES) as usize * usize::from(channels),
                    };
                    open.insert(tap, recording);
                }
                Err(error) => tell(over(record, path, 0, Err(error)), Some(tap)),
            },
            Order::Write {
                tap,
                missing,
                samples,
            } => {
                let Some(recording) = open.get_mut(&tap) else {
                    continue;
                };
                if let Err(error) = recording.write(missing, &samples) {
                    if let Some(recording) = open.remove(&tap) {
                        tell(recording.ended(Err(error)), Some(tap));
                    }
                }
            }
            Order::Close { tap } => {
                if let Some(recording) = open.remove(&tap) {
                    tell(recording.finish(), None);
                }
            }
        }
    }
    for (_, recording) in open {
        tell(recording.finish(), None);
    }
}

/// Audio of a recording that waits to be handed over.
#[derive(Default)]
struct Waiting {
    samples: Vec<i16>,
    ticks: u32,
    /// Samples that did not fit: written as silence as soon as there is room.
    missing: usize,
}

/// The engine's end of the queue: never waits.
pub struct Orders {
    sender: SyncSender<Order>,
    waiting: HashMap<u32, Waiting>,
    /// Orders that must not be lost.
    kept: Vec<Order>,
}

impl Orders {
    pub fn new(sender: SyncSender<Order>) -> Self {
        Self {
            sender,
            waiting: HashMap::new(),
            kept: Vec::new(),
        }
    }

    /// Hands over an `Open` or `Close`.
    pub fn order(&mut self, order: Order) {
        if let Order::Close { tap } = order {
            if let Some(waiting) = self.waiting.remove(&tap) {
                self.kept.push(Order::Write {
                    tap,
                    missing: waiting.missing,
                    samples: waiting.samples,
                });
            }
        }
        self.kept.push(order);
        self.retry();
    }

    fn retry(&mut self) {
        while !self.kept.is_empty() {
            match self.sender.try_send(self.kept.remove(0)) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => {}
                Err(TrySendError::Full(order)) => {
                    self.kept.insert(0, order);
                    return;
                }
            }
        }
    }

    /// Hands over audio, some ticks at once, after the silence that stands for what did not fit before.
    pub fn write(&mut self, tap: u32, samples: &[i16]) {
        self.retry();
        let waiting = self.waiting.entry(tap).or_default();
        waiting.samples.extend_from_slice(samples);
        waiting.ticks += 1;
        if waiting.ticks < GATHERED {
            return;
        }
        let length = waiting.samples.len();
        let order = Order::Write {
            tap,
            missing: waiting.missing,
            samples: std::mem::replace(&mut waiting.samples, Vec::with_capacity(length)),
        };
        waiting.ticks = 0;
        let full = !self.kept.is_empty() || self.sender.try_send(order).is_err();
        waiting.missing = if full { waiting.missing + length } else { 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, SeekFrom};
    use std::sync::mpsc::sync_channel;
    use std::sync::{Arc, Mutex};
    use switchroom_core::wav::Wav;

    /// A disk with room for so many bytes that can be looked at while it is written to.
    #[derive(Clone)]
    struct Disk(Arc<Mutex<Cursor<Vec<u8>>>>, usize);

    impl Disk {
        fn of(room: usize) -> Self {
            Disk(Arc::default(), room)
        }

        fn file(&self) -> Vec<u8> {
            self.0.lock().expect("lock").get_ref().clone()
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut file = self.0.lock().expect("lock");
            let room = self.1.saturating_sub(file.position() as usize);
            match bytes.len().min(room) {
                0 => Err(io::ErrorKind::StorageFull.into()),
                length => file.write(&bytes[..length]),
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Disk {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.lock().expect("lock").seek(to)
        }
    }

    impl Medium for Disk {
        fn settle(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn open(orders: &mut Orders) {
        orders.order(Order::Open {
            tap: 1,
            record: "r".into(),
            path: "a.wav".into(),
            channels: 1,
            rate: 8000,
        });
    }

    fn ended(duration: u64, reason: RecordEndReason, error: &str) -> WorkerEvent {
        WorkerEvent::RecordEnded {
            record: "r".into(),
            path: "a.wav".into(),
            duration,
            reason,
            error: error.into(),
        }
    }

    type Told = Vec<(WorkerEvent, Option<u32>)>;

    /// Carries out what waits.
    fn carry_out(receiver: Receiver<Order>, disk: &Disk) -> Told {
        let told = Mutex::new(Vec::new());
        run(
            &receiver,
            |_| Ok(disk.clone()),
            |event, tap| told.lock().expect("lock").push((event, tap)),
        );
        told.into_inner().expect("events")
    }

    #[test]
    fn a_recording_is_whole_though_the_queue_was_full() {
        let disk = Disk::of(1 << 20);
        let (sender, receiver) = sync_channel(2);
        let mut orders = Orders::new(sender);
        open(&mut orders);
        // One order of 200 ms fits beside the opening, two do not.
        for value in 1..=3 {
            for _ in 0..GATHERED {
                orders.write(1, &[value; 160]);
            }
        }
        let (later, all) = sync_channel(10);
        let pass = |receiver: &Receiver<Order>| {
            for order in receiver.try_iter() {
                later.send(order).expect("room");
            }
        };
        pass(&receiver);
        for value in [4; 25] {
            orders.write(1, &[value; 160]);
            pass(&receiver);
        }
        orders.order(Order::Close { tap: 1 });
        pass(&receiver);
        drop(later);
        let told = carry_out(all, &disk);
        let wanted = ended(1_100, RecordEndReason::Finished, "");
        assert_eq!(told, [(wanted, None)]);
        let wav = Wav::parse(&disk.file()).expect("wav");
        let at = |tick: usize| wav.samples[tick * 160 + 80];
        assert_eq!((at(0), at(9), at(10), at(29)), (1, 1, 0, 0));
        assert_eq!((at(30), at(54), wav.samples.len()), (4, 4, 55 * 160));
    }

    #[test]
    fn test_issue_4_a_file_can_be_played_up_to_the_last_half_second_at_any_moment() {
        let disk = Disk::of(1 << 20);
        let (sender, receiver) = sync_channel(100);
        let mut orders = Orders::new(sender);
        open(&mut orders);
        for tick in 0..60 {
            orders.write(1, &[tick; 160]);
        }
        // Killed now: nothing is closed. What was handed over is carried out.
        let played = std::thread::scope(|scope| {
            let seen = disk.clone();
            scope.spawn(move || carry_out(receiver, &seen));
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
            loop {
                let played = Wav::parse(&disk.file()).map_or(0, |wav| wav.samples.len());
                if played >= 8_000 || std::time::Instant::now() > deadline {
                    drop(orders);
                    break played;
                }
                std::thread::yield_now();
            }
        });
        assert!((8_000..=9_600).contains(&played), "{played} of 9600");
    }

    #[test]
    fn test_issue_4_a_full_disk_ends_the_recording_at_once_and_leaves_what_can_be_played() {
        let disk = Disk::of(44 + 2 * 12_345);
        let (sender, receiver) = sync_channel(100);
        let mut orders = Orders::new(sender);
        open(&mut orders);
        for _ in 0..200 {
            orders.write(1, &[7; 160]);
        }
        orders.order(Order::Close { tap: 1 });
        drop(orders);
        let told = carry_out(receiver, &disk);
        let error = io::Error::from(io::ErrorKind::StorageFull).to_string();
        let wanted = ended(12_345 / 8, RecordEndReason::Disk, &error);
        assert_eq!(told, [(wanted, Some(1))], "once, and with the tap to end");
        let wav = Wav::parse(&disk.file()).expect("wav");
        assert_eq!(wav.samples, vec![7; 12_345]);
    }

    #[test]
    fn a_file_that_cannot_be_made_is_told_at_once() {
        let (sender, receiver) = sync_channel(8);
        let mut orders = Orders::new(sender);
        open(&mut orders);
        drop(orders);
        let told = Mutex::new(Vec::new());
        run(
            &receiver,
            |_| create("/nowhere/at/all.wav"),
            |event, tap| told.lock().expect("lock").push((event, tap)),
        );
        let told = told.into_inner().expect("events");
        assert!(
            matches!(
                &told[..],
                [(WorkerEvent::RecordEnded { error, reason: RecordEndReason::Disk, .. }, Some(1))]
                    if !error.is_empty()
            ),
            "{told:?}"
        );
    }
}
