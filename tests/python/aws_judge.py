"""AWS requests by PyPI botocore (Apache-2.0), AWS's own client.

Reads {"sign": [request, ...]} and writes the headers that botocore signs each with, its clock stopped at `time`; or
{"publish": {way: {message: form}}}, makes each form anew through botocore's client of SNS, and writes how many are the same.
Exit status 77: the package is not installed.
"""

import datetime
import json
import sys
import urllib.parse

try:
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
    import botocore.session
except ImportError as error:
    sys.exit(print(error, file=sys.stderr) or 77)


def sign(request):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=request["time"])
    # The clock that botocore 1.44 reads.
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: moment
    credentials = botocore.credentials.Credentials(
        request["access_key_id"], request["secret_access_key"], request["session_token"]
    )
    made = botocore.awsrequest.AWSRequest(
        method="POST", url=request["url"], data=bytes(request["body"]), headers={"Content-Type": request["content_type"]}
    )
    botocore.auth.SigV4Auth(credentials, request["service"], request["region"]).add_auth(made)
    return {name.lower(): value for name, value in made.headers.items()}


def publish(form):
    client = botocore.session.Session().create_client(
        "sns", region_name="eu-central-1", aws_access_key_id="AKIA", aws_secret_access_key="secret"
    )
    seen = {}

    def keep(request, **_):
        seen["body"] = request.body
        return botocore.awsrequest.AWSResponse(request.url, 500, {}, None)

    client.meta.events.register("before-send.sns.Publish", keep)
    client.meta.events.register("needs-retry.sns.Publish", lambda **_: None)
    attributes = {}
    for number in range(1, 10):
        name = form.get(f"MessageAttributes.entry.{number}.Name")
        if name:
            value = {part: form[f"MessageAttributes.entry.{number}.Value.{part}"] for part in ("DataType", "StringValue")}
            attributes[name] = value
    given = {name: form[name] for name in ("PhoneNumber", "TopicArn", "Message") if name in form}
    try:
        client.publish(**given, MessageAttributes=attributes)
    except botocore.exceptions.ParamValidationError:
        raise
    except Exception:
        assert seen, "nothing was sent"
    body = seen["body"]
    theirs = dict(urllib.parse.parse_qsl(body.decode() if isinstance(body, bytes) else body, strict_parsing=True))
    assert theirs == form, (theirs, form)


given = json.load(sys.stdin)
if "sign" in given:
    print(json.dumps([sign(request) for request in given["sign"]]))
else:
    forms = [form for way in given["publish"].values() for form in way.values()]
    for form in forms:
        publish(form)
    print(json.dumps(len(forms)))
