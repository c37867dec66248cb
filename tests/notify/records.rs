//! Sign-ins of the last minutes.

use std::time::{SystemTime, UNIX_EPOCH};

/// The fields of a record that tests set.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) number: usize,
    pub(crate) user: String,
    pub(crate) address: String,
    pub(crate) outcome: &'static str,
    /// How many seconds ago.
    pub(crate) ago: u64,
}

impl Record {
    pub(crate) fn new(number: usize) -> Self {
        Record {
            number,
            user: format!("user-{}", number % 50),
            address: format!("198.51.100.{}", number % 9),
            outcome: "Success",
            ago: 1 + (number % 600) as u64,
        }
    }

    pub(crate) fn id(&self) -> String {
        format!("{:08x}-7d42-4b8a-9c60-{:012x}", self.number, self.number)
    }

    /// The record with a newline.
    pub(crate) fn line(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let time = chrono::DateTime::from_timestamp((now - self.ago) as i64, 0).unwrap();
        let record = serde_json::json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": "111122223333", "userName": self.user,
                "arn": format!("arn:aws:iam::111122223333:user/{}", self.user),
            },
            "eventTime": time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "eventSource": "signin.amazonaws.com",
            "eventName": "ConsoleLogin",
            "awsRegion": "us-east-1",
            "sourceIPAddress": self.address,
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "responseElements": { "ConsoleLogin": self.outcome },
            "additionalEventData": { "MFAUsed": "Yes" },
            "eventID": self.id(),
            "recipientAccountId": "111122223333",
        });
        format!("{record}\n")
    }
}

/// Sign-ins with these numbers, one a line.
pub(crate) fn lines(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| Record::new(number).line()).collect()
}
