//! Whom a text message is for.

/// Whom a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recipient {
    /// E.164: `+15552229999`.
    Number(String),
    /// The ARN of an SNS topic.
    Topic(String),
}

impl Recipient {
    /// `..9999`, or the topic's name: enough to know which is meant, and nobody's number in a log.
    pub(super) fn shown(&self) -> String {
        match self {
            Recipient::Number(number) => format!("..{}", &number[number.len().saturating_sub(4)..]),
            Recipient::Topic(arn) => format!("topic {}", arn.rsplit(':').next().unwrap_or_default()),
        }
    }
}
