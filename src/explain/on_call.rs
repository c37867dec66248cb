//! What an on-call rota says of somebody at a moment, in words. Knows rotas; knows nothing of records and rules.

use chrono::TimeDelta;

use crate::explain::{Change, LONGEST, ScheduleAnswer};
use crate::rules::{OnCallRotation, Principal, instant};
use crate::sanitize::truncated;
use crate::schedule::Reason;

impl ScheduleAnswer {
    pub(super) fn on_call(rota: &OnCallRotation, who: &Principal<'_>, at: Option<i64>, tzdata: &str) -> Self {
        let answer = ScheduleAnswer::named(rota.label(), rota.zone(), tzdata);
        let Some(at) = at else { return answer };
        let user = who.user.as_deref().unwrap_or_default();
        let inside = rota.is_on_call(user, at);
        let name = if user.is_empty() { "nobody known".to_owned() } else { truncated(user, LONGEST) };
        ScheduleAnswer {
            local_time: Some(rota.zone().local(at).to_string()),
            inside: Some(inside),
            reason: Some(if inside { Reason::OnCall } else { Reason::OutsideWindow }.as_str()),
            words: Some(match inside {
                true => format!("inside: {name} is on call"),
                false => format!("outside: {name} is not on call"),
            }),
            next_change: hand_over(rota, user, at).map(|next| Change::at(next, rota.zone(), !inside)),
            ..answer
        }
    }
}

/// The next moment at which somebody's duty begins or ends.
fn hand_over(rota: &OnCallRotation, user: &str, at: i64) -> Option<i64> {
    let mut edges: Vec<i64> = rota.shifts().iter().flat_map(|shift| [shift.from, shift.until]).collect();
    if let Some(turns) = rota.turns() {
        let wall = at.saturating_add(i64::from(rota.zone().offset_at(at)));
        let week = (wall.saturating_sub(turns.starts.and_utc().timestamp()) / (7 * 86_400)).max(0);
        // One round of everybody, and the week in hand.
        for week in week..=week.saturating_add(turns.people.len() as i64 + 1) {
            let wall = TimeDelta::try_weeks(week).and_then(|weeks| turns.starts.checked_add_signed(weeks));
            edges.extend(wall.map(|wall| instant(rota.zone(), wall)));
        }
    }
    edges.retain(|&edge| edge > at);
    edges.sort_unstable();
    let now = rota.is_on_call(user, at);
    edges.into_iter().find(|&edge| rota.is_on_call(user, edge) != now)
}
