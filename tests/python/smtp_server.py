"""A mail server on loopback, by the PyPI package aiosmtpd, that records mails and rejects those that the test selects.

Its argument is a directory with server.pem, server.key and ca.pem. The first line printed names the ports as JSON. It ends
with its input, and takes the directory away. A mail is written as JSON to NAME.json, NAME being what stands before the @ of its first recipient.
What stands there before the first `-` says what becomes of a mail:

r550    that code answers RCPT            d552    that code answers the mail
drop    the connection ends after it      slow    nothing answers it
"""

import asyncio
import base64
import json
import logging
import os
import shutil
import ssl
import sys

import read_mail
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

directory = sys.argv[1]
# Its warnings are of itself, and stand between the lines of the tests.
logging.disable(logging.WARNING)
TEXTS = {"4": "4.2.1 not now", "5": "5.1.1 not here"}


def code(address, kind):
    word = address.split("@")[0].split("-")[0]
    return f"{word[1:]} {TEXTS[word[1]]}" if word[:1] == kind and word[1:].isdigit() else None


class Handler:
    def __init__(self, port):
        self.port = port

    async def handle_RCPT(self, server, session, envelope, address, options):
        refused = code(address, "r")
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            if code(address, "d"):
                return code(address, "d")
        words = [address.split("-")[0] for address in envelope.rcpt_tos]
        if "drop" in words:
            server.transport.abort()
            return "250 nobody hears this"
        if "slow" in words:
            await asyncio.sleep(20)
        read = read_mail.read(envelope.original_content)
        login = session.auth_data
        read |= {
            "port": self.port,
            "hello": session.host_name,
            "from": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "encrypted": server.transport.get_extra_info("cipher") is not None,
            "login": login.decode() if isinstance(login, bytes) else login and login.login.decode(),
            "raw": envelope.original_content.decode("ascii"),
        }
        name = os.path.join(directory, envelope.rcpt_tos[0].split("@")[0] + ".json")
        with open(name + ".part", "w") as file:
            json.dump(read, file)
        os.rename(name + ".part", name)
        return "250 2.0.0 queued as " + envelope.rcpt_tos[0]

    async def auth_XOAUTH2(self, server, args):
        said = base64.b64decode(args[1])
        if said == b"user=mailer\x01auth=Bearer t0ken-of-the-hour\x01\x01":
            return AuthResult(success=True, auth_data=b"mailer by token")
        await server.challenge_auth(b'{"status":"400"}', encode_to_b64=True)
        return AuthResult(success=False, handled=False, message="535 5.7.8 no such token")


def authenticate(server, session, envelope, mechanism, data):
    known = isinstance(data, LoginPassword) and data == LoginPassword(b"mailer", b"s3cret pass/word")
    if known:
        return AuthResult(success=True, auth_data=data)
    # An unkind server that says the password aloud.
    said = data.password.decode() if isinstance(data, LoginPassword) else ""
    return AuthResult(success=False, handled=False, message=f"535 5.7.8 {said} is wrong")


def tls(mutual=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(directory, "server.pem"), os.path.join(directory, "server.key"))
    if mutual:
        context.load_verify_locations(os.path.join(directory, "ca.pem"))
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def main():
    ports = {}

    async def listen(name, over=None, **options):
        handler = Handler(name)
        loop = asyncio.get_running_loop()
        make = lambda: SMTP(handler, hostname="mail.test", timeout=60, **options)
        server = await loop.create_server(make, "127.0.0.1", 0, ssl=over)
        ports[name] = server.sockets[0].getsockname()[1]

    login = {"authenticator": authenticate, "auth_required": True}
    await listen("starttls", tls_context=tls(), require_starttls=True)
    await listen("login", tls_context=tls(), require_starttls=True, auth_exclude_mechanism=["XOAUTH2"], **login)
    await listen("old_login", tls_context=tls(), require_starttls=True, auth_exclude_mechanism=["PLAIN", "XOAUTH2"], **login)
    await listen("token", tls_context=tls(), require_starttls=True, auth_exclude_mechanism=["PLAIN", "LOGIN"], **login)
    await listen("implicit", over=tls())
    await listen("mutual", over=tls(mutual=True))
    await listen("plain")
    print(json.dumps(ports), flush=True)
    # The end of the input is the end of whoever asked for this.
    await asyncio.to_thread(sys.stdin.read)
    shutil.rmtree(directory, ignore_errors=True)
    os._exit(0)


asyncio.run(main())
