"""SNS as simulated by PyPI moto (Apache-2.0), on loopback, with its check of signatures and permissions switched on.

Writes one line of JSON, {url, user, role, topic_arn}, where user and role are keys, the role's with a session token. Waits for
the end of its input; then writes what was published, {numbers: [[number, text], ...], topic: [text, ...]}. Exit status 77: the package is not installed.
"""

import json
import logging
import sys

try:
    import boto3
    from moto import settings
    from moto.server import ThreadedMotoServer
    from moto.sns.models import sns_backends
except ImportError as error:
    sys.exit(print(error, file=sys.stderr) or 77)

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://{host}:{port}"


def client(service):
    return boto3.client(
        service, region_name="eu-central-1", endpoint_url=url, aws_access_key_id="test", aws_secret_access_key="test"
    )


def keys(made):
    return {name: made.get(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}


iam, sns, sqs, sts = (client(service) for service in ("iam", "sns", "sqs", "sts"))
allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}]}
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}]}
iam.create_user(UserName="afterhours")
iam.put_user_policy(UserName="afterhours", PolicyName="publish", PolicyDocument=json.dumps(allowed))
user = iam.create_access_key(UserName="afterhours")["AccessKey"]
role_arn = iam.create_role(RoleName="afterhours", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
iam.put_role_policy(RoleName="afterhours", PolicyName="publish", PolicyDocument=json.dumps(allowed))
role = sts.assume_role(RoleArn=role_arn, RoleSessionName="afterhours")["Credentials"]
topic = sns.create_topic(Name="on-call")["TopicArn"]
queue = sqs.create_queue(QueueName="seen")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

# From here on every request is looked at as AWS looks at it: whose key, what signature, whether it is allowed.
settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
print(json.dumps({"url": url, "user": keys(user), "role": keys(role), "topic_arn": topic}), flush=True)
sys.stdin.read()
settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")

backend = sns_backends["123456789012"]["eu-central-1"]
numbers = [list(message)[:2] for message in backend.sms_messages.values()]
topics = [message["Body"] for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])]
print(json.dumps({"numbers": numbers, "topic": topics}))
server.stop()
