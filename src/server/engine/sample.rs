//! What the first lines of a log say of the whole: its format, whether it carries clocks, whether its times are whole.

use super::input::Reading;
use crate::log::entry::{Entry, Inferred};
use crate::log::format::{Detection, Format, detect};
use crate::log::lines;
use crate::log::order::Domain;
use crate::log::time::{Clockwork, Zone};

use super::entries::{Entries, last_time};

/// Lines by which a format is detected.
pub const LINES_MAX: usize = 400;
/// The clock domain of Lamport values.
const LAMPORT: Domain = Domain(0);
/// The clock domain of vector clocks, counted by the sum of their components.
const VECTOR: Domain = Domain(1);

/// What was learned from the beginning of a log.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The format and why it is that.
    pub detection: Detection,
    /// Whose clocks its clocks may be compared with; none where no entry carries one.
    pub domain: Option<Domain>,
    /// The first time in it, where that is written in full: nanoseconds since 1970.
    pub first_time: Option<i64>,
    /// The share of the entries that say when.
    pub timed_share: f32,
    /// What the times leave out.
    pub inferred: Inferred,
    /// Completes its times; knows when the machine started, where times count from there.
    pub clockwork: Clockwork,
    /// The zone of times that name none.
    pub zone: Zone,
    /// No line is younger: nanoseconds since 1970.
    pub reference_nanos: i64,
    /// Where the first entries stand in the sample.
    pub first_entry: Vec<u8>,
}

impl Sample {
    /// Learns from `head`, the beginning of a log, whose lines are not younger than `reference_nanos` (since 1970).
    #[must_use]
    pub fn of(head: &[u8], reference_nanos: i64, reading: &Reading) -> Self {
        let lines: Vec<_> = lines::forward(head).take(LINES_MAX).map(|line| line.text).collect();
        let detection = match &reading.format {
            Some(format) => Detection { format: format.learn(&lines), score: 1.0, why: "asked for".into() },
            None => detect(&lines, &reading.own),
        };
        let clockwork = Clockwork::new(reference_nanos, reading.zone.clone());
        let mut sample = Self {
            detection,
            domain: None,
            first_time: None,
            timed_share: 0.0,
            inferred: Inferred::default(),
            clockwork,
            zone: reading.zone.clone(),
            reference_nanos,
            first_entry: Vec::new(),
        };
        sample.look_at(head);
        sample.reckon_boot(head);
        sample
    }

    /// Where times count from when the machine started: that was so long ago that the last one is not younger than the log.
    fn reckon_boot(&mut self, head: &[u8]) {
        if !self.clockwork.counts_from_boot() {
            return;
        }
        let mut since_boot = self.clockwork.clone();
        since_boot.set_boot(0);
        if let Ok(nanos) = last_time(Entries::of(&self.detection.format, head), true, &since_boot) {
            self.clockwork.set_boot(self.reference_nanos.saturating_sub(nanos));
        }
    }

    fn look_at(&mut self, head: &[u8]) {
        let format: &Format = &self.detection.format;
        let mut room = Entry::default();
        let (mut entries, mut timed) = (0_u16, 0_u16);
        for (number, range) in Entries::of(format, head).take(LINES_MAX).enumerate() {
            let entry = format.parse(&head[range.clone()], &mut self.clockwork, room);
            if number == 0 || (number == 1 && entry.time.is_some() && timed == 0) {
                self.first_entry = head[range].to_vec();
            }
            if let Some(clock) = entry.clock {
                self.domain = Some(if clock.is_vector { VECTOR } else { LAMPORT });
            }
            if let Some(time) = entry.time {
                let inferred = time.inferred;
                self.inferred.year |= inferred.year;
                self.inferred.date |= inferred.date;
                self.inferred.zone |= inferred.zone;
                if timed == 0 && !inferred.year && !inferred.date {
                    self.first_time = Some(time.nanos);
                }
                timed += 1;
            }
            room = entry.recycle(&[]);
            entries += 1;
        }
        self.timed_share = f32::from(timed) / f32::from(entries.max(1));
    }

    /// Whether a time's day depends on the entries around it.
    #[must_use]
    pub const fn lacks_days(&self) -> bool {
        self.inferred.year || self.inferred.date
    }

    /// A clockwork for a stretch of the log whose following entries are at `reference_nanos`.
    #[must_use]
    pub fn clockwork_before(&self, reference_nanos: i64) -> Clockwork {
        let mut clockwork = self.clockwork.clone();
        clockwork.seek(reference_nanos);
        clockwork
    }
}
