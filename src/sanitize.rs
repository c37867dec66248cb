//! Makes text of unknown origin safe to show to people. Knows characters; knows no terminal and no page.

use std::path::Path;

/// The text with everything replaced that would speak to a terminal or turn the reading order around: control characters
/// (escape sequences begin with one), line breaks, marks of direction, invisible characters. Never longer in characters.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if is_hostile(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{e0000}'..='\u{e007f}')
}

/// A path in messages: [`printable`]. Somebody else may have chosen the name.
pub fn printable_path(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// [`printable`], cut to at most `most` characters; what was cut is marked by an ellipsis.
pub fn truncated(text: &str, most: usize) -> String {
    let mut short = printable(text);
    if let Some((end, _)) = short.char_indices().nth(most) {
        short.truncate(end);
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_speaks_to_the_terminal() {
        assert_eq!(
            printable("a\u{1b}[31mred\u{7}\r\n\u{9b}2J\u{202e}x"),
            "a\u{fffd}[31mred\u{fffd}\u{fffd}\u{fffd}\u{fffd}2J\u{fffd}x"
        );
        assert_eq!(printable("Zoë Müller 北京 🎄"), "Zoë Müller 北京 🎄");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(truncated("ééééé", 3), "ééé…");
        assert_eq!(truncated("ééé", 3), "ééé");
    }
}
