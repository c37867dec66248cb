//! The chat services' messages, validated with the services' own schemas and with Slack's own
//! library. Needs the schemas beside the repository (`../shared/schemas`), and the Python packages
//! `jsonschema` and `slack_sdk`.

use std::path::Path;

use kit::second_opinion;

#[test]
fn every_message_is_valid_by_the_services_schemas() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schemas = root.join("../shared/schemas");
    if !schemas.is_dir() {
        println!("skipped: no schemas in {}", schemas.display());
        return;
    }
    if let Some(messages) =
        second_opinion::python("chat_schemas.py", &[schemas, root.join("tests/golden/notify")])
    {
        assert_eq!(messages.trim(), "21 messages checked");
        print!("{messages}");
    }
}
