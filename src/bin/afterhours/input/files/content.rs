//! One input, whatever it is packed in: its text is evaluated, or that of each member of its tar. Says what is to be said about
//! it. Knows layers and members. Knows nothing of threads or of who evaluates.

use std::io::{self, Cursor, Read};
use std::rc::Rc;

use afterhours::filter::FilterError;
use afterhours::input_kind::RecordSearch;

use crate::input::compression::codec::{damage, is_damage};
use crate::input::compression::layer_state::LayerState;
use crate::input::compression::layers::{self, Content};
use crate::input::compression::tar::{Member, MemberError, MemberErrors, read_members};
use crate::sys::messages::say;

/// What is to be said about an input when its turn comes, besides what its lines say.
#[derive(Debug, Default)]
pub(crate) struct InputReport {
    /// In the order in which it is said.
    pub(crate) notes: Vec<String>,
    /// Members of a tar that could not be read.
    pub(crate) members: MemberErrors,
    /// Something was not evaluated for certain.
    pub(crate) incomplete: bool,
    /// Whether it holds records at all.
    pub(crate) search: RecordSearch,
    /// The name of a stream: it may never end, so that it has none is said as soon as it is known.
    pub(crate) live: Option<String>,
    /// That was said.
    pub(crate) said: bool,
}

impl InputReport {
    /// The filter found so many sign-ins: whatever their spelling, there are records.
    pub(crate) fn counted(&mut self, sign_ins: u64) {
        if sign_ins > 0 {
            self.search = RecordSearch::succeeded();
        }
    }

    /// Adds what the layers of an input noticed.
    fn layers(&mut self, state: &LayerState, member: Option<&str>) {
        let Some(encoding) = state.encoding() else { return };
        let what = member.map_or_else(|| "the input".to_owned(), |name| format!("the member {name}"));
        let name = encoding.name;
        self.notes.push(match encoding.marked {
            true => format!("{what} is {name} and was converted to UTF-8"),
            false => {
                self.incomplete = true;
                format!(
                    "{what} has no byte order mark and looks like {name}; it was converted to UTF-8 from that (to be certain, \
                     run: iconv -f {name} -t UTF-8 FILE | afterhours)"
                )
            }
        });
        if state.replaced() {
            self.notes.push(format!("{what} is not valid {name} everywhere; U+FFFD stands for what is not"));
        }
    }
}

/// A text that is looked at as it is read.
pub(crate) fn watched<'r>(text: &'r mut dyn Read, report: &'r mut InputReport) -> impl Read + 'r {
    Watched { text, report }
}

/// Looks at a text as it is read.
struct Watched<'r> {
    text: &'r mut dyn Read,
    report: &'r mut InputReport,
}

impl Read for Watched<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(room)?;
        let InputReport { search, live, said, .. } = &mut *self.report;
        search.see(&room[..count]);
        if let Some(name) = live
            && search.is_enough()
            && !*said
            && let Some(what) = search.finding(false)
        {
            *said = true;
            say(&format!("{name}: {what}"));
        }
        Ok(count)
    }
}

/// Evaluates the texts of an input.
pub(crate) trait TextSink {
    /// Evaluates a text to its end.
    fn text(&mut self, text: &mut dyn Read) -> Result<(), FilterError>;

    /// A member of a tar comes next.
    fn member(&mut self, name: &str);

    /// Evaluates a member at once, if it is small; else returns what was read of it.
    fn at_once(
        &mut self,
        _data: &mut dyn Read,
        _search: &mut RecordSearch,
    ) -> Result<Option<Vec<u8>>, FilterError> {
        Ok(Some(Vec::new()))
    }

    /// Nobody wants more.
    fn stopped(&self) -> bool;
}

/// Evaluates an input to its end.
pub(crate) fn evaluate<'r>(
    source: impl Read + 'r,
    sink: &mut dyn TextSink,
    report: &mut InputReport,
) -> Result<(), FilterError> {
    let state = Rc::new(LayerState::default());
    let result = match layers::open(source, &state).map_err(FilterError::Read)? {
        Content::Text(mut text) => sink.text(&mut Watched { text: &mut text, report }),
        Content::Tar(tar) => {
            let (result, members) = read_members(tar, |member| evaluate_member(member, sink, report));
            report.members = members;
            result
        }
    };
    report.layers(&state, None);
    let result = match (result, state.take_error()) {
        // The tar is truncated because its compression is.
        (Err(FilterError::Read(error)), Some(cause)) if is_damage(&error) => Err(FilterError::Read(cause)),
        (Ok(()), Some(error)) => Err(FilterError::Read(error)),
        (result, _) => result,
    };
    if result.is_err() {
        // That it could not be read is enough to be said.
        report.search = RecordSearch::succeeded();
    }
    result
}

fn evaluate_member(
    member: Member<'_>,
    sink: &mut dyn TextSink,
    report: &mut InputReport,
) -> Result<(), MemberError> {
    let Member { name, data } = member;
    if sink.stopped() {
        return Err(MemberError::Stop(Ok(())));
    }
    let failed = |error| match error {
        FilterError::Read(error) => MemberError::Unread(error),
        FilterError::Unreadable { line_number, error } => {
            let error = format!("{error} (in the member {name})");
            MemberError::Stop(Err(FilterError::Unreadable { line_number, error }))
        }
        error => MemberError::Stop(Err(error)),
    };
    sink.member(&name);
    let Some(beginning) = sink.at_once(data, &mut report.search).map_err(failed)? else { return Ok(()) };
    let state = Rc::new(LayerState::default());
    let whole = Cursor::new(beginning).chain(data);
    match layers::open(whole, &state).map_err(MemberError::Unread)? {
        Content::Text(mut text) => {
            sink.text(&mut Watched { text: &mut text, report }).map_err(failed)?;
        }
        Content::Tar(_) => {
            return Err(MemberError::Unread(damage(
                "it is a tar itself, which is not read; unpack it first",
            )));
        }
    }
    report.layers(&state, Some(&name));
    state.take_error().map_or(Ok(()), |error: io::Error| Err(MemberError::Unread(error)))
}
