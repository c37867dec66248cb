//! Abbreviations that people write for time zones and that are not zone names, with the zones that
//! they may mean. Knows no offsets: IST alone is five and a half hours, two hours, or one.

/// An abbreviation and the zones that use it. `EST`, `MST`, `HST`, `CET`, `EET`, `MET` and `WET`
/// are missing: the tz database has zones of these names.
const ABBREVIATIONS: &[(&str, &[&str])] = &[
    ("ACST", &["Australia/Darwin", "Australia/Adelaide"]),
    ("ACDT", &["Australia/Adelaide"]),
    ("ADT", &["America/Halifax"]),
    ("AEDT", &["Australia/Sydney", "Australia/Melbourne"]),
    ("AEST", &["Australia/Sydney", "Australia/Brisbane"]),
    ("AKST", &["America/Anchorage"]),
    ("AMT", &["America/Manaus", "Asia/Yerevan"]),
    ("ART", &["America/Argentina/Buenos_Aires"]),
    ("AST", &["America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"]),
    ("AWST", &["Australia/Perth"]),
    ("BRT", &["America/Sao_Paulo"]),
    ("BST", &["Europe/London", "Asia/Dhaka"]),
    ("CAT", &["Africa/Harare", "Africa/Maputo"]),
    ("CDT", &["America/Chicago", "America/Havana"]),
    ("CEST", &["Europe/Berlin", "Europe/Paris"]),
    ("CST", &["America/Chicago", "Asia/Shanghai", "America/Havana"]),
    ("CT", &["America/Chicago"]),
    ("EAT", &["Africa/Nairobi"]),
    ("ECT", &["America/Guayaquil", "America/Puerto_Rico"]),
    ("EDT", &["America/New_York", "America/Toronto"]),
    ("EEST", &["Europe/Athens", "Europe/Kyiv", "Africa/Cairo"]),
    ("ET", &["America/New_York", "America/Toronto"]),
    ("GST", &["Asia/Dubai", "Atlantic/South_Georgia"]),
    ("HKT", &["Asia/Hong_Kong"]),
    ("ICT", &["Asia/Bangkok", "Asia/Ho_Chi_Minh"]),
    ("IDT", &["Asia/Jerusalem"]),
    ("IST", &["Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"]),
    ("JST", &["Asia/Tokyo"]),
    ("KST", &["Asia/Seoul"]),
    ("MDT", &["America/Denver", "America/Edmonton"]),
    ("MSK", &["Europe/Moscow"]),
    ("MT", &["America/Denver"]),
    ("MYT", &["Asia/Kuala_Lumpur"]),
    ("NDT", &["America/St_Johns"]),
    ("NPT", &["Asia/Kathmandu"]),
    ("NST", &["America/St_Johns"]),
    ("NZDT", &["Pacific/Auckland"]),
    ("NZST", &["Pacific/Auckland"]),
    ("PDT", &["America/Los_Angeles", "America/Vancouver"]),
    ("PHT", &["Asia/Manila"]),
    ("PKT", &["Asia/Karachi"]),
    ("PST", &["America/Los_Angeles", "Asia/Manila"]),
    ("PT", &["America/Los_Angeles"]),
    ("SAST", &["Africa/Johannesburg"]),
    ("SGT", &["Asia/Singapore"]),
    ("SST", &["Asia/Singapore", "Pacific/Pago_Pago"]),
    ("TRT", &["Europe/Istanbul"]),
    ("WAT", &["Africa/Lagos"]),
    ("WEST", &["Europe/Lisbon"]),
    ("WIB", &["Asia/Jakarta"]),
    ("WST", &["Australia/Perth", "Pacific/Apia"]),
];

/// The zones that an abbreviation may mean, the likeliest first; `None` if it is not a known
/// abbreviation.
pub fn candidates(name: &str) -> Option<&'static [&'static str]> {
    ABBREVIATIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|&(_, zones)| zones)
}
