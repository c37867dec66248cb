//! Tables of values with commas between them (RFC 4180), or the semicolons and tabs of spreadsheets: rows of fields, quoted where they must be. Knows text. Knows nothing of what a column
//! means.

/// A row and the line it begins on, from 1.
pub(super) type Row = (usize, Vec<String>);

/// Reads rows; blank lines and lines that begin with `#` are left out.
///
/// # Errors
/// The line and what is wrong with it: a quote that is not closed, or one in the middle of a field.
pub(super) fn rows(text: &str) -> Result<Vec<Row>, (usize, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let separator = separator(text);
    let mut rows = Vec::new();
    let mut chars = text.chars().peekable();
    let mut line = 1;
    while chars.peek().is_some() {
        let first = line;
        let mut row = vec![String::new()];
        if chars.peek() == Some(&'#') {
            while chars.next_if(|&c| c != '\n' && c != '\r').is_some() {}
        }
        let mut quoted_before = false;
        loop {
            let field = row.last_mut().map(|field| (field.trim().is_empty(), field));
            let Some((empty, field)) = field else { break };
            match chars.next() {
                None => break,
                Some('\n') => {
                    line += 1;
                    break;
                }
                // A line may end in CR alone; before an LF it is a blank at the end of a field.
                Some('\r') if chars.peek() != Some(&'\n') => {
                    line += 1;
                    break;
                }
                Some(c) if c == separator => {
                    quoted_before = false;
                    row.push(String::new());
                }
                Some('"') if empty && !quoted_before => {
                    field.clear();
                    quoted_before = true;
                    loop {
                        match chars.next() {
                            None => return Err((first, "a quote is opened and never closed".to_owned())),
                            Some('"') if chars.next_if_eq(&'"').is_some() => field.push('"'),
                            Some('"') => break,
                            Some(c) => {
                                line += usize::from(c == '\n');
                                field.push(c);
                            }
                        }
                    }
                }
                Some('"') => {
                    let what =
                        "a quote in the middle of a field; put the whole field in quotes and double it";
                    return Err((line, what.to_owned()));
                }
                Some(c) if quoted_before && !c.is_whitespace() => {
                    return Err((line, "text after a closing quote; a separator is missing".to_owned()));
                }
                Some(_) if quoted_before => {}
                Some(c) => field.push(c),
            }
        }
        let row: Vec<String> = row.iter().map(|field| field.trim().to_owned()).collect();
        if row.iter().any(|field| !field.is_empty()) {
            rows.push((first, row));
        }
    }
    Ok(rows)
}

/// What separates the columns: whichever of comma, semicolon and tab the first row has most of.
fn separator(text: &str) -> char {
    let mut rows = text.split(['\n', '\r']);
    let head = rows.find(|row| !row.trim().is_empty() && !row.starts_with('#')).unwrap_or_default();
    let mut counts = [('\t', 0), (';', 0), (',', 0)];
    let mut quoted = false;
    for c in head.chars() {
        quoted ^= c == '"';
        counts.iter_mut().filter(|(known, _)| !quoted && *known == c).for_each(|(_, count)| *count += 1);
    }
    counts.iter().max_by_key(|(_, count)| *count).map_or(',', |&(known, _)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(usize, Vec<String>)> {
        rows(text).unwrap()
    }

    fn row(line: usize, fields: &[&str]) -> (usize, Vec<String>) {
        (line, fields.iter().map(|&field| field.to_owned()).collect())
    }

    #[test]
    fn reads_what_spreadsheets_write() {
        assert_eq!(
            read("\u{feff}user,schedule\r\n\"lee, kim\", berlin \n\n# nobody\n\"a \"\"b\"\"\",\n"),
            [row(1, &["user", "schedule"]), row(2, &["lee, kim", "berlin"]), row(5, &["a \"b\"", ""])]
        );
        assert_eq!(read("a,b"), [row(1, &["a", "b"])]);
        assert_eq!(read("\"a\nb\",c\nd,e"), [row(1, &["a\nb", "c"]), row(3, &["d", "e"])]);
        assert_eq!(read(""), []);
        assert_eq!(read(",,\n \n"), []);
    }

    #[test]
    fn the_first_row_says_what_separates_the_columns() {
        let rows = [row(1, &["user", "schedule"]), row(2, &["lee", "a,b;c"])];
        assert_eq!(read("user;schedule\nlee;\"a,b;c\"\n"), rows);
        assert_eq!(read("user\tschedule\r\nlee\ta,b;c\r\n"), rows);
        assert_eq!(read("\"user\";schedule\rlee;\"a,b;c\"\r"), rows);
        assert_eq!(read("\"a;b;c\",d\n")[0].1, ["a;b;c", "d"]);
        assert_eq!(read("# a;b\r\n\r\na,b\r\n"), [row(3, &["a", "b"])]);
    }

    #[test]
    fn refuses_quotes_in_the_wrong_place() {
        assert_eq!(rows("a\n\"b").unwrap_err().0, 2);
        assert_eq!(rows("a\nb\"c\"").unwrap_err().0, 2);
        assert_eq!(rows("\"a\" b,c").unwrap_err().0, 1);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[ab,;\t\"\r\n#]{0,40}") {
            let _ = rows(&text);
        }
    }
}
