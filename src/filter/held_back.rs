//! What is passed on of a line that holds several values, until it is known whether one of them is a
//! sign-in: a line without one is passed on whole.

use std::io;

use crate::filter::{Event, Sink};

/// A sink in front of another.
pub(super) struct HeldBack<'s> {
    sink: &'s mut dyn Sink,
    held: Vec<u8>,
    released: bool,
}

impl<'s> HeldBack<'s> {
    pub(super) fn new(sink: &'s mut dyn Sink) -> Self {
        HeldBack { sink, held: Vec::new(), released: false }
    }

    /// Whether something of the line was handed out by itself.
    pub(super) fn is_released(&self) -> bool {
        self.released
    }
}

impl Sink for HeldBack<'_> {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::PassedOn(bytes) if !self.released => {
                self.held.extend_from_slice(bytes);
                return Ok(());
            }
            Event::SignIn(_) | Event::Unreadable { forward: true, .. } if !self.released => {
                self.released = true;
                self.sink.accept(Event::PassedOn(&self.held))?;
            }
            _ => {}
        }
        self.sink.accept(event)
    }
}
