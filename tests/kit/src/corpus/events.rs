//! The events of an account other than sign-ins. Knows event names, who calls them and their
//! parameters, in CloudTrail's order of keys. Knows nothing of sign-ins.

use super::rng::Rng;
use super::template::Template;
use super::world::{Scene, World};

/// The identity of an event.
#[derive(Clone, Copy, PartialEq)]
enum By {
    /// A role's session or, less often, an IAM user's access key.
    Key,
    /// An AWS service on its own behalf.
    Service,
    /// A service passing on a caller's request (`invokedBy`).
    Through,
    /// A web identity: pods and build jobs.
    Token,
    /// A service event without an identity type.
    Nobody,
}
use By::{Key, Nobody, Service, Through, Token};

/// (weight, who, read-only, eventSource, eventName, requestParameters, responseElements, what follows them)
type Row = (u32, By, bool, &'static str, &'static str, &'static str, &'static str, &'static str);

const ROLE_RESOURCE: &str = r#","resources":[{"accountId":"<account>","type":"AWS::IAM::Role","ARN":"arn:aws:iam::<account>:role/<role>"}]"#;
const KEY_RESOURCE: &str = r#","resources":[{"accountId":"<account>","type":"AWS::KMS::Key","ARN":"arn:aws:kms:<region>:<account>:key/<uuid>"}]"#;
const CREDENTIALS: &str = r#"{"credentials":{"accessKeyId":"ASIA<upper:16>","sessionToken":"IQoJb3JpZ2luX2VjE<base64:560>==","expiration":"Nov 2, 2026, 12:55:24 PM"},"assumedRoleUser":{"assumedRoleId":"<role-id>:<session>","arn":"arn:aws:sts::<account>:assumed-role/<role>/<session>"}}"#;
const S3_EXTRA: &str = r#","additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"<base64:75>=","bytesTransferredOut":3<digits:3>}"#;

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (550, Service, true, "sts.amazonaws.com", "AssumeRole", r#"{"roleArn":"arn:aws:iam::<account>:role/<role>","roleSessionName":"<session>","durationSeconds":3600}"#, CREDENTIALS, ROLE_RESOURCE),
    (200, Key, true, "sts.amazonaws.com", "AssumeRole", r#"{"roleArn":"arn:aws:iam::<other-account>:role/<role>","roleSessionName":"<session>","externalId":"<uuid>","durationSeconds":900}"#, CREDENTIALS, ROLE_RESOURCE),
    (250, Token, true, "sts.amazonaws.com", "AssumeRoleWithWebIdentity", r#"{"roleArn":"arn:aws:iam::<account>:role/<role>","roleSessionName":"<session>","durationSeconds":3600}"#, CREDENTIALS, ROLE_RESOURCE),
    (250, Key, true, "sts.amazonaws.com", "GetCallerIdentity", "null", "null", ""),
    (700, Through, true, "kms.amazonaws.com", "Decrypt", r#"{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"SecretARN":"arn:aws:secretsmanager:<region>:<account>:secret:<word>-<alnum:6>","SecretVersionId":"<uuid>"}}"#, "null", KEY_RESOURCE),
    (450, Key, true, "kms.amazonaws.com", "Decrypt", r#"{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<word>-<account>-<region>/<word>/<hex:8>.parquet"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#, "null", KEY_RESOURCE),
    (300, Through, true, "kms.amazonaws.com", "GenerateDataKey", r#"{"keyId":"arn:aws:kms:<region>:<account>:key/<uuid>","keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<word>-<account>-<region>"}}"#, "null", KEY_RESOURCE),
    (600, Key, true, "ec2.amazonaws.com", "DescribeInstances", r#"{"instancesSet":{"items":[{"instanceId":"i-0<hex:16>"},{"instanceId":"i-0<hex:16>"}]},"filterSet":{}}"#, "null", ""),
    (300, Key, true, "ec2.amazonaws.com", "DescribeInstances", r#"{"maxResults":1000,"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"},{"value":"pending"}]}},{"name":"tag:karpenter.sh/nodepool","valueSet":{"items":[{"value":"<word>"}]}}]}}"#, "null", ""),
    (350, Key, true, "ec2.amazonaws.com", "DescribeNetworkInterfaces", r#"{"networkInterfaceIdSet":{},"filterSet":{"items":[{"name":"attachment.instance-id","valueSet":{"items":[{"value":"i-0<hex:16>"}]}}]}}"#, "null", ""),
    (250, Key, true, "ec2.amazonaws.com", "DescribeSecurityGroups", r#"{"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"sg-0<hex:16>"}]},"filterSet":{}}"#, "null", ""),
    (200, Key, true, "ec2.amazonaws.com", "DescribeVolumes", r#"{"volumeSet":{"items":[{"volumeId":"vol-0<hex:16>"}]},"filterSet":{}}"#, "null", ""),
    (150, Key, true, "ec2.amazonaws.com", "DescribeSubnets", r#"{"subnetSet":{},"filterSet":{"items":[{"name":"tag:Name","valueSet":{"items":[{"value":"<word>-private-*"}]}}]}}"#, "null", ""),
    (60, Key, false, "ec2.amazonaws.com", "CreateTags", r#"{"resourcesSet":{"items":[{"resourceId":"i-0<hex:16>"}]},"tagSet":{"items":[{"key":"Name","value":"<word>-<hex:4>"},{"key":"team","value":"<word>"}]}}"#, r#"{"requestId":"<uuid>","_return":true}"#, ""),
    (40, Key, false, "ec2.amazonaws.com", "RunInstances", r#"{"instancesSet":{"items":[{"imageId":"ami-0<hex:16>","minCount":1,"maxCount":1,"keyName":"<word>"}]},"instanceType":"m7g.2xlarge","blockDeviceMapping":{"items":[{"deviceName":"/dev/xvda","ebs":{"volumeSize":80,"deleteOnTermination":true,"volumeType":"gp3"}}]},"monitoring":{"enabled":false},"disableApiTermination":false,"clientToken":"<uuid>","tagSpecificationSet":{"items":[<items>]}}"#, r#"{"requestId":"<uuid>","reservationId":"r-0<hex:16>","ownerId":"<account>","groupSet":{},"instancesSet":{"items":[<items>]}}"#, ""),
    (300, Key, true, "s3.amazonaws.com", "GetBucketLocation", r#"{"bucketName":"<word>-<account>-<region>","location":"","Host":"<word>-<account>-<region>.s3.<region>.amazonaws.com"}"#, "null", S3_EXTRA),
    (250, Through, true, "s3.amazonaws.com", "GetBucketAcl", r#"{"bucketName":"<word>-<account>-<region>","Host":"<word>-<account>-<region>.s3.<region>.amazonaws.com","acl":""}"#, "null", S3_EXTRA),
    (250, Key, true, "s3.amazonaws.com", "HeadBucket", r#"{"bucketName":"<word>-<account>-<region>","Host":"s3.<region>.amazonaws.com"}"#, "null", S3_EXTRA),
    (300, Key, true, "logs.amazonaws.com", "DescribeLogStreams", r#"{"logGroupName":"/aws/lambda/<word>-<word>","descending":true,"orderBy":"LastEventTime"}"#, "null", r#","apiVersion":"20140328""#),
    (300, Key, false, "logs.amazonaws.com", "CreateLogStream", r#"{"logGroupName":"/aws/ecs/<word>","logStreamName":"<word>/<word>/<hex:32>"}"#, "null", r#","apiVersion":"20140328""#),
    (120, Key, true, "monitoring.amazonaws.com", "DescribeAlarms", r#"{"alarmNamePrefix":"TargetTracking-service/<word>/","maxRecords":100}"#, "null", ""),
    (300, Key, true, "monitoring.amazonaws.com", "ListMetrics", r#"{"namespace":"AWS/ApplicationELB","metricName":"TargetResponseTime","dimensions":[{"name":"LoadBalancer","value":"app/<word>/<hex:16>"}]}"#, "null", ""),
    (250, Key, false, "ssm.amazonaws.com", "UpdateInstanceInformation", r#"{"agentVersion":"3.3.551.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"10.20.<digits:2>.<digits:2>","computerName":"ip-10-20-<digits:2>-<digits:2>.<region>.compute.internal","agentName":"amazon-ssm-agent","instanceId":"i-0<hex:16>","availabilityZone":"<region>a","availabilityZoneId":"use1-az4","sSMConnectionChannel":"ssmmessages"}"#, "null", ""),
    (200, Key, true, "ssm.amazonaws.com", "GetParameter", r#"{"name":"/<word>/<word>/database-url","withDecryption":true}"#, "null", r#","resources":[{"accountId":"<account>","ARN":"arn:aws:ssm:<region>:<account>:parameter/<word>/<word>/database-url"}]"#),
    (250, Key, true, "secretsmanager.amazonaws.com", "GetSecretValue", r#"{"secretId":"arn:aws:secretsmanager:<region>:<account>:secret:<word>/<word>-<alnum:6>","versionStage":"AWSCURRENT"}"#, "null", ""),
    (250, Key, true, "dynamodb.amazonaws.com", "DescribeTable", r#"{"tableName":"<word>-<word>"}"#, "null", r#","resources":[{"accountId":"<account>","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:<region>:<account>:table/<word>-<word>"}],"apiVersion":"2012-08-10""#),
    (250, Key, true, "ecr.amazonaws.com", "BatchGetImage", r#"{"repositoryName":"<word>/<word>","imageIds":[{"imageDigest":"sha256:<hex:64>"}],"acceptedMediaTypes":["application/vnd.oci.image.manifest.v1+json","application/vnd.docker.distribution.manifest.v2+json"],"registryId":"<account>"}"#, "null", r#","resources":[{"accountId":"<account>","ARN":"arn:aws:ecr:<region>:<account>:repository/<word>/<word>"}]"#),
    (180, Key, true, "ecr.amazonaws.com", "GetAuthorizationToken", "null", "null", ""),
    (200, Key, true, "eks.amazonaws.com", "DescribeCluster", r#"{"name":"<word>-blue"}"#, "null", ""),
    (200, Key, true, "autoscaling.amazonaws.com", "DescribeAutoScalingGroups", r#"{"maxRecords":100,"filters":[{"name":"tag-key","values":["k8s.io/cluster-autoscaler/enabled"]}]}"#, "null", ""),
    (200, Key, true, "elasticloadbalancing.amazonaws.com", "DescribeTargetHealth", r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<word>/<hex:16>"}"#, "null", r#","apiVersion":"2015-12-01""#),
    (120, Key, false, "lambda.amazonaws.com", "UpdateFunctionCode20150331v2", r#"{"functionName":"<word>-<word>","s3Bucket":"<word>-artifacts-<account>","s3Key":"<word>/<hex:40>.zip","publish":false,"dryRun":false}"#, r#"{"functionName":"<word>-<word>","functionArn":"arn:aws:lambda:<region>:<account>:function:<word>-<word>","runtime":"python3.12","role":"arn:aws:iam::<account>:role/<role>","handler":"app.handler","codeSize":1<digits:6>,"description":"","timeout":30,"memorySize":512,"lastModified":"<time>","codeSha256":"<base64:43>=","version":"$LATEST","tracingConfig":{"mode":"PassThrough"},"revisionId":"<uuid>","packageType":"Zip","architectures":["arm64"],"ephemeralStorage":{"size":512},"loggingConfig":{"logFormat":"Text","logGroup":"/aws/lambda/<word>-<word>"}}"#, ""),
    (220, Key, true, "lambda.amazonaws.com", "GetFunction20150331v2", r#"{"functionName":"arn:aws:lambda:<region>:<account>:function:<word>-<word>"}"#, "null", ""),
    (200, Key, true, "iam.amazonaws.com", "ListAttachedRolePolicies", r#"{"roleName":"<role>"}"#, "null", ""),
    (200, Key, true, "iam.amazonaws.com", "GetRole", r#"{"roleName":"<role>"}"#, "null", ""),
    (60, Key, false, "iam.amazonaws.com", "PutRolePolicy", r#"{"roleName":"<role>","policyName":"<word>-access","policyDocument":"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Sid\": \"Read<digits:2>\",\n      \"Effect\": \"Allow\",\n      \"Action\": [\n        \"s3:GetObject\",\n        \"s3:ListBucket\"\n      ],\n      \"Resource\": [\n        \"arn:aws:s3:::<word>-<account>\",\n        \"arn:aws:s3:::<word>-<account>/*\"\n      ]\n    }\n  ]\n}"}"#, "null", ""),
    (30, Key, false, "iam.amazonaws.com", "CreatePolicyVersion", r#"{"policyArn":"arn:aws:iam::<account>:policy/<word>","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[<items>]}","setAsDefault":true}"#, r#"{"policyVersion":{"versionId":"v<digits:1>","isDefaultVersion":true,"createDate":"Nov 2, 2026, 9:12:07 AM"}}"#, ""),
    (50, Through, false, "config.amazonaws.com", "PutEvaluations", r#"{"evaluations":[<items>],"resultToken":"<base64:700>"}"#, r#"{"failedEvaluations":[]}"#, ""),
    (100, Key, true, "health.amazonaws.com", "DescribeEventAggregates", r#"{"filter":{"eventStatusCodes":["open","upcoming"],"startTimes":[{"from":"Oct 26, 2026, 8:40:21 AM"}]},"aggregateField":"eventTypeCategory"}"#, "null", ""),
    (100, Key, true, "organizations.amazonaws.com", "DescribeAccount", r#"{"accountId":"<other-account>"}"#, "null", ""),
    (140, Key, true, "tagging.amazonaws.com", "GetResources", r#"{"paginationToken":"","resourceTypeFilters":["ec2:instance","rds:db"],"tagFilters":[{"key":"kostenstelle","values":["4711"]}]}"#, "null", ""),
    (20, Key, false, "resource-groups.amazonaws.com", "Tag", r#"{"Arn":"arn:aws:resource-groups:<region>:<account>:group/<word>","Tags":{"Standort":"Zürich – Büro","部署":"東京 開発","équipe":"Données"}}"#, "null", ""),
    (100, Key, true, "rds.amazonaws.com", "DescribeDBInstances", r#"{"dBInstanceIdentifier":"<word>-<hex:6>","maxRecords":100}"#, "null", ""),
    (100, Key, true, "sns.amazonaws.com", "GetTopicAttributes", r#"{"topicArn":"arn:aws:sns:<region>:<account>:<word>-alerts"}"#, "null", ""),
    (150, Key, true, "sqs.amazonaws.com", "GetQueueAttributes", r#"{"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<word>-<word>","attributeNames":["ApproximateNumberOfMessages","ApproximateNumberOfMessagesNotVisible"]}"#, "null", ""),
    (120, Key, true, "athena.amazonaws.com", "GetQueryExecution", r#"{"queryExecutionId":"<uuid>"}"#, "null", ""),
    (60, Key, false, "athena.amazonaws.com", "StartQueryExecution", r#"{"queryString":"SELECT useridentity.arn, count(*) AS n\nFROM \"cloudtrail_logs\".\"<word>\"\nWHERE eventname IN ('RunInstances','CreateUser') AND errorcode IS NULL\nGROUP BY 1 ORDER BY n DESC","clientRequestToken":"<uuid>","queryExecutionContext":{"database":"cloudtrail_logs"},"resultConfiguration":{"outputLocation":"s3://<word>-athena-<account>/<word>/"},"workGroup":"primary"}"#, r#"{"queryExecutionId":"<uuid>"}"#, ""),
    (13, Key, true, "logs.amazonaws.com", "StartQuery", r#"{"logGroupName":"/aws/lambda/<word>","startTime":1793577600,"endTime":1793581200,"queryString":"fields @timestamp, @message | filter status \u003d 500 \u0026\u0026 path like \"/<word>\" | sort @timestamp desc","limit":1000}"#, r#"{"queryId":"<uuid>"}"#, r#","apiVersion":"20140328""#),
    (11, Key, false, "ec2.amazonaws.com", "ModifyInstanceAttribute", r#"{"instanceId":"i-0<hex:16>","userData":"\u003csensitiveDataRemoved\u003e"}"#, r#"{"requestId":"<uuid>","_return":true}"#, ""),
    // A search for the event's name finds this text, and it is not a sign-in: an auditor's query.
    (4, Key, true, "cloudtrail.amazonaws.com", "LookupEvents", r#"{"lookupAttributes":[{"attributeKey":"EventName","attributeValue":"ConsoleLogin"}],"maxResults":50,"startTime":"Nov 1, 2026, 12:00:00 AM","endTime":"Nov 2, 2026, 12:00:00 AM"}"#, "null", ""),
    (1, Key, false, "logs.amazonaws.com", "PutMetricFilter", r#"{"logGroupName":"cloudtrail/<word>","filterName":"ConsoleSignInFailures","filterPattern":"{ ($.eventName = \"ConsoleLogin\") \u0026\u0026 ($.errorMessage = \"Failed authentication\") }","metricTransformations":[{"metricName":"ConsoleSigninFailureCount","metricNamespace":"CISBenchmark","metricValue":"1"}]}"#, "null", r#","apiVersion":"20140328""#),
    (120, Nobody, false, "kms.amazonaws.com", "RotateKey", "null", "null", r#","serviceEventDetails":{"keyId":"<uuid>","rotationType":"AUTOMATIC"}"#),
    (3, Key, true, "ecr.amazonaws.com", "DescribeImageScanFindings", r#"{"repositoryName":"<word>","imageId":{"imageTag":"v<digits:3>"},"maxResults":1000,"registryId":"<account>"}"#, r#"{"registryId":"<account>","repositoryName":"<word>","imageScanStatus":{"status":"COMPLETE"},"imageScanFindings":{"findings":[<items>]}}"#, ""),
];

/// How many elements `<items>` holds, at least and at most, and one of them.
fn items_of(event: &str) -> (usize, usize, &'static str) {
    match event {
        "RunInstances" => (
            1,
            6,
            r#"{"instanceId":"i-0<hex:16>","imageId":"ami-0<hex:16>","instanceState":{"code":0,"name":"pending"},"privateDnsName":"ip-10-20-<digits:2>-<digits:2>.<region>.compute.internal","instanceType":"m7g.2xlarge","subnetId":"subnet-0<hex:16>","vpcId":"vpc-0<hex:16>"}"#,
        ),
        "CreatePolicyVersion" => (
            4,
            40,
            r#"{\"Sid\":\"<alnum:12>\",\"Effect\":\"Allow\",\"Action\":[\"dynamodb:GetItem\",\"dynamodb:Query\"],\"Resource\":\"arn:aws:dynamodb:<region>:<account>:table/<word>-<word>\"}"#,
        ),
        "PutEvaluations" => (
            5,
            45,
            r#"{"complianceResourceType":"AWS::EC2::Volume","complianceResourceId":"vol-0<hex:16>","complianceType":"COMPLIANT","orderingTimestamp":"Nov 2, 2026, 3:11:55 AM"}"#,
        ),
        "DescribeImageScanFindings" => (
            110,
            150,
            r#"{"name":"CVE-2026-<digits:5>","description":"A flaw in <word> lets a \"crafted\" request read past the end of a buffer (<alnum:24>).","uri":"https://vulnerabilities.example/CVE-2026-<digits:5>","severity":"MEDIUM","attributes":[{"key":"package_version","value":"1.<digits:1>.<digits:2>-r0"},{"key":"package_name","value":"<word>"},{"key":"CVSS3_SCORE","value":"5.<digits:1>"}]}"#,
        ),
        _ => (0, 0, ""),
    }
}

const ROLE: &str = r#"{"type":"AssumedRole","principalId":"<role-id>:<session>","arn":"arn:aws:sts::<account>:assumed-role/<role>/<session>","accountId":"<account>","accessKeyId":"ASIA<upper:16>","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"<role-id>","arn":"arn:aws:iam::<account>:role/<role>","accountId":"<account>","userName":"<role>"},"attributes":{"creationDate":"<created>","mfaAuthenticated":"false"}}}"#;
const ROLE_ON_EC2: &str = r#"{"type":"AssumedRole","principalId":"<role-id>:<session>","arn":"arn:aws:sts::<account>:assumed-role/<role>/<session>","accountId":"<account>","accessKeyId":"ASIA<upper:16>","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"<role-id>","arn":"arn:aws:iam::<account>:role/<role>","accountId":"<account>","userName":"<role>"},"webIdFederationData":{},"attributes":{"creationDate":"<created>","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"}}"#;
const ROLE_THROUGH: &str = r#"{"type":"AssumedRole","principalId":"<role-id>:<session>","arn":"arn:aws:sts::<account>:assumed-role/<role>/<session>","accountId":"<account>","accessKeyId":"ASIA<upper:16>","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"<role-id>","arn":"arn:aws:iam::<account>:role/<role>","accountId":"<account>","userName":"<role>"},"attributes":{"creationDate":"<created>","mfaAuthenticated":"false"}},"invokedBy":"<service>"}"#;
const USER: &str = r#"{"type":"IAMUser","principalId":"<user-id>","arn":"arn:aws:iam::<account>:user/<user>","accountId":"<account>","accessKeyId":"AKIA<upper:16>","userName":"<user>"}"#;
const USER_IN_CONSOLE: &str = r#"{"type":"IAMUser","principalId":"<user-id>","arn":"arn:aws:iam::<account>:user/<user>","accountId":"<account>","accessKeyId":"ASIA<upper:16>","userName":"<user>","sessionContext":{"attributes":{"creationDate":"<created>","mfaAuthenticated":"true"}}}"#;
const ROOT: &str = r#"{"type":"Root","principalId":"<account>","arn":"arn:aws:iam::<account>:root","accountId":"<account>","accessKeyId":"ASIA<upper:16>","sessionContext":{"attributes":{"creationDate":"<created>","mfaAuthenticated":"true"}}}"#;
const SERVICE: &str = r#"{"type":"AWSService","invokedBy":"<service>"}"#;
const TOKEN: &str = r#"{"type":"WebIdentityUser","principalId":"arn:aws:iam::<account>:oidc-provider/oidc.eks.<region>.amazonaws.com/id/<upper:32>:sts.amazonaws.com:system:serviceaccount:<word>:<word>","userName":"system:serviceaccount:<word>:<word>","identityProvider":"arn:aws:iam::<account>:oidc-provider/oidc.eks.<region>.amazonaws.com/id/<upper:32>"}"#;
const NOBODY: &str = r#"{"accountId":"<account>","invokedBy":"AWS Internal"}"#;

const FROM_PROGRAM: &str = r#""sourceIPAddress":"<address>","userAgent":"[<program>]""#;
const FROM_BROWSER: &str = r#""sourceIPAddress":"<address>","userAgent":"<browser>""#;
const FROM_SERVICE: &str = r#""sourceIPAddress":"<service>","userAgent":"<service>""#;
const FROM_AWS: &str = r#""sourceIPAddress":"AWS Internal","userAgent":"AWS Internal""#;
const DENIED: &str = r#","errorCode":"AccessDenied","errorMessage":"User: arn:aws:sts::<account>:assumed-role/<role>/<session> is not authorized to perform: <host>:<event> on resource: arn:aws:<host>:<region>:<account>:<word>/<word> because no identity-based policy allows the <host>:<event> action""#;
const THROTTLED: &str = r#","errorCode":"ThrottlingException","errorMessage":"Rate exceeded""#;

struct Event {
    by: By,
    read_only: bool,
    name: [&'static str; 2],
    request: Template,
    response: Template,
    extra: Template,
    extra_first: bool,
    items: (usize, usize, Template),
}

impl Event {
    /// Parameters, with a new number of elements wherever the text has `<items>`.
    fn write_part(&self, part: &Template, scene: &Scene<'_>, rng: &mut Rng, out: &mut Vec<u8>) {
        let (least, most, one) = &self.items;
        part.write_with(scene, rng, out, |rng, out| {
            for n in 0..least + rng.below(most - least + 1) {
                if n > 0 {
                    out.push(b',');
                }
                one.write(scene, rng, out);
            }
        });
    }
}

/// The compiled table, with weights for random choice.
pub(crate) struct Events {
    all: Vec<Event>,
    /// `wheel[n]` is an index into `all`, as often as its weight says.
    wheel: Vec<u8>,
    head: Template,
    middle: Template,
    ids: Template,
    null: Template,
    tail: [Template; 4],
    identities: [Template; 9],
    origins: [Template; 4],
    errors: [Template; 2],
}

impl Events {
    pub(crate) fn new() -> Self {
        let mut wheel = Vec::new();
        for (at, row) in ROWS.iter().enumerate() {
            wheel.extend(std::iter::repeat_n(at as u8, row.0 as usize));
        }
        Self {
            all: ROWS
                .iter()
                .map(|&(_, by, read_only, source, name, request, response, extra)| {
                    let (least, most, one) = items_of(name);
                    Event {
                        by,
                        read_only,
                        name: [source, name],
                        request: Template::compile(request),
                        response: Template::compile(response),
                        extra: Template::compile(extra),
                        extra_first: extra.starts_with(r#","additionalEventData"#),
                        items: (least, most, Template::compile(one)),
                    }
                })
                .collect(),
            wheel,
            head: Template::compile(r#"{"eventVersion":"1.11","userIdentity":"#),
            middle: Template::compile(
                r#","eventTime":"<time>","eventSource":"<source>","eventName":"<event>","awsRegion":"<region>","#,
            ),
            ids: Template::compile(r#","requestID":"<uuid>","eventID":"<uuid>","readOnly":"#),
            null: Template::compile("null"),
            tail: [
                r#","eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"<account>","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"<host>.<region>.amazonaws.com"}}"#,
                r#","eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"<account>","sharedEventID":"<uuid>","eventCategory":"Management"}"#,
                r#","eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"<account>","eventCategory":"Management"}"#,
                r#","eventType":"AwsServiceEvent","managementEvent":true,"recipientAccountId":"<account>","eventCategory":"Management"}"#,
            ]
            .map(Template::compile),
            identities: [ROLE, ROLE_ON_EC2, USER, USER_IN_CONSOLE, ROOT, ROLE_THROUGH, SERVICE, TOKEN, NOBODY]
                .map(Template::compile),
            origins: [FROM_PROGRAM, FROM_BROWSER, FROM_SERVICE, FROM_AWS].map(Template::compile),
            errors: [DENIED, THROTTLED].map(Template::compile),
        }
    }

    /// One record, without its newline.
    pub(crate) fn write(&self, world: &World, times: [&str; 2], rng: &mut Rng, out: &mut Vec<u8>) {
        let event = &self.all[usize::from(*rng.pick(&self.wheel))];
        let mut scene = world.scene(times[0], times[1], rng);
        scene.event = event.name;
        scene.host = event.name[0].split('.').next().unwrap_or_default();

        // Some services do not report the TLS of their callers.
        let api_call = if rng.chance(0.35) { 2 } else { 0 };
        let (identity, origin, tail) = match event.by {
            Key => match rng.below(100) {
                0..=44 => (0, 0, api_call),
                45..=76 => (1, 0, api_call),
                77..=91 => (2, 0, api_call),
                92..=98 => (3, 1, api_call),
                _ => (4, 1, api_call),
            },
            Through => (5, 2, 1),
            Service => (6, 2, 1),
            Token => (7, 0, api_call),
            Nobody => (8, 3, 3),
        };
        self.head.write(&scene, rng, out);
        self.identities[identity].write(&scene, rng, out);
        self.middle.write(&scene, rng, out);
        self.origins[origin].write(&scene, rng, out);
        let failed = event.by == Key && rng.chance(0.04);
        if failed {
            self.errors[usize::from(rng.chance(0.3))].write(&scene, rng, out);
        }
        out.extend_from_slice(br#","requestParameters":"#);
        event.write_part(&event.request, &scene, rng, out);
        out.extend_from_slice(br#","responseElements":"#);
        event.write_part(if failed { &self.null } else { &event.response }, &scene, rng, out);
        if event.extra_first {
            event.extra.write(&scene, rng, out);
        }
        self.ids.write(&scene, rng, out);
        out.extend_from_slice(if event.read_only { b"true" } else { b"false" });
        if !event.extra_first {
            event.extra.write(&scene, rng, out);
        }
        self.tail[tail].write(&scene, rng, out);
    }
}
