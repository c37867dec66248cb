"""What Python's `email` package reads in mails, as JSON: a second opinion on headers, parts and their encodings.

Each argument is a file with a mail; each line of the output is what is read in one. An HTML part is read by html.parser,
and its errors are found by the PyPI package html5lib where that is installed.
"""

import email
import email.policy
import html.parser
import json
import sys

try:
    import html5lib
except ImportError:
    html5lib = None


class Page(html.parser.HTMLParser):
    """Tags, attributes, links and text of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.links, self.text = set(), set(), [], []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attributes)
        self.links.extend(value for name, value in attributes if name in ("href", "src"))

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        self.tags.add("comment")


def page(text):
    parser = Page()
    parser.feed(text)
    parser.close()
    errors = None
    if html5lib:
        judge = html5lib.HTMLParser()
        judge.parse(text)
        errors = [code for _, code, _ in judge.errors]
    return {
        "tags": sorted(parser.tags),
        "attributes": sorted(parser.attributes),
        "links": parser.links,
        "text": "".join(parser.text),
        "errors": errors,
    }


def read(mail):
    """`mail` is bytes."""
    message = email.message_from_bytes(mail, policy=email.policy.default)
    parts = []
    for part in message.walk():
        seen = {"type": part.get_content_type(), "defects": [repr(defect) for defect in part.defects]}
        if not part.is_multipart():
            seen["charset"] = part.get_content_charset()
            seen["text"] = part.get_content()
        if seen["type"] == "text/html":
            seen["page"] = page(seen["text"])
        parts.append(seen)
    headers = [[name, str(value)] for name, value in message.items()]
    bad = [name for name, value in message.items() for _ in value.defects]
    to = [[address.display_name, address.addr_spec] for address in message["to"].addresses]
    date = message["date"].datetime.isoformat()
    return {"headers": headers, "header_defects": bad, "to": to, "date": date, "parts": parts}


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with open(name, "rb") as file:
            # The golden files have the line ends of text files.
            mail = file.read().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        print(json.dumps(read(mail)))
