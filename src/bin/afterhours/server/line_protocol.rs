//! A connection that brings lines: judged as stdin is, each connection by itself. Nothing is acknowledged: what the sender wrote
//! and we had not read when one of us died is lost.

use std::io::{self, Read};
use std::sync::Arc;

use afterhours::filter::Stop;

use crate::server::connections::Hall;
use crate::server::listener::Stream;

use crate::input::compression::sniff::{FormatSniffer, UnsupportedFormat};
use crate::server::connection_sink::Taker;
use crate::server::output_queue::End;

pub(super) fn serve(hall: &Arc<Hall>, stream: &Arc<Stream>, from: Arc<str>) {
    let mut filter = hall.filter();
    let (outlet, router) = (Arc::clone(&hall.outlet), hall.router.clone());
    let connection = Some(Arc::clone(stream));
    let mut taker = Taker::new(outlet, router, Arc::clone(&from), connection, filter.policy());
    let mut input = Input { stream, hall, sniffer: FormatSniffer::default(), broken: None, no_text: None };
    let ended = filter.run(&mut input, &mut taker, || false);
    if let Some(error) = input.broken {
        hall.say_seldom(
            "broken",
            &format!("{from}: the connection broke: {error}; what had come was judged"),
        );
    }
    if let Some(UnsupportedFormat { name, tool }) = input.no_text {
        hall.say_seldom(
            "no text",
            &format!(
                "{from}: what was sent is {name}, and lines of UTF-8 text are read here; the connection was closed; \
                 {tool} makes text of it"
            ),
        );
    }
    // What was decided is owed, whatever came after it. Where it cannot go out, who writes says so.
    let _ = taker.settle();
    hall.outlet.count(filter.stats());
    match ended {
        Ok(()) | Err(Stop::Read(_) | Stop::Sink(_)) => {}
        Err(Stop::Unreadable { line_number, error }) => {
            let what = format!("{from}:{line_number}: may be a sign-in and cannot be read: {error}");
            hall.outlet.close(End::Unreadable(what));
        }
    }
}

struct Input<'h> {
    stream: &'h Stream,
    hall: &'h Hall,
    sniffer: FormatSniffer,
    broken: Option<io::Error>,
    no_text: Option<UnsupportedFormat>,
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match (&mut { self.stream }).read(buffer) {
                Ok(count) => {
                    self.hall.stirred();
                    self.no_text = self.sniffer.see(&buffer[..count]).err();
                    // An end: whoever goes on sending finds the connection closed.
                    return Ok(if self.no_text.is_some() { 0 } else { count });
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The end, and what came before it counts.
                Err(error) => {
                    self.broken = Some(error);
                    return Ok(0);
                }
            }
        }
    }
}
