use super::*;

fn on(code: &str, date: &str) -> Option<String> {
    let place = find(code).unwrap();
    let date: NaiveDate = date.parse().unwrap();
    place.days().iter().find(|day| day.date == date).map(|day| {
        let mark = if day.estimated { " *" } else { "" };
        format!("{}{mark}", day.name)
    })
}

#[test]
fn days_known_by_heart() {
    for (code, date, name) in [
        ("DE-BE", "2026-03-08", "Women's Day"),
        ("DE-BY", "2026-01-06", "Epiphany"),
        ("DE", "2026-10-03", "German Unity Day"),
        ("GB-ENG", "2026-12-28", "Boxing Day (observed)"),
        ("GB-ENG", "2026-08-31", "Late Summer Bank Holiday"),
        ("GB-ENG", "2023-05-08", "Coronation of Charles III"),
        ("GB-SCT", "2026-01-02", "New Year Holiday"),
        ("GB-NIR", "2026-07-13", "Battle of the Boyne (observed)"),
        ("US", "2026-07-03", "Independence Day (observed)"),
        ("US", "2026-11-26", "Thanksgiving Day"),
        ("US-MA", "2026-04-20", "Patriots' Day"),
        ("JP", "2026-09-22", "National Holiday"),
        ("JP", "2026-09-21", "Respect for the Aged Day"),
        ("CN", "2026-02-17", "Chinese New Year (Spring Festival)"),
        ("IN", "2026-01-26", "Republic Day"),
        ("IN", "2026-08-15", "Independence Day"),
        ("IL", "2026-09-12", "Rosh Hashanah"),
        ("AE", "2026-12-02", "National Day"),
        ("AE", "2030-02-04", "Eid al-Fitr *"),
        ("FR", "2026-05-14", "Ascension Day"),
        ("GR", "2026-04-13", "Easter Monday"),
        ("SE", "2026-06-20", "Midsummer Day"),
        ("NZ", "2026-07-10", "Matariki"),
        ("BR", "2026-11-20", "National Day of Zumbi and Black Awareness"),
    ] {
        assert_eq!(on(code, date).as_deref(), Some(name), "{code} {date}");
    }
    for (code, date) in [
        ("DE-BY", "2026-03-08"),
        ("GB", "2026-04-06"),
        ("GB-SCT", "2026-04-06"),
        ("GB-ENG", "2026-01-02"),
        ("US", "2026-11-27"),
        ("JP", "2025-09-22"),
    ] {
        assert_eq!(on(code, date), None, "{code} {date}");
    }
}

#[test]
fn easter_moves() {
    for (year, western, orthodox) in [
        (2020, "04-12", "04-19"),
        (2024, "03-31", "05-05"),
        (2025, "04-20", "04-20"),
        (2027, "03-28", "05-02"),
        (2035, "03-25", "04-29"),
    ] {
        assert_eq!(on("NO", &format!("{year}-{western}")).as_deref(), Some("Easter Sunday"));
        assert!(on("CY", &format!("{year}-{orthodox}")).is_some_and(|name| name.contains("Easter Sunday")));
    }
}

#[test]
fn every_code_is_read_to_its_end() {
    let codes = codes();
    assert!(codes.len() > 850, "{} codes", codes.len());
    for code in &codes {
        let place = find(code).unwrap();
        assert_eq!(place.code(), code);
        assert!(!place.country().is_empty());
        assert!(place.days().is_sorted_by(|a, b| a.date < b.date), "{code}");
        assert!(place.days().iter().all(|day| place.years().contains(&day.date.year())), "{code}");
        assert!(place.days().iter().all(|day| !day.name.is_empty()), "{code}");
        for year in place.years() {
            assert!(place.days().iter().any(|day| day.date.year() == year), "{code}: nothing in {year}");
        }
        assert!(!listing(&place, None).is_empty());
    }
}

#[test]
fn data_that_ends_early_says_so() {
    assert_eq!(find("DE").unwrap().years(), 2020..=2035);
    assert_eq!(find("LK").unwrap().years(), 2020..=2026);
    assert_eq!(find("UA").unwrap().years(), 2020..=2022);
    assert_eq!(find("GW").unwrap().years(), 2023..=2035);
    assert!(find("BV").unwrap().years().is_empty());
}

