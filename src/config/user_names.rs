//! User names as a configuration has them: refuses what no user can be called. Knows how AWS writes
//! names. Knows nothing of rules.

/// Checks a user name, or a pattern with `*` and `?`.
///
/// # Errors
/// Text that can match no user: an ARN, a path, a regular expression, several names in one. A rule
/// with such a pattern would be passed over in silence.
pub(super) fn check(text: &str) -> Result<(), String> {
    let refused = |what: &str| Err(format!("{text:?} can match no user: {what}"));
    if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("arn:")) {
        return refused("it is an ARN; write arn = \"…\", or the name behind the last /");
    }
    if text.contains('/') {
        return refused("a user name has no path; write the name behind the last /");
    }
    if text.contains(['^', '$', '|', '(', ')', '[', ']', '{', '}']) || text.contains("\\.") {
        return refused("it looks like a regular expression; write * for any text and ? for a character");
    }
    if text.contains(',') {
        return refused("several names are a list, [\"anaya\", \"lee\"]; for a comma in a name, write ?");
    }
    if text.chars().any(char::is_whitespace) {
        return refused("it contains a blank; write the user name, not the person's full name");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_no_user_is_called_is_refused() {
        for text in
            ["anaya", "Anaya.Rao+x=1@example.com", "svc-*", "svc-.*", "a?b", "*", "CORP\\lee", "zo\u{eb}"]
        {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for (text, why) in [
            ("arn:aws:iam::111122223333:user/anaya", "ARN"),
            ("ARN:aws:iam::*", "ARN"),
            ("ops/anaya", "path"),
            ("/ops/*", "path"),
            ("^svc-.*$", "regular expression"),
            ("(anaya|lee)", "regular expression"),
            ("anaya\\.rao", "regular expression"),
            ("anaya,lee", "list"),
            ("anaya, lee", "list"),
            ("Anaya Rao", "blank"),
            (" anaya", "blank"),
        ] {
            assert!(check(text).is_err_and(|error| error.contains(why)), "{text}");
        }
    }
}
