//! Sign-ins at the console. Knows the record of every kind of sign-in, and of events that accompany
//! one (the MFA step, a switch of role) and are not sign-ins. Knows nothing of the rest of the
//! trail.

use super::rng::Rng;
use super::template::Template;
use super::world::World;
use super::{Kind, SignIns};

use Kind::{IamUserSignIn, Other, OtherSignIn};

const USER: &str = r#"{"type":"IAMUser","principalId":"<user-id>","arn":"arn:aws:iam::<account>:user/<user>","accountId":"<account>","userName":"<user>"}"#;
const USER_NO_ARN: &str = r#"{"type":"IAMUser","principalId":"<user-id>","accountId":"<account>","accessKeyId":"","userName":"<user>"}"#;
const USER_HIDDEN: &str = r#"{"type":"IAMUser","accountId":"<account>","accessKeyId":"","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#;
const ROOT: &str = r#"{"type":"Root","principalId":"<account>","arn":"arn:aws:iam::<account>:root","accountId":"<account>","accessKeyId":""}"#;
const ROLE: &str = r#"{"type":"AssumedRole","principalId":"<role-id>:<user>@corp.example","arn":"arn:aws:sts::<account>:assumed-role/<role>/<user>@corp.example","accountId":"<account>","accessKeyId":"ASIA<upper:16>","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"<role-id>","arn":"arn:aws:iam::<account>:role/<role>","accountId":"<account>","userName":"<role>"},"attributes":{"creationDate":"<time>","mfaAuthenticated":"false"}}}"#;

const HOME: &str = r#""LoginTo":"https://<region>.console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true&region=<region>&state=hashArgsFromTB_<region>_<hex:16>","MobileVersion":"No""#;
const HOME_ESCAPED: &str = r#""LoginTo":"https://console.aws.amazon.com/console/home?hashArgs\u003d%23\u0026isauthcode\u003dtrue\u0026state\u003dhashArgsFromTB_<region>_<hex:16>","MobileVersion":"No""#;
const FAILED: &str = r#""errorMessage":"Failed authentication","#;
const NO_SUCH_USER: &str = r#""errorMessage":"No username found in supplied account","#;
const SUCCESS: &str = r#"{"ConsoleLogin":"Success"}"#;
const FAILURE: &str = r#"{"ConsoleLogin":"Failure"}"#;

