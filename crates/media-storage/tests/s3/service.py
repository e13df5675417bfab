"""An S3 service for tests: moto, behind a proxy that verifies signatures and injects faults.

moto accepts any secret. The proxy rejects a request whose AWS signature, version 4, differs from the
one that botocore computes with the expected secret, or whose body has another SHA-256 than the signed
one. Prints the address of the proxy, and serves until standard input ends.

`PUT /__fault` sets the fault of the next matching requests:
`{"kind": …, "method": …, "key": …, "count": …}`, where `key` is a part of the path and query.
`PUT /__versioning` enables versions for a bucket: `{"bucket": …}`.
"""

import datetime
import hashlib
import http.client
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

KEY_ID = "test-key-id"
SECRET = "test-secret-access-key"
REGION = "eu-central-1"

# Headers that apply to one connection only.
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}

lock = threading.Lock()
fault = {"count": 0}
stopping = threading.Event()


def take_fault(method, target):
    """Returns the kind of the fault of a request, or None."""
    with lock:
        if fault["count"] > 0 and fault["method"] == method and fault["key"] in target:
            fault["count"] -= 1
            return fault["kind"]
    return None


def age(date):
    then = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    return (datetime.datetime.now(datetime.timezone.utc) - then).total_seconds()


def signature(auth, request, date):
    """Returns the signature that botocore computes for a request of a given time."""
    request.context["timestamp"] = date
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return auth.signature(text, request)


def verify(method, url, headers, body):
    """Returns why a request is not authentic, or None."""
    credentials = Credentials(KEY_ID, SECRET)
    query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    if "X-Amz-Signature" in query:
        date = query["X-Amz-Date"]
        if age(date) > int(query["X-Amz-Expires"]):
            return "expired"
        given = query["X-Amz-Signature"]
        # The other parameters are signed as they were encoded.
        base, _, pairs = url.partition("?")
        signed = [pair for pair in pairs.split("&") if not pair.startswith("X-Amz-Signature=")]
        request = AWSRequest(method, f"{base}?{'&'.join(signed)}", {"host": headers["host"]})
        return None if signature(S3SigV4QueryAuth(credentials, "s3", REGION), request, date) == given else "signature"
    authorization = headers.get("authorization", "")
    algorithm, _, rest = authorization.partition(" ")
    fields = dict(field.strip().split("=", 1) for field in rest.split(",") if "=" in field)
    if algorithm != "AWS4-HMAC-SHA256" or not fields.get("Credential", "").startswith(f"{KEY_ID}/"):
        return "credential"
    date = headers["x-amz-date"]
    if abs(age(date)) > 900:
        return "date"
    names = fields["SignedHeaders"].split(";")
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names):
        return "signed headers"
    if headers["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
        return "content"
    request = AWSRequest(method, url, {name: headers[name] for name in names})
    same = signature(S3SigV4Auth(credentials, "s3", REGION), request, date) == fields["Signature"]
    return None if same else "signature"


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP | {"content-length", "date", "server"}:
                self.send_header(name, value)
        length = dict((name.lower(), value) for name, value in headers).get("content-length", len(body))
        self.send_header("content-length", str(length if self.command == "HEAD" else len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code):
        text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>injected</Message></Error>"
        self.answer(status, text.encode(), [("content-type", "application/xml")])

    def forward(self, headers, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.backend, timeout=60)
        connection.request(self.command, self.path, body, headers)
        response = connection.getresponse()
        found = response.status, response.read(), response.getheaders()
        connection.close()
        return found

    def control(self, body):
        settings = json.loads(body)
        if self.path == "/__fault":
            with lock:
                fault.update(settings)
        else:
            text = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            self.path, self.command = f"/{settings['bucket']}?versioning", "PUT"
            self.forward({"host": f"127.0.0.1:{self.server.backend}"}, text.encode())
        self.answer(204)

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path.startswith("/__"):
            return self.control(body)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reason = verify(self.command, f"http://{headers['host']}{self.path}", headers, body)
        if reason:
            print(f"rejected {self.command} {self.path}: {reason}", file=sys.stderr, flush=True)
            return self.error(403, "SignatureDoesNotMatch")
        kind = take_fault(self.command, self.path)
        if kind == "error":
            return self.error(500, "InternalError")
        if kind == "slow":
            # Longer than the client waits.
            stopping.wait(30)
            self.close_connection = True
            return None
        status, content, found = self.forward(headers, body)
        if kind == "lost answer":
            return self.error(500, "InternalError")
        if kind == "wrong etag":
            found = [(name, '"0"' if name.lower() == "etag" else value) for name, value in found]
        if kind in ("cut", "cut and wrong etag"):
            etag = kind == "cut and wrong etag"
            found = [(name, '"0"' if etag and name.lower() == "etag" else value) for name, value in found]
            return self.cut(status, content, found)
        return self.answer(status, content, found)

    def cut(self, status, body, headers):
        """Announces the whole body, and ends the connection in its middle."""
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP | {"content-length", "date", "server"}:
                self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_request


def main():
    backend = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    backend.start()
    address = backend.get_host_and_port()
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    proxy.daemon_threads = True
    proxy.backend = address[1]
    for bucket in sys.argv[1:]:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.backend, timeout=60)
        region = f"<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        scope = f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20260101/{REGION}/s3/aws4_request, SignedHeaders=host, Signature=0"
        connection.request("PUT", f"/{bucket}", region, {"authorization": scope})
        assert connection.getresponse().status == 200
        connection.close()
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{proxy.server_address[1]}", flush=True)
    sys.stdin.read()
    stopping.set()


if __name__ == "__main__":
    main()
