//! What rules can name: schedules, rotas, lookups and groups. Knows names; reads no table.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::rules::{Lookup, OnCallRotation, ScheduleRef};
use crate::schedule::Schedule;

use crate::config::error::{Result, Spanned, suggest};
use crate::config::groups::Members;

/// What rules can name.
pub(super) struct Registry {
    pub(super) schedules: BTreeMap<String, Schedule>,
    pub(super) rotas: BTreeMap<String, Arc<OnCallRotation>>,
    pub(super) lookups: BTreeMap<String, Arc<Lookup>>,
    pub(super) groups: Members,
}

impl Registry {
    pub(super) fn schedule(&self, name: &str) -> Result<&Schedule, String> {
        let known = || self.schedules.keys().map(String::as_str).collect::<Vec<_>>();
        self.schedules.get(name).ok_or_else(|| format!("no schedule {name:?}{}", suggest(name, &known())))
    }

    /// The schedules that a list names: `["berlin", "oncall:sre"]`.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn picks(&self, names: Vec<Spanned<String>>) -> Result<Vec<ScheduleRef>> {
        names
            .into_iter()
            .map(|Spanned { value: text, location }| self.pick(&text).map_err(|what| location.error(what)))
            .collect()
    }

    fn pick(&self, name: &str) -> Result<ScheduleRef, String> {
        fn known<T>(map: &BTreeMap<String, T>) -> Vec<&str> {
            map.keys().map(String::as_str).collect()
        }
        if let Some(rota) = name.strip_prefix("oncall:") {
            let found = self.rotas.get(rota).cloned().map(ScheduleRef::OnCall);
            return found.ok_or_else(|| format!("no rota {rota:?}{}", suggest(rota, &known(&self.rotas))));
        }
        if let Some(lookup) = name.strip_prefix("lookup:") {
            let found = self.lookups.get(lookup).cloned().map(ScheduleRef::Lookup);
            return found
                .ok_or_else(|| format!("no lookup {lookup:?}{}", suggest(lookup, &known(&self.lookups))));
        }
        match self.schedule(name) {
            Ok(schedule) => Ok(ScheduleRef::Schedule(schedule.clone())),
            Err(_) if self.rotas.contains_key(name) => {
                Err(format!("{name:?} is a rota; write \"oncall:{name}\""))
            }
            Err(_) if self.lookups.contains_key(name) => {
                Err(format!("{name:?} is a lookup; write \"lookup:{name}\""))
            }
            Err(what) => Err(what),
        }
    }
}
