//! Who evaluates what, and whose turn it is to be written. Workers claim files, and slices of large files, always the first that is
//! not claimed yet: so nobody is idle while there is work, and what is written next is always in somebody's hands. What was evaluated
//! waits here for its turn, in bounded memory: who has the turn never waits for others, and everybody else does when
//! too much waits.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use afterhours::filter::{FilterError, Stats};

use crate::input::files::chunks::Chunks;
use crate::input::files::content::InputReport;
use crate::input::source::{Inputs, Source};
use crate::output::buffered::BufferedFindings;

/// How many bytes may wait for their turn.
const WAITING: usize = 3 << 20;
/// How many bytes may wait of what has its turn: they are being written.
const WRITING: usize = 1 << 20;
/// What is waiting takes so many bytes of memory besides its output.
const BESIDES: usize = 512;
/// So many files may be claimed and not written yet.
const AHEAD: usize = 512;
/// After so many files in which nothing was found, who writes is called to strike them off the list.
const QUIET: usize = 64;
/// Buffers that are kept for use again, and how large they may have grown, in bytes.
const SPARE: usize = 40;
const SPARE_SIZE: usize = 512 << 10;

/// A file, in the order of the list, and a slice of it if it is evaluated in slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TaskId {
    pub(super) file: u64,
    pub(super) slice: Option<u64>,
}

/// An input, and its chunks if it is evaluated in chunks.
type InputAndChunks = (Arc<dyn Source>, Option<Arc<Chunks>>);

/// What a worker is to do.
pub(super) enum Task {
    File(TaskId, Arc<dyn Source>),
    Slice(TaskId, Arc<Chunks>),
}

/// How a file or slice ended.
pub(super) enum TaskResult {
    /// The file was evaluated to its end, or to where it could not be read on.
    Whole { stats: Stats, result: Result<(), FilterError>, report: InputReport },
    /// The slice was evaluated: how many lines it had, and where in the file it ends. If a value
    /// `spans` lines there, the slices behind it cannot be evaluated by themselves.
    Slice { stats: Stats, result: Result<(), FilterError>, lines: u64, end: u64, spans: bool, shrank: bool },
    /// It is left to who writes: a pipe, which may wait for ever; or from this slice on, the large file.
    Left,
}

/// What comes out of [`Scheduler::take`].
#[expect(clippy::large_enum_variant, reason = "one at a time, handed on at once")]
pub(super) enum Completed {
    /// Findings, and perhaps the end of their file or slice.
    Handed { turn: TaskId, findings: BufferedFindings, done: Option<TaskResult> },
    /// None came in that time.
    Nothing,
    /// Everything was taken.
    Over,
}

pub(super) struct Scheduler<'i> {
    /// Locked before `state` where both are.
    list: Mutex<&'i mut Inputs<'i>>,
    state: Mutex<State>,
    /// For workers: there is room, or work.
    changed: Condvar,
    /// For who writes: something came.
    came: Condvar,
    stopped: AtomicBool,
    ordered: bool,
}

#[derive(Default)]
struct State {
    claimed: u64,
    /// The list is at its end.
    listed: bool,
    /// Files that were claimed and may turn out to be evaluated in slices.
    looked_at: usize,
    /// The files of which slices are left to be claimed, and the first of them.
    sliced: BTreeMap<u64, (Arc<Chunks>, u64)>,
    /// The files that are not written to their end.
    files: BTreeMap<u64, Waiting>,
    /// The bytes that wait.
    bytes: usize,
    spare: Vec<BufferedFindings>,
    /// Who waits: to call when nobody does costs a look at the kernel.
    workers_wait: usize,
    writer_waits: bool,
    /// What came since who writes saw nothing to do: ends of files without findings, and whether there was anything else.
    quiet: usize,
    loud: bool,
}

/// A file on its way.
struct Waiting {
    source: Arc<dyn Source>,
    /// The slice that is written next.
    next: u64,
    ready: BTreeMap<u64, VecDeque<(BufferedFindings, Option<TaskResult>)>>,
    /// The bytes that wait of the slice that is written next, or of the file.
    bytes: usize,
    /// What is evaluated in slices.
    slices: Option<Arc<Chunks>>,
}

