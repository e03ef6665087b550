"""openapi.py - an API client that holds every answer against services/gateway/openapi.json.

    api = Api("http://127.0.0.1:8080", token=…)
    answer = api.post("/inboxes", {"channel": "email", …})     # answer.status, answer.json, answer.headers
A status, body or content type the document does not have raises AssertionError, whatever the test is about.
"""
import functools
import http.client
import json
import pathlib
import re
import urllib.parse

import jsonschema

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "services" / "gateway" / "openapi.json"
BASE = "/api/v1"


@functools.cache
def document():
    return json.loads(DOCUMENT.read_text())


@functools.cache
def operations():
    """(method, template) -> operation."""
    return {(method.upper(), path): operation for path, item in document()["paths"].items() for method, operation in item.items()}


@functools.cache
def _patterns():
    return [(method, path, re.compile("^" + re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + "$"))
            for method, path in sorted(operations(), key=lambda key: key[1].count("{"))]


def find_operation(method, path):
    for known, template, pattern in _patterns():
        if known == method and pattern.match(path):
            return operations()[known, template]
    return None


def _resolve(node):
    while "$ref" in node:
        target = document()
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


_formats = jsonschema.FormatChecker()


@_formats.checks("date-time", raises=ValueError)
def _is_time(text):
    if isinstance(text, str) and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text):
        raise ValueError(text)
    return True


@functools.cache
def _validator(schema):
    root = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document()["components"], "allOf": [json.loads(schema)]}
    return jsonschema.Draft202012Validator(root, format_checker=_formats)


def check(schema, value):
    """Raises AssertionError when value is not what the schema says."""
    faults = list(_validator(json.dumps(schema)).iter_errors(value))
    if faults:
        worst = jsonschema.exceptions.best_match(faults)
        raise AssertionError(f"{worst.json_path}: {worst.message}\nin {json.dumps(value)[:2000]}")


def check_answer(method, path, status, content_type, body):
    operation = find_operation(method, path)
    if operation is None:
        assert status in (404, 405, 204), f"{method} {path} is not in the document, yet answered {status}"
        return
    where = f"{method} {path} -> {status}"
    assert str(status) in operation["responses"], f"{where}: not in the document: {body[:500]}"
    response = _resolve(operation["responses"][str(status)])
    if "content" not in response:
        assert not body, f"{where}: a body where none belongs"
        return
    kind = content_type.partition(";")[0]
    assert kind in response["content"], f"{where}: {content_type}"
    check(response["content"][kind]["schema"], json.loads(body))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The problem's code; None when it is none."""
        return self.json.get("code") if self.status >= 400 else None


class Api:
    """One connection, kept alive; not for several threads at once: clone()."""

    def __init__(self, url, token=None, headers=None):
        self.url, self.token, self.headers = url, token, headers or {}
        parts = urllib.parse.urlsplit(url)
        self._address = parts.hostname, parts.port
        self._connection = None

    def clone(self, token=...):
        return Api(self.url, self.token if token is ... else token, dict(self.headers))

    def call(self, method, path, body=None, headers=None, raw=None, query=None):
        sent = dict(self.headers)
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        target = BASE + urllib.parse.quote(path) + ("?" + urllib.parse.urlencode(query) if query else "")
        answer = self._send(method, target, data, sent)
        check_answer(method, path, answer.status, answer.headers.get("Content-Type", ""), answer.body)
        return answer

    def _send(self, method, target, data, headers):
        for fresh in (False, True):
            if self._connection is None or fresh:
                self.close()
                self._connection = http.client.HTTPConnection(*self._address, timeout=30)
            try:
                self._connection.request(method, target, body=data, headers=headers)
                response = self._connection.getresponse()
                return Answer(response.status, response.headers, response.read())
            except (ConnectionError, http.client.BadStatusLine):
                if fresh:
                    raise

    def close(self):
        if self._connection:
            self._connection.close()
        self._connection = None

    def get(self, path, headers=None, **query):
        return self.call("GET", path, headers=headers, query=query)

    def post(self, path, body=None, **more):
        return self.call("POST", path, body, **more)

    def put(self, path, body=None, **more):
        return self.call("PUT", path, body, **more)

    def patch(self, path, body=None, **more):
        return self.call("PATCH", path, body, **more)

    def delete(self, path, **more):
        return self.call("DELETE", path, **more)

    def sign_in(self, email, password):
        """A client of that agent's."""
        answer = self.clone(token=None).post("/session", {"email": email, "password": password})
        assert answer.status == 200, answer.body
        return self.clone(answer.json["token"])
