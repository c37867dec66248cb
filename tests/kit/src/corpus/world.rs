//! The invented company of this trail: accounts, people, roles, machines. Knows who acts and from
//! where. Knows nothing of events. Every name is invented; the addresses are from the documentation
//! ranges (RFC 5737).

use super::rng::Rng;

const REGIONS: &[&str] = &[
    "us-east-1",
    "us-east-1",
    "us-east-1",
    "eu-west-1",
    "eu-west-1",
    "us-west-2",
    "eu-central-1",
    "ap-southeast-2",
];

const PEOPLE: &[&str] = &[
    "alma.berg",
    "anaya",
    "bruno.keller",
    "c.okafor",
    "chen.wei",
    "dana",
    "deploy-bot",
    "elif.kaya",
    "emre",
    "fatima.zahra",
    "g.rossi",
    "hana.sato",
    "ines.duarte",
    "ivan.petrov",
    "jo.lindqvist",
    "kofi.mensah",
    "l.moreau",
    "lucia",
    "m.haddad",
    "mateo.silva",
    "nadia.rahman",
    "noor",
    "o.nielsen",
    "ops-breakglass",
    "priya.nair",
    "q.tran",
    "r.oconnor",
    "rosa.ortiz",
    "s.novak",
    "svc-backup",
    "svc-terraform",
    "tomasz.w",
    "uma.iyer",
    "v.popescu",
    "wanjiru",
    "yuki.mori",
    "z.ahmed",
];

/// The role name, and the prefix of its session name.
const ROLES: &[(&str, &str)] = &[
    ("eks-node-group-general", "i-0"),
    ("ecs-task-orders-api", ""),
    ("ecs-task-billing-export", ""),
    ("lambda-thumbnail-render", "thumbnail-render-"),
    ("lambda-invoice-mailer", "invoice-mailer-"),
    ("AWSReservedSSO_PlatformEngineer_4f0c2d9e8b7a6153", "user-"),
    ("AWSReservedSSO_ReadOnlyAccess_91be77d0c3a54e2f", "user-"),
    ("GitHubActionsDeploy", "GitHubActions-"),
    ("terraform-plan", "aws-go-sdk-"),
    ("terraform-apply", "aws-go-sdk-"),
    ("MonitoringIntegrationRole", "Monitoring-"),
    ("cost-explorer-reader", "botocore-session-"),
    ("karpenter-controller", "karpenter-"),
    ("external-dns", "external-dns-"),
    ("cluster-autoscaler", "autoscaler-"),
    ("data-lake-ingest", "glue-"),
    ("AWSServiceRoleForAutoScaling", "AutoScaling"),
    ("AWSServiceRoleForConfig", "AWSConfig-Describe"),
    ("AWSServiceRoleForECS", "ecs-service-scheduler"),
    ("security-audit-crossaccount", "audit-"),
];

/// Services that act on their own behalf.
const SERVICES: &[&str] = &[
    "ec2.amazonaws.com",
    "lambda.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "autoscaling.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "ssm.amazonaws.com",
    "eks.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "inspector2.amazonaws.com",
    "rds.amazonaws.com",
    "states.amazonaws.com",
];

const PROGRAMS: &[&str] = &[
    "Boto3/1.34.162 md/Botocore#1.34.162 ua/2.0 os/linux#5.10.223-212.873.amzn2.x86_64 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.162",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.66.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.30.4 os/linux lang/go#1.22.6 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.177.1",
    "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#arm64 api/sqs#1.34.3",
    "aws-sdk-java/2.26.29 Linux/5.10.220-209.869.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/21.0.4+7-LTS Java/21.0.4 vendor/Amazon.com_Inc. io/async http/NettyNio cfg/retry-mode/legacy",
    "aws-cli/2.17.44 md/awscrt#0.21.2 ua/2.0 os/linux#6.1.102-108.177.amzn2023.x86_64 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#ec2.describe-instances",
    "aws-sdk-go/1.55.5 (go1.22.6; linux; amd64)",
    "MonitoringAgent",
    "karpenter.sh-1.0.1 aws-sdk-go/1.55.5 (go1.22.6; linux; amd64)",
    "amazon-ssm-agent/3.3.551.0 aws-sdk-go/1.51.14 (go1.22.3; linux; amd64)",
    "aws-sdk-nodejs/2.1681.0 linux/v20.16.0 exec-env/AWS_Lambda_nodejs20.x promise",
];