impl<'i> Scheduler<'i> {
    /// `ordered` says whether files are written in the order of the list; slices of a file always are in order.
    pub(super) fn new(inputs: &'i mut Inputs<'i>, ordered: bool) -> Self {
        let (list, state) = (Mutex::new(inputs), Mutex::default());
        let (changed, came) = (Condvar::new(), Condvar::new());
        Scheduler { list, state, changed, came, stopped: AtomicBool::new(false), ordered }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next file or slice; `None` when there is none and will be none. Who claims a file says with [`Scheduler::looked`] what it
    /// is.
    pub(super) fn claim(&self) -> Option<Task> {
        loop {
            if let Some(claim) = self.claim_slice()? {
                return Some(claim);
            }
            let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
            let next = list.next();
            let mut state = self.lock();
            let Some(source) = next else {
                state.listed = true;
                // Perhaps all is written already, and who writes waits for more.
                self.came.notify_one();
                self.call(state);
                continue;
            };
            let (file, source) = (state.claimed, Arc::<dyn Source>::from(source));
            state.claimed += 1;
            state.looked_at += 1;
            state.files.insert(file, Waiting::new(Arc::clone(&source)));
            return Some(Task::File(TaskId { file, slice: None }, source));
        }
    }

    /// A slice of the first file that has some left; `Some(None)` where a file is to be claimed.
    fn claim_slice(&self) -> Option<Option<Task>> {
        let mut state = self.lock();
        loop {
            if self.stopped() {
                return None;
            }
            if let Some(mut first) = state.sliced.first_entry() {
                let (slices, next) = first.get_mut();
                let (slices, slice) = (Arc::clone(slices), *next);
                *next += 1;
                let file = *first.key();
                if slice + 1 == slices.count() {
                    first.remove();
                }
                return Some(Some(Task::Slice(TaskId { file, slice: Some(slice) }, slices)));
            }
            if state.listed && state.looked_at == 0 {
                return None;
            }
            if !state.listed && state.files.len() < AHEAD {
                return Some(None);
            }
            state = self.wait(state);
        }
    }

    /// A claimed file was looked at; if it is to be evaluated in slices, by everybody.
    pub(super) fn looked(&self, file: u64, slices: Option<Chunks>) {
        let mut state = self.lock();
        state.looked_at -= 1;
        if let Some(slices) = slices.map(Arc::new) {
            state.files.entry(file).and_modify(|waiting| waiting.slices = Some(Arc::clone(&slices)));
            state.sliced.insert(file, (slices, 0));
        } else if !state.listed {
            return;
        }
        self.call(state);
    }

    /// Calls the workers.
    fn call(&self, state: MutexGuard<'_, State>) {
        let anybody = state.workers_wait > 0;
        drop(state);
        if anybody {
            self.changed.notify_all();
        }
    }

    fn wait<'s>(&self, mut state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        state.workers_wait += 1;
        state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.workers_wait -= 1;
        state
    }

    /// Takes findings, waiting until there is room, and leaves an empty buffer in their place. Says whether anybody wants them.
    pub(super) fn put(
        &self,
        turn: TaskId,
        findings: &mut BufferedFindings,
        done: Option<TaskResult>,
    ) -> bool {
        let slice = turn.slice.unwrap_or(0);
        let mut state = self.lock();
        loop {
            if self.stopped() {
                return false;
            }
            let first =
                !self.ordered || state.files.first_key_value().is_some_and(|(&file, _)| file == turn.file);
            let Some(waiting) = state.files.get(&turn.file) else { return false };
            let may = if first && waiting.next == slice {
                waiting.bytes <= WRITING
            } else {
                state.bytes <= WAITING
            };
            if may {
                break;
            }
            state = self.wait(state);
        }
        match &done {
            Some(TaskResult::Whole { result: Ok(()), .. }) if findings.is_empty() => state.quiet += 1,
            _ => state.loud = true,
        }
        let size = findings.size() + BESIDES;
        state.bytes += size;
        // Where nothing was found, the buffer is for what comes next: most files of an archive are such.
        let mut handed = BufferedFindings::default();
        if !findings.is_empty() {
            handed = std::mem::replace(findings, state.spare.pop().unwrap_or_default());
        }
        let Some(waiting) = state.files.get_mut(&turn.file) else { return false };
        if waiting.next == slice {
            waiting.bytes += size;
        }
        waiting.ready.entry(slice).or_default().push_back((handed, done));
        let call = state.writer_waits && (state.loud || state.quiet >= QUIET || state.listed);
        drop(state);
        if call {
            self.came.notify_one();
        }
        true
    }

