//! Lookup tables from users to schedules, one row a user: `user,schedule`, with an `account` column
//! if a name belongs to several people. Knows names. Knows nothing of files. A look-up takes
//! constant time.

use std::collections::HashMap;

use crate::rules::pattern::fold;
use crate::rules::principal::Principal;
use crate::schedule::Schedule;

/// A table of users and their schedules.
#[derive(Debug, Clone)]
pub struct Lookup {
    name: String,
    /// By the folded name: case does not count.
    rows: HashMap<String, Vec<(Option<String>, Schedule)>>,
    count: usize,
}

impl Lookup {
    /// An empty table.
    pub fn new(name: impl Into<String>) -> Self {
        Lookup { name: name.into(), rows: HashMap::new(), count: 0 }
    }

    /// Adds a row; `false`, and nothing is added, if the user already has one (in that account).
    pub fn add(&mut self, user: &str, account: Option<&str>, schedule: Schedule) -> bool {
        let rows = self.rows.entry(fold(user).into_owned()).or_default();
        if rows.iter().any(|(known, _)| known.as_deref() == account) {
            return false;
        }
        rows.push((account.map(str::to_owned), schedule));
        self.count += 1;
        true
    }

    /// The name it was given, without `lookup:`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The schedule of every row.
    pub fn schedules(&self) -> impl Iterator<Item = &Schedule> {
        self.rows.values().flatten().map(|(_, schedule)| schedule)
    }

    /// The schedule of a principal: by user and account, else by user alone.
    pub fn find(&self, principal: &Principal<'_>) -> Option<&Schedule> {
        let rows = self.rows.get(&*fold(principal.user.as_deref()?))?;
        let account = principal.account.as_deref();
        let own = rows.iter().find(|(known, _)| known.is_some() && known.as_deref() == account);
        own.or_else(|| rows.iter().find(|(known, _)| known.is_none())).map(|(_, schedule)| schedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Hours;
    use crate::time_zone::Zone;

    #[test]
    fn the_row_of_the_account_takes_precedence() {
        let schedule = |name: &str| Schedule::new(name, Hours::never(), Zone::utc()).unwrap();
        let mut lookup = Lookup::new("by-office");
        assert!(lookup.add("lee", None, schedule("berlin")));
        assert!(lookup.add("lee", Some("2"), schedule("tokyo")));
        assert!(lookup.add("kim", Some("2"), schedule("tokyo")));
        assert!(!lookup.add("lee", Some("2"), schedule("paris")));
        assert_eq!(lookup.len(), 3);
        let find = |user, account| lookup.find(&Principal::user(user, account)).map(Schedule::name);
        assert_eq!(find("lee", Some("1")), Some("berlin"));
        assert_eq!(find("lee", Some("2")), Some("tokyo"));
        assert_eq!(find("lee", None), Some("berlin"));
        assert_eq!(find("kim", Some("2")), Some("tokyo"));
        assert_eq!(find("kim", Some("1")), None);
        assert_eq!(find("kim", None), None);
        assert_eq!(find("Lee", Some("1")), Some("berlin"), "case does not count");
        assert!(!lookup.add("LEE", None, schedule("paris")));
    }
}