const BROWSERS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
];

const WORDS: &[&str] = &[
    "orders",
    "billing",
    "thumbnails",
    "ingest",
    "search",
    "staging",
    "prod",
    "edge",
    "ledger",
    "catalogue",
    "payments",
    "sessions",
    "audit",
    "metrics",
    "reports",
    "mailer",
    "inventory",
    "checkout",
    "archive",
    "events",
];

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const DIGITS: &[u8] = b"0123456789";

struct Actor {
    name: &'static str,
    id: String,
}

/// Chosen once for a corpus; the same few actors recur, as in a real trail.
pub(crate) struct World {
    accounts: Vec<String>,
    people: Vec<Actor>,
    roles: Vec<(Actor, &'static str)>,
    addresses: Vec<String>,
}

fn letters(rng: &mut Rng, prefix: &str, n: usize, alphabet: &[u8]) -> String {
    let mut text = prefix.as_bytes().to_vec();
    rng.letters(n, alphabet, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

impl World {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        Self {
            accounts: (1..=8).map(|n| letters(rng, &n.to_string(), 11, DIGITS)).collect(),
            people: PEOPLE.iter().map(|name| Actor { name, id: letters(rng, "AIDA", 17, UPPER) }).collect(),
            roles: ROLES
                .iter()
                .map(|(name, session)| (Actor { name, id: letters(rng, "AROA", 17, UPPER) }, *session))
                .collect(),
            addresses: ["192.0.2.", "198.51.100.", "203.0.113."]
                .iter()
                .flat_map(|net| (0..40).map(|_| format!("{net}{}", rng.below(256))).collect::<Vec<_>>())
                .collect(),
        }
    }

    /// The actor, place and time of one record. `event_time` is like `2026-11-02T00:00:00Z`, and so
    /// is `created`.
    pub(crate) fn scene<'a>(&'a self, event_time: &'a str, created: &'a str, rng: &mut Rng) -> Scene<'a> {
        let person = rng.pick(&self.people);
        let (role, session) = rng.pick(&self.roles);
        Scene {
            event_time,
            created,
            account: rng.pick::<String>(&self.accounts),
            other_account: rng.pick::<String>(&self.accounts),
            region: rng.word(REGIONS),
            user: person.name,
            user_id: &person.id,
            role: role.name,
            role_id: &role.id,
            session: match *session {
                "user-" => format!("{}@corp.example", person.name),
                "i-0" => letters(rng, "i-0", 16, b"0123456789abcdef"),
                "" => letters(rng, "", 32, b"0123456789abcdef"),
                fixed if !fixed.ends_with('-') => fixed.to_owned(),
                prefix => letters(rng, prefix, 10, DIGITS),
            },
            address: rng.pick::<String>(&self.addresses),
            program: rng.word(PROGRAMS),
            browser: rng.word(BROWSERS),
            service: rng.word(SERVICES),
            word: rng.word(WORDS),
            host: "",
            event: ["", ""],
        }
    }
}

/// The values of a template's named placeholders.
pub(crate) struct Scene<'a> {
    pub(crate) event_time: &'a str,
    pub(crate) created: &'a str,
    pub(crate) account: &'a str,
    pub(crate) other_account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) user: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) role: &'a str,
    pub(crate) role_id: &'a str,
    pub(crate) session: String,
    pub(crate) address: &'a str,
    pub(crate) program: &'a str,
    pub(crate) browser: &'a str,
    pub(crate) service: &'a str,
    pub(crate) word: &'a str,
    /// The first label of the endpoint: `ec2` of `ec2.eu-west-1.amazonaws.com`.
    pub(crate) host: &'a str,
    /// eventSource and eventName.
    pub(crate) event: [&'a str; 2],
}

impl Scene<'_> {
    pub(crate) fn get(&self, hole: &str) -> &str {
        match hole {
            "time" => self.event_time,
            "created" => self.created,
            "account" => self.account,
            "other-account" => self.other_account,
            "region" => self.region,
            "user" => self.user,
            "user-id" => self.user_id,
            "role" => self.role,
            "role-id" => self.role_id,
            "session" => &self.session,
            "address" => self.address,
            "program" => self.program,
            "browser" => self.browser,
            "service" => self.service,
            "word" => self.word,
            "host" => self.host,
            "source" => self.event[0],
            "event" => self.event[1],
            _ => panic!("no such hole: <{hole}>"),
        }
    }
}