    /// What is to be written next; waits for it for so long.
    pub(super) fn take(&self, patience: Duration) -> Completed {
        let mut state = self.lock();
        let mut waited = patience.is_zero();
        loop {
            let most = if self.ordered { 1 } else { usize::MAX };
            let ready = |(file, waiting): (&u64, &Waiting)| {
                waiting.ready.contains_key(&waiting.next).then_some(*file)
            };
            if let Some(file) = state.files.iter().take(most).find_map(ready) {
                return self.pop(state, file);
            }
            if state.listed && state.files.is_empty() {
                return Completed::Over;
            }
            if waited {
                return Completed::Nothing;
            }
            (state.quiet, state.loud, state.writer_waits) = (0, false, true);
            let (again, result) =
                self.came.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner);
            (state, waited) = (again, result.timed_out());
            state.writer_waits = false;
        }
    }

    fn pop(&self, mut state: MutexGuard<'_, State>, file: u64) -> Completed {
        let Some(waiting) = state.files.get_mut(&file) else { return Completed::Nothing };
        let slice = waiting.next;
        let Some(queue) = waiting.ready.get_mut(&slice) else { return Completed::Nothing };
        let Some((findings, done)) = queue.pop_front() else { return Completed::Nothing };
        if queue.is_empty() {
            waiting.ready.remove(&slice);
        }
        let turn = TaskId { file, slice: waiting.slices.as_ref().map(|_| slice) };
        let size = findings.size() + BESIDES;
        waiting.bytes -= size;
        if let Some(TaskResult::Slice { .. }) = done {
            waiting.next += 1;
            let of = |(findings, _): &(BufferedFindings, _)| findings.size() + BESIDES;
            waiting.bytes = waiting.ready.get(&waiting.next).map_or(0, |queue| queue.iter().map(of).sum());
        }
        state.bytes -= size;
        self.call(state);
        Completed::Handed { turn, findings, done }
    }

    /// Whether what is found in a file can be written now.
    pub(super) fn is_due(&self, file: u64) -> bool {
        !self.ordered || self.lock().files.first_key_value().is_none_or(|(&first, _)| first == file)
    }

    /// The name of a file, and its slices if it has some.
    pub(super) fn about(&self, file: u64) -> Option<InputAndChunks> {
        let state = self.lock();
        let waiting = state.files.get(&file)?;
        Some((Arc::clone(&waiting.source), waiting.slices.clone()))
    }

    /// A file is written to its end; what else was evaluated of it is not wanted.
    pub(super) fn close(&self, file: u64) {
        let mut state = self.lock();
        if let Some(waiting) = state.files.remove(&file) {
            let left = waiting.ready.values().flatten().map(|(findings, _)| findings.size() + BESIDES);
            state.bytes -= left.sum::<usize>();
        }
        state.sliced.remove(&file);
        self.call(state);
    }

    /// Takes a buffer back that was written.
    pub(super) fn give_back(&self, findings: BufferedFindings) {
        let mut state = self.lock();
        if state.spare.len() < SPARE && findings.is_empty() && (1..=SPARE_SIZE).contains(&findings.room()) {
            state.spare.push(findings);
        }
    }

    pub(super) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(super) fn stop(&self) {
        // Under the lock: who checks the flag there and then waits must not miss the call.
        let _state = self.lock();
        self.stopped.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }
}

impl Waiting {
    fn new(source: Arc<dyn Source>) -> Self {
        Waiting { source, next: 0, ready: BTreeMap::new(), bytes: 0, slices: None }
    }
}
