//! Which numbers have which message already, as far as this run of the program knows. An attempt that got through to one
//! number and not to the next is made again; the first does not get it twice. Bounded: the oldest messages are forgotten.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::time::Duration;

use crate::channels::sms::recipient::Recipient;
use crate::notify::notifier::Delivery;

/// The most numbers of a channel: each is a bit.
pub(super) const MOST: usize = 20;
/// How many messages are remembered.
const MESSAGES: usize = 1000;

/// The messages, oldest first.
#[derive(Debug, Default)]
pub(super) struct Sent(VecDeque<(String, Progress)>);

/// What became of one message so far.
#[derive(Debug, Default)]
struct Progress {
    /// Who has it: one bit for each number.
    done: u32,
    /// Who will never have it, and why.
    refused: BTreeMap<usize, String>,
    /// Why it goes no further now.
    waiting: Option<(usize, String, Option<Duration>)>,
    /// With whom the next attempt begins: behind whoever ended this one, so that one number's trouble keeps nobody waiting.
    next: usize,
    /// What the service said last.
    answer: String,
}

impl Sent {
    /// Begins an attempt: who is to be asked, in this order.
    pub(super) fn open(&mut self, key: &str, recipients: usize) -> Vec<usize> {
        let progress = self.progress(key);
        progress.waiting = None;
        let open =
            |number: &usize| progress.done >> number & 1 == 0 && !progress.refused.contains_key(number);
        (0..recipients).map(|number| (progress.next + number) % recipients).filter(open).collect()
    }