#[test]
fn a_code_is_taken_in_any_case_and_by_name() {
    for (asked, code) in [
        ("de-be", "DE-BE"),
        (" gb-Eng ", "GB-ENG"),
        ("us-ca", "US-CA"),
        ("DE-Berlin", "DE-BE"),
        ("ch-zürich", "CH-ZH"),
        ("CH-ZÜRICH", "CH-ZH"),
        ("AU-nsw western", "AU-NSW Western"),
        ("MY-KUL", "MY-14"),
    ] {
        assert_eq!(find(asked).unwrap().code(), code);
    }
    let place = find("DE-BE").unwrap();
    assert_eq!((place.country(), place.subdivision()), ("Germany", Some("Berlin")));
    assert!(find("DE").unwrap().subdivisions().contains(&"DE-BE".to_owned()));
}

#[test]
fn an_unknown_code_is_an_error_with_suggestions() {
    let said = |asked: &str| find(asked).unwrap_err().to_string();
    for (asked, answer) in [
        ("UK", r#"no public holidays known for "UK": did you mean GB (United Kingdom)?"#),
        ("USA", r#"no public holidays known for "USA": did you mean US (United States)?"#),
        ("germany", r#"no public holidays known for "germany": did you mean DE (Germany)?"#),
        ("Germny", r#"no public holidays known for "Germny": did you mean DE (Germany)?"#),
        ("DE_BE", r#"no public holidays known for "DE_BE": did you mean DE-BE (Berlin, Germany)?"#),
        ("DEBE", r#"no public holidays known for "DEBE": did you mean DE-BE (Berlin, Germany)?"#),
        (
            "UK-SCT",
            r#"no public holidays known for "UK-SCT": did you mean GB-SCT (Scotland, United Kingdom)?"#,
        ),
        ("Bayern", r#"no public holidays known for "Bayern": did you mean DE-BY (Bayern, Germany)?"#),
        ("", r#"no public holidays known for "": a code is ISO 3166 such as DE, DE-BE or US-CA"#),
        (
            "GB-EN",
            r#"United Kingdom (GB) has no subdivision "EN": it has ENG (England), NIR (Northern Ireland), SCT (Scotland), WLS (Wales)"#,
        ),
        (
            "GB-Scotlnd",
            r#"United Kingdom (GB) has no subdivision "Scotlnd": did you mean GB-SCT (Scotland, United Kingdom)? it has ENG (England), NIR (Northern Ireland), SCT (Scotland), WLS (Wales)"#,
        ),
        ("IL-X", r#"Israel (IL) has no subdivisions, so no "X": its holidays are the same everywhere"#),
    ] {
        assert_eq!(said(asked), answer);
    }
    assert!(said("DX").contains("DK (Denmark)"));
    assert!(said("DE-XX").contains("BE (Berlin)"));
    for hostile in ["-", "--", "é", "ééé-é", "\u{1b}[31m", "\0", "DE-", "-DE", &"x".repeat(100_000)] {
        assert!(said(hostile).len() < 4_000);
        assert!(!said(hostile).contains('\u{1b}'));
    }
}

#[test]
fn the_source_is_the_table_s_own() {
    let table = table::Table::open(TABLE).unwrap();
    let version = std::str::from_utf8(table.version).unwrap();
    assert_eq!(SOURCE, format!("PyPI holidays {version} (MIT)"));
    assert!(include_str!("CREDITS.md").contains(version));
}

#[test]
fn a_damaged_table_is_none_and_never_a_panic() {
    for cut in (0..TABLE.len()).step_by(997) {
        let mut bytes = TABLE[..cut].to_vec();
        read_all(&bytes);
        bytes = TABLE.to_vec();
        for at in (cut..TABLE.len()).step_by(4_099) {
            bytes[at] ^= 0x55;
        }
        read_all(&bytes);
    }
}

fn read_all(bytes: &[u8]) {
    let Some(table) = table::Table::open(bytes) else { return };
    for country in table.countries().flatten() {
        table.holidays(&country, None);
        for subdivision in &country.subdivisions {
            table.holidays(&country, Some(subdivision));
        }
    }
}
