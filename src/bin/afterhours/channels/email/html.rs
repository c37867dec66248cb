//! The HTML part of a mail. Pure. One column, inline styles, no picture, nothing fetched. It sets neither background nor text
//! colour, so that it is readable on whatever ground a mail program has, dark ones too.

use std::fmt::Write as _;

use afterhours::rules::Severity;

use crate::notify::fact::Fact;
use crate::notify::message::Message;

const TABLE: &str = "border-collapse:collapse;font-size:14px;word-break:break-word;overflow-wrap:anywhere";
const LABEL: &str = "text-align:left;vertical-align:top;padding:3px 16px 3px 0;white-space:nowrap";
const VALUE: &str = "vertical-align:top;padding:3px 0";

/// The page for a message.
pub(super) fn page(message: &Message) -> String {
    let (severity, title) = (message.severity(), message.title());
    let (colour, title) = (colour(severity), escaped(&title));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>{title}</title>\n</head>\n\
         <body style=\"margin:0;padding:16px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;\
         font-size:15px;line-height:1.45\">\n\
         <div style=\"max-width:680px;border-left:4px solid {colour};padding-left:16px\">\n\
         <p style=\"margin:0;font-size:13px;font-weight:700;letter-spacing:.06em\">{}</p>\n\
         <h1 style=\"margin:2px 0 8px;font-size:19px;line-height:1.3\"><bdi>{title}</bdi></h1>\n\
         <p style=\"margin:0 0 12px\">{}</p>\n\
         <table style=\"{TABLE}\">\n",
        severity.as_str().to_uppercase(),
        escaped(&message.why()),
    );
    for Fact { label, value } in message.facts() {
        // A value may be written from right to left: bdi keeps it from turning what stands around it.
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\" style=\"{LABEL}\">{}</th><td style=\"{VALUE}\"><bdi>{}</bdi></td></tr>",
            escaped(label),
            escaped(&value),
        );
    }
    page.push_str("</table>\n");
    if let Some(link) = message.link() {
        let _ = writeln!(
            page,
            "<p style=\"margin:12px 0\"><a href=\"{}\">Open the event in CloudTrail</a></p>",
            escaped(&link)
        );
    }
    let _ = write!(
        page,
        "<p style=\"margin:12px 0\"><b>What to do:</b> {}</p>\n\
         <p style=\"margin:16px 0 0;font-size:12px;opacity:.75\">{}</p>\n</div>\n</body>\n</html>\n",
        escaped(message.next_steps()),
        escaped(&crate::channels::email::footer::footer(message)),
    );
    page
}

/// The mark beside it all. Each is at least 3:1 on white and on black, as WCAG 2.1 asks of what is no text (1.4.11).
fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "#e5484d",
        Severity::High => "#d9630b",
        Severity::Medium => "#a37a00",
        Severity::Low => "#3b82c4",
        Severity::Info => "#7a7f87",
    }
}

/// A text that no HTML parser takes for markup, in an element or in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(
            escaped("<a href=\"x\" b='y'>&amp;</a>"),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;"
        );
    }

    #[test]
    fn the_colours_are_seen_on_white_and_on_black() {
        let linear = |byte: u8| {
            let part = f64::from(byte) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        for severity in Severity::ALL {
            let number = u32::from_str_radix(&colour(severity)[1..], 16).unwrap();
            let [_, red, green, blue] = number.to_be_bytes();
            let light = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
            let (on_white, on_black) = (1.05 / (light + 0.05), (light + 0.05) / 0.05);
            assert!(on_white >= 3.0 && on_black >= 3.0, "{severity:?}: {on_white:.2} {on_black:.2}");
        }
    }
}