/// (weight, what it is, eventName, userIdentity, error, responseElements, start of additionalEventData, its end)
type Row = (u32, Kind, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (24, IamUserSignIn, "ConsoleLogin", USER, "", SUCCESS, HOME, r#","MFAUsed":"No""#),
    (16, IamUserSignIn, "ConsoleLogin", USER, "", SUCCESS, HOME, r#","MFAIdentifier":"arn:aws:iam::<account>:mfa/<user>","MFAUsed":"Yes""#),
    (2, IamUserSignIn, "ConsoleLogin", USER, "", SUCCESS, HOME_ESCAPED, r#","MFAIdentifier":"arn:aws:iam::<account>:mfa/<user>-phone","MFAUsed":"Yes""#),
    (5, IamUserSignIn, "ConsoleLogin", USER, "", SUCCESS, HOME, r#","MFAIdentifier":"arn:aws:iam::<account>:u2f/user/<user>/default-<upper:26>","MFAUsed":"Yes""#),
    (5, IamUserSignIn, "ConsoleLogin", USER, FAILED, FAILURE, HOME, r#","MFAUsed":"No""#),
    (3, IamUserSignIn, "ConsoleLogin", USER_NO_ARN, FAILED, FAILURE, HOME, r#","MFAUsed":"No""#),
    (2, IamUserSignIn, "ConsoleLogin", USER_NO_ARN, FAILED, FAILURE, HOME, r#","MFAUsed":"Yes""#),
    (4, IamUserSignIn, "ConsoleLogin", USER_HIDDEN, NO_SUCH_USER, FAILURE, HOME, r#","MFAUsed":"No""#),
    (19, Other, "CheckMfa", USER_NO_ARN, "", r#"{"CheckMfa":"Success"}"#, r#""MfaType":"Virtual MFA""#, ""),
    (5, Other, "CheckMfa", USER_NO_ARN, "", r#"{"CheckMfa":"Success"}"#, r#""MfaType":"U2F MFA""#, ""),
    (2, OtherSignIn, "ConsoleLogin", ROOT, "", SUCCESS, HOME, r#","MFAUsed":"Yes""#),
    (1, OtherSignIn, "ConsoleLogin", ROOT, FAILED, FAILURE, HOME, r#","MFAUsed":"No""#),
    (8, OtherSignIn, "ConsoleLogin", ROLE, "", SUCCESS, r#""MobileVersion":"No","MFAUsed":"No""#, r#","SamlProviderArn":"arn:aws:iam::<account>:saml-provider/corp-idp""#),
    (3, OtherSignIn, "ConsoleLogin", ROLE, "", SUCCESS, r#""MobileVersion":"No","MFAUsed":"No""#, ""),
    (3, Other, "SwitchRole", USER, "", r#"{"SwitchRole":"Success"}"#, r#""SwitchTo":"arn:aws:iam::<other-account>:role/<role>""#, ""),
    (2, Other, "SwitchRole", ROLE, "", r#"{"SwitchRole":"Success"}"#, r#""SwitchFrom":"arn:aws:iam::<other-account>:user/<user>","RedirectTo":"https://console.aws.amazon.com/console/home""#, ""),
];

struct Shape {
    kind: Kind,
    weight: u32,
    name: &'static str,
    parts: [Template; 5],
}

/// The shapes of one corpus.
pub(crate) struct Shapes {
    all: Vec<Shape>,
    weight: u32,
    middle: Template,
    tail: Template,
}

impl Shapes {
    pub(crate) fn new(which: SignIns) -> Self {
        let rows = ROWS.iter().filter(|row| which == SignIns::Every || row.1 == IamUserSignIn);
        let all: Vec<_> = rows
            .map(|&(weight, kind, name, identity, error, response, begin, end)| Shape {
                kind,
                weight,
                name,
                parts: [identity, error, response, begin, end].map(Template::compile),
            })
            .collect();
        Self {
            weight: all.iter().map(|shape| shape.weight).sum(),
            all,
            middle: Template::compile(
                r#","eventTime":"<time>","eventSource":"<source>","eventName":"<event>","awsRegion":"<region>","sourceIPAddress":"<address>","userAgent":"<browser>","#,
            ),
            tail: Template::compile(
                r#"},"eventID":"<uuid>","readOnly":false,"eventType":"AwsConsoleSignIn","managementEvent":true,"recipientAccountId":"<account>","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"<region>.signin.aws.amazon.com"}}"#,
            ),
        }
    }

    /// Writes one record, without a newline, and returns its kind.
    pub(crate) fn write(&self, world: &World, times: [&str; 2], rng: &mut Rng, out: &mut Vec<u8>) -> Kind {
        let mut at = rng.below(self.weight as usize) as u32;
        let shape = self.all.iter().find(|shape| match at.checked_sub(shape.weight) {
            Some(rest) => {
                at = rest;
                false
            }
            None => true,
        });
        let shape = shape.unwrap_or(&self.all[0]);
        let mut scene = world.scene(times[0], times[1], rng);
        scene.event = ["signin.amazonaws.com", shape.name];

        let [identity, error, response, begin, end] = &shape.parts;
        out.extend_from_slice(br#"{"eventVersion":"1.11","userIdentity":"#);
        identity.write(&scene, rng, out);
        self.middle.write(&scene, rng, out);
        error.write(&scene, rng, out);
        out.extend_from_slice(br#""requestParameters":null,"responseElements":"#);
        response.write(&scene, rng, out);
        out.extend_from_slice(br#","additionalEventData":{"#);
        begin.write(&scene, rng, out);
        end.write(&scene, rng, out);
        self.tail.write(&scene, rng, out);
        shape.kind
    }
}
