//! A connection that brings lines: evaluated as stdin is, each connection by itself. Nothing is acknowledged: what the sender wrote
//! and we had not read when one of us died is lost.

use std::io::{self, Read};
use std::sync::Arc;

use afterhours::filter::FilterError;
use afterhours::input_kind::RecordSearch;

use crate::server::connections::ServerState;
use crate::server::listener::Stream;

use crate::input::compression::sniff::{FormatSniffer, UnsupportedFormat};
use crate::server::connection_sink::ConnectionSink;
use crate::server::output_queue::ShutdownReason;

pub(super) fn serve(state: &Arc<ServerState>, stream: &Arc<Stream>, from: Arc<str>) {
    let mut filter = state.filter();
    let (output, router) = (Arc::clone(&state.output), state.router.clone());
    let connection = Some(Arc::clone(stream));
    let mut sink = ConnectionSink::new(output, router, Arc::clone(&from), connection, filter.policy());
    let mut input = Input {
        stream,
        state,
        sniffer: FormatSniffer::default(),
        search: RecordSearch::default(),
        broken: None,
        no_text: None,
    };
    let ended = filter.run(&mut input, &mut sink, || false);
    if let Some(error) = input.broken {
        state.say_seldom(
            "broken",
            &format!("{from}: the connection broke: {error}; what had come was judged"),
        );
    }
    let foreign = input.search.finding(true);
    let no_text = input.no_text.or_else(|| foreign.as_ref().and_then(|_| input.sniffer.at_the_end()));
    let is_text = no_text.is_none();
    if let Some(UnsupportedFormat { name, tool }) = no_text {
        state.say_seldom(
            "no text",
            &format!(
                "{from}: what was sent is {name}, and lines of UTF-8 text are read here; the connection was closed; \
                 {tool} makes text of it"
            ),
        );
    }
    if let Some(what) = foreign.filter(|_| is_text && filter.stats().sign_ins == 0) {
        state.say_seldom("no records", &format!("{from}: {what}"));
    }
    // What was decided is owed, whatever came after it. Where it cannot go out, who writes says so.
    let _ = sink.settle();
    state.output.count(filter.stats());
    match ended {
        Ok(()) | Err(FilterError::Read(_) | FilterError::Sink(_)) => {}
        Err(FilterError::Unreadable { line_number, error }) => {
            let what = format!("{from}:{line_number}: may be a sign-in and cannot be read: {error}");
            state.output.close(ShutdownReason::Unreadable(what));
        }
    }
}

struct Input<'h> {
    stream: &'h Stream,
    state: &'h ServerState,
    sniffer: FormatSniffer,
    search: RecordSearch,
    broken: Option<io::Error>,
    no_text: Option<UnsupportedFormat>,
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match (&mut { self.stream }).read(buffer) {
                Ok(count) => {
                    self.state.stirred();
                    self.no_text = self.sniffer.see(&buffer[..count]).err();
                    self.search.see(&buffer[..count]);
                    // The end: a peer that goes on sending finds the connection closed.
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
