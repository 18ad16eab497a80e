//! What readers get: first when they come, then whenever they wake.

use std::time::{Duration, Instant};

use crate::model::event::{EventId, RedisHealth, names};
use crate::server::hub::frame;
use crate::server::hub::ring::Piece;
use crate::server::hub::state::State;
use crate::server::metrics::Resume;

/// How long new readers share what they get first: it tells the time, which may be wrong by this much.
const SHARED_FOR: Duration = Duration::from_millis(50);

impl State {
    /// What a new reader gets before anything else, and whether that is all; `None` while the log was never read. What
    /// changed since a place before the first snapshot is not known: that says what is there, not what is gone.
    pub fn opening(&mut self, after: Option<&EventId>) -> Option<(Piece, Resume)> {
        let position = self.position.as_ref()?;
        let is_known = self.begun_at..=position.entry;
        let is_ours = |after: &&EventId| after.epoch == position.epoch && is_known.contains(&after.entry);
        match after.filter(is_ours) {
            Some(after) => {
                let states = self.past.after(after.entry).map(|states| frame::named(names::STATES, None, &states));
                let states = states.map(Piece::event);
                let changed = Piece::joined(states.iter().chain(self.newest.after(after.entry)));
                Some((self.opened_with(changed)?, Resume::Incremental))
            }
            None => Some((self.full_opening()?, Resume::Full)),
        }
    }

    /// A storm of new readers shares the same bytes.
    fn full_opening(&mut self) -> Option<Piece> {
        if let Some((opening, made)) = &self.opening
            && made.elapsed() < SHARED_FOR
        {
            return Some(opening.clone());
        }
        let full = self.full_frame()?;
        let opening = self.opened_with(full)?;
        self.opening = Some((opening.clone(), Instant::now()));
        Some(opening)
    }

    fn opened_with(&self, content: Piece) -> Option<Piece> {
        let preamble = Piece { bytes: frame::preamble(), ..Piece::default() };
        let ping = Piece::event(self.ping_frame()?);
        let pieces = [&preamble, &content].into_iter().chain(&self.lanes).chain([&ping]);
        Some(Piece { logged: None, ..Piece::joined(pieces) })
    }

    /// Everything after the frame `cursor`.
    pub fn frames_since(&mut self, cursor: u64) -> Piece {
        if let Some(piece) = self.ring.since(cursor) {
            return piece;
        }
        self.metrics.conflated();
        if let Some(piece) = self.ring.shared(cursor) {
            return piece;
        }
        // Many readers may fall off at once, at the same frame.
        let piece = self.conflated_since(cursor);
        self.ring.share(cursor, piece.clone());
        piece
    }

    /// What a reader gets that fell off the ring: the newest frame of each service that changed, or the full message if
    /// everything became void meanwhile.
    fn conflated_since(&mut self, cursor: u64) -> Piece {
        let health = frame::named(names::REDIS, None, &RedisHealth { connected: self.redis_connected });
        let health = Piece::event(health);
        if cursor <= self.reset_at {
            let full = self.full_frame();
            return Piece::joined(full.iter().chain(&self.lanes).chain([&health]));
        }
        Piece::joined(self.newest.since(cursor).into_iter().chain(&self.lanes).chain([&health]))
    }
}
