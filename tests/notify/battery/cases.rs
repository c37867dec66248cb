//! The channels, each with its ways of authentication.

use super::Then::{self, Done, Later};
use kit::http_server::{Reply, Request, ok, status};
use kit::servicenow::{self, Shared};

/// One channel.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// Its `type`.
    pub(super) kind: &'static str,
    /// The type and the variant.
    pub(super) name: &'static str,
    /// Its keys, with `{url}` for the server's URL; secrets as `env:NAME` or `${NAME}`.
    pub(super) config: &'static str,
    /// The variables of the secrets.
    pub(super) secrets: &'static [(&'static str, &'static str)],
    /// The service's answer on success.
    pub(super) good: fn(&Request) -> Reply,
    /// The number of requests for one delivery.
    pub(super) requests: usize,
    /// Statuses that this service uses differently from most.
    pub(super) otherwise: &'static [(u16, Then)],
    /// The outcome of a success without a body.
    pub(super) silence: Then,
    /// The outcome of an HTML page in place of an answer.
    pub(super) page: Then,
}

/// Types that do not speak HTTP.
pub(super) const OTHERS: &[&str] = &["email"];

/// A channel that reads the service's answer, in one request.
const USUAL: Case = Case {
    kind: "",
    name: "",
    config: "",
    secrets: &[],
    good: |_| status(200, "{}"),
    requests: 1,
    otherwise: &[],
    silence: Later,
    page: Later,
};

pub(super) fn cases() -> Vec<Case> {
    [webhooks(), chats(), pagers(), tickets(), telephones()].concat()
}

