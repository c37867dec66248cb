//! Finds the few rules that may match a user among a thousand: rules that list their users by name
//! are found by name, the others are tried in order. Knows positions in the list of rules. Never
//! changes which rule matches first.

use std::collections::HashMap;

use crate::rules::pattern::fold;
use crate::rules::rule::Rule;

/// Positions of rules, always ascending.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By the folded name.
    by_user: HashMap<String, Vec<u32>>,
    others: Vec<u32>,
}

impl Index {
    pub(super) fn of(rules: &[Rule]) -> Self {
        let mut index = Index::default();
        for (place, rule) in (0..).zip(rules) {
            match rule.conditions.only_users() {
                Some(users) => {
                    for user in users {
                        let places = index.by_user.entry(user.to_owned()).or_default();
                        places.push(place);
                    }
                }
                None => index.others.push(place),
            }
        }
        index
    }

    /// The positions of the rules that may match, in order.
    pub(super) fn candidates(&self, user: Option<&str>) -> impl Iterator<Item = usize> {
        let mut named = user.and_then(|user| self.by_user.get(&*fold(user))).map_or(&[][..], Vec::as_slice);
        let mut others = self.others.as_slice();
        std::iter::from_fn(move || {
            let from = match (named.first(), others.first()) {
                (Some(a), Some(b)) if a < b => &mut named,
                (Some(_), None) => &mut named,
                _ => &mut others,
            };
            let (first, rest) = from.split_first()?;
            *from = rest;
            Some(*first as usize)
        })
    }
}