    /// Writes down what became of one; break if the others are not to be asked now.
    pub(super) fn note(&mut self, key: &str, number: usize, delivery: Delivery) -> ControlFlow<()> {
        let progress = self.progress(key);
        match delivery {
            Delivery::Done { answer } => {
                progress.done |= 1 << number;
                progress.answer = answer;
            }
            Delivery::Never { why } => {
                progress.refused.insert(number, why);
            }
            Delivery::Later { why, after } => {
                progress.waiting = Some((number, why, after));
                progress.next = number + 1;
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// What became of the attempt as a whole: done only if everybody has it.
    pub(super) fn outcome(&mut self, key: &str, recipients: &[Recipient]) -> Delivery {
        let progress = self.progress(key);
        let have = progress.done.count_ones();
        // One number needs no count.
        let of = |why: String| match recipients.len() {
            1 => why,
            all => format!("{have} of {all} have it; {why}"),
        };
        let who = |number: usize| recipients.get(number).map(Recipient::shown).unwrap_or_default();
        if let Some((number, why, after)) = progress.waiting.take() {
            return Delivery::Later { why: of(format!("{}: {why}", who(number))), after };
        }
        if progress.refused.is_empty() {
            return match recipients.len() {
                1 => Delivery::done(progress.answer.clone()),
                all => Delivery::done(format!("all {all} have it; {}", progress.answer)),
            };
        }
        // Whoever retries a message that was given up has mended something, and the refused are asked again; the others not.
        let mut refused: Vec<(Vec<String>, String)> = Vec::new();
        for (number, why) in std::mem::take(&mut progress.refused) {
            match refused.iter_mut().find(|(_, known)| *known == why) {
                Some((whom, _)) => whom.push(who(number)),
                None => refused.push((vec![who(number)], why)),
            }
        }
        let refused = refused.into_iter().map(|(whom, why)| format!("{}: {why}", whom.join(", ")));
        Delivery::never(of(refused.collect::<Vec<_>>().join("; ")))
    }

    fn progress(&mut self, key: &str) -> &mut Progress {
        let at = match self.0.iter().position(|(known, _)| known == key) {
            Some(at) => at,
            None => {
                if self.0.len() == MESSAGES {
                    self.0.pop_front();
                }
                self.0.push_back((key.to_owned(), Progress::default()));
                self.0.len() - 1
            }
        };
        &mut self.0[at].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(count: usize) -> Vec<Recipient> {
        (0..count).map(|number| Recipient::Number(format!("+1555222000{number}"))).collect()
    }

    /// One attempt, in which the service answers so.
    fn attempt(
        sent: &mut Sent,
        key: &str,
        recipients: &[Recipient],
        answer: impl Fn(usize) -> Delivery,
    ) -> (Vec<usize>, Delivery) {
        let mut asked = Vec::new();
        for number in sent.open(key, recipients.len()) {
            asked.push(number);
            if sent.note(key, number, answer(number)).is_break() {
                break;
            }
        }
        (asked, sent.outcome(key, recipients))
    }

    #[test]
    fn nobody_is_told_twice() {
        let (mut sent, to) = (Sent::default(), to(4));
        let busy = |busy: usize| {
            move |number| if number == busy { Delivery::later("busy") } else { Delivery::done("ok") }
        };
        let (asked, outcome) = attempt(&mut sent, "k", &to, busy(1));
        assert_eq!(asked, [0, 1]);
        assert_eq!(outcome, Delivery::later("1 of 4 have it; ..0001: busy"));
        // The others first, now.
        let (asked, outcome) = attempt(&mut sent, "k", &to, busy(1));
        assert_eq!(asked, [2, 3, 1]);
        assert_eq!(outcome, Delivery::later("3 of 4 have it; ..0001: busy"));
        let (asked, outcome) = attempt(&mut sent, "k", &to, busy(9));
        assert_eq!((asked, outcome), (vec![1], Delivery::done("all 4 have it; ok")));
        // An outbox that forgot it.
        let (asked, outcome) = attempt(&mut sent, "k", &to, busy(9));
        assert_eq!((asked, outcome), (vec![], Delivery::done("all 4 have it; ok")));
        // Another message.
        assert_eq!(attempt(&mut sent, "other", &to, busy(9)).0, [0, 1, 2, 3]);
    }

    #[test]
    fn one_who_is_refused_keeps_nobody_from_it() {
        let (mut sent, to) = (Sent::default(), to(3));
        let answer = |number| match number {
            0 => Delivery::never("opted out"),
            2 => Delivery::Later { why: "busy".to_owned(), after: Some(Duration::from_secs(7)) },
            _ => Delivery::done("ok"),
        };
        let (asked, outcome) = attempt(&mut sent, "k", &to, answer);
        assert_eq!(asked, [0, 1, 2]);
        let why = "1 of 3 have it; ..0002: busy".to_owned();
        assert_eq!(outcome, Delivery::Later { why, after: Some(Duration::from_secs(7)) });
        let last = |number| if number == 2 { Delivery::done("ok") } else { Delivery::never("not asked") };
        let (asked, outcome) = attempt(&mut sent, "k", &to, last);
        assert_eq!((asked, outcome), (vec![2], Delivery::never("2 of 3 have it; ..0000: opted out")));
        // Retried by hand, after somebody opted in again.
        let (asked, outcome) = attempt(&mut sent, "k", &to, |_| Delivery::done("ok"));
        assert_eq!((asked, outcome), (vec![0], Delivery::done("all 3 have it; ok")));
    }

    #[test]
    fn what_is_said_of_several_is_said_once() {
        let (mut sent, to) = (Sent::default(), to(4));
        let answer = |number| Delivery::never(if number == 1 { "opted out" } else { "no such account" });
        let why = "0 of 4 have it; ..0000, ..0002, ..0003: no such account; ..0001: opted out";
        assert_eq!(attempt(&mut sent, "k", &to, answer).1, Delivery::never(why));
    }

    #[test]
    fn one_number_needs_no_count() {
        let (mut sent, to) = (Sent::default(), to(1));
        assert_eq!(
            attempt(&mut sent, "k", &to, |_| Delivery::later("busy")).1,
            Delivery::later("..0000: busy")
        );
        assert_eq!(attempt(&mut sent, "k", &to, |_| Delivery::never("no")).1, Delivery::never("..0000: no"));
        assert_eq!(attempt(&mut sent, "k", &to, |_| Delivery::done("ok")).1, Delivery::done("ok"));
    }

    #[test]
    fn memory_is_bounded() {
        let (mut sent, to) = (Sent::default(), to(1));
        for key in 0..3 * MESSAGES {
            attempt(&mut sent, &key.to_string(), &to, |_| Delivery::done("ok"));
        }
        assert_eq!(sent.0.len(), MESSAGES);
    }
}