fn webhooks() -> Vec<Case> {
    // For any server, 2xx is a success.
    let usual = Case { kind: "webhook", silence: Done, page: Done, ..USUAL };
    vec![
        Case {
            name: "webhook with everything",
            config: "url = \"{url}/in/${HOOK}\"\nheaders = { \"X-Api-Key\" = \"env:KEY\" }\nuser = \"afterhours\"\n\
                     password = \"env:PASSWORD\"\nsigning_secrets = \"env:SIGNING\"\n",
            secrets: &[
                ("HOOK", "h00k-s3cret/path"),
                ("KEY", "key+s3cret=="),
                ("PASSWORD", "pass:s3cret word"),
                ("SIGNING", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            ],
            ..usual
        },
        Case {
            name: "webhook with a template",
            config: "url = \"{url}\"\nmethod = \"PUT\"\nbearer = \"env:TOKEN\"\nvariables = { token = \"env:IN_BODY\" }\n\
                     template = '{\"token\": {{ variables.token }}, \"text\": {{ title }}}'\n",
            secrets: &[("TOKEN", "t0ken-s3cret"), ("IN_BODY", "b0dy \"s3cret\" <&>")],
            good: |_| status(204, ""),
            ..usual
        },
    ]
}

fn chats() -> Vec<Case> {
    vec![
        Case {
            kind: "slack",
            name: "slack by webhook",
            config: "webhook_url = \"{url}/services/T00/B00/${HOOK}\"\n",
            secrets: &[("HOOK", "s3cretTokenOfTheHook1")],
            good: |_| ok("ok"),
            ..USUAL
        },
        Case {
            kind: "slack",
            name: "slack by token",
            config: "token = \"env:TOKEN\"\nchannel = \"C0123456789\"\nbase_url = \"{url}/api\"\n",
            secrets: &[("TOKEN", "xoxb-111122223333-s3cretTokenOfTheBot")],
            good: |_| ok(r#"{"ok":true,"channel":"C0123456789","ts":"1795278600.000100"}"#),
            ..USUAL
        },
        // Workflows answer without a body.
        Case {
            kind: "teams",
            name: "teams",
            config: "webhook_url = \"{url}/workflows/3fa1/triggers/manual/paths/invoke?api-version=1&sig=${SIG}\"\n",
            secrets: &[("SIG", "a0B1c2D3e4+f5/G6h7i8J9k0_s3cret-L1m2N3o4")],
            good: |_| status(202, ""),
            silence: Done,
            ..USUAL
        },
        Case {
            kind: "discord",
            name: "discord",
            config: "webhook_url = \"{url}/api/webhooks/1234567890/${HOOK}\"\n",
            secrets: &[("HOOK", "s3cret-Token_of-the-Hook-0123456789")],
            good: |_| ok(r#"{"id":"1234567890123456789","content":"x"}"#),
            silence: Done,
            ..USUAL
        },
    ]
}

fn pagers() -> Vec<Case> {
    vec![
        Case {
            kind: "pagerduty",
            name: "pagerduty",
            config: "routing_key = \"env:KEY\"\nbase_url = \"{url}\"\n",
            secrets: &[("KEY", "s3cret0123456789abcdefs3cret0123")],
            good: |_| status(202, r#"{"status":"success","message":"Event processed","dedup_key":"a"}"#),
            ..USUAL
        },
        Case {
            kind: "opsgenie",
            name: "opsgenie",
            config: "api_key = \"env:KEY\"\nbase_url = \"{url}\"\n",
            secrets: &[("KEY", "s3cret01-2345-6789-abcd-s3cret012345")],
            good: |_| {
                status(202, r#"{"result":"Request will be processed","took":0.3,"requestId":"43a29c5c"}"#)
            },
            ..USUAL
        },
        // A success without a body is Alertmanager's own.
        Case {
            kind: "alertmanager",
            name: "alertmanager by password",
            config: "base_url = \"{url}/am\"\nusername = \"afterhours\"\npassword = \"env:PASSWORD\"\n",
            secrets: &[("PASSWORD", "p@ss:w/rd&s3cret<>")],
            good: |_| ok(""),
            silence: Done,
            ..USUAL
        },
        Case {
            kind: "alertmanager",
            name: "alertmanager by token",
            config: "base_url = \"{url}\"\ntoken = \"env:TOKEN\"\n",
            secrets: &[("TOKEN", "t0ken-s3cret")],
            good: |_| ok(""),
            silence: Done,
            ..USUAL
        },
    ]
}

fn tickets() -> Vec<Case> {
    let now = Case {
        kind: "servicenow",
        // A new instance for each request: no incident is there already.
        good: |request| servicenow::answer(&Shared::default(), request),
        requests: 2,
        ..USUAL
    };
    let zendesk = Case {
        kind: "zendesk",
        good: |request| match request.method.as_str() {
            "GET" => ok(r#"{"tickets":[]}"#),
            _ => status(201, r#"{"ticket":{"id":35436}}"#),
        },
        requests: 2,
        // The same request is in flight, or the database has locked it.
        otherwise: &[(409, Later), (423, Later)],
        ..USUAL
    };
    vec![
        Case {
            name: "servicenow by password",
            config: "base_url = \"{url}\"\nuser = \"robot\"\npassword = \"env:PASSWORD\"\n",
            secrets: &[("PASSWORD", "pa:ss w\"ord\\s3cret")],
            ..now
        },
        Case {
            name: "servicenow by OAuth",
            config: "base_url = \"{url}\"\nclient_id = \"id-1\"\nclient_secret = \"env:CLIENT\"\n",
            secrets: &[("CLIENT", "client-s3cret")],
            requests: 3,
            ..now
        },
        Case {
            name: "servicenow's events",
            config: "base_url = \"{url}\"\nmode = \"event\"\napi_key = \"env:KEY\"\n",
            secrets: &[("KEY", "now_s3cret0123456789")],
            requests: 1,
            ..now
        },
        Case {
            name: "zendesk by API token",
            config: "base_url = \"{url}\"\nemail = \"robot@example.com\"\ntoken = \"env:TOKEN\"\n",
            secrets: &[("TOKEN", "t0ken/s3cret+0123456789")],
            ..zendesk
        },
        Case {
            name: "zendesk by OAuth token",
            config: "base_url = \"{url}\"\noauth_token = \"env:TOKEN\"\n",
            secrets: &[("TOKEN", "0auth-s3cret-0123456789")],
            ..zendesk
        },
    ]
}

fn telephones() -> Vec<Case> {
    let usual = Case { kind: "sms", ..USUAL };
    vec![
        Case {
            name: "sms by Twilio to three",
            config: "provider = \"twilio\"\naccount_sid = \"AC0123456789abcdef0123456789abcdef\"\nauth_token = \"env:TOKEN\"\n\
                     from = \"+14155552345\"\nto = [\"+15552229997\", \"+15552229998\", \"+15552229999\"]\nbase_url = \"{url}\"\n",
            secrets: &[("TOKEN", "s3cret0123456789abcdef0123456789")],
            good: |_| status(201, r#"{"sid":"SM00000000000000000000000000000001","status":"queued"}"#),
            requests: 3,
            ..usual
        },
        Case {
            name: "sms by SNS",
            config: "provider = \"sns\"\nregion = \"eu-central-1\"\naccess_key_id = \"AKIDEXAMPLE\"\n\
                     secret_access_key = \"env:KEY\"\nsession_token = \"env:SESSION\"\nto = \"+15552229999\"\nbase_url = \"{url}\"\n",
            secrets: &[("KEY", "wJalr/s3cret+K7MDENG"), ("SESSION", "IQoJb3JpZ2luX2VjE/s3cret//+w==")],
            good: |_| {
                ok(
                    "<PublishResponse><PublishResult><MessageId>567910cd</MessageId></PublishResult></PublishResponse>",
                )
            },
            ..usual
        },
        Case {
            name: "sms by Vonage",
            config: "provider = \"vonage\"\napi_key = \"abcd1234\"\napi_secret = \"env:SECRET\"\nfrom = \"AcmeSec\"\n\
                     to = \"+447700900000\"\nbase_url = \"{url}\"\n",
            secrets: &[("SECRET", "s3cret&Of+Vonage%")],
            good: |_| {
                ok(
                    r#"{"message-count":"1","messages":[{"to":"447700900000","message-id":"0C01","status":"0"}]}"#,
                )
            },
            ..usual
        },
    ]
}
