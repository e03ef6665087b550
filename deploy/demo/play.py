#!/usr/bin/python3
"""Loads the sample company of story.json, opens its shop and plays its mails through the real channels: LMTP in, the API, SMTP out.

Playing it again continues where it stopped: mails carry fixed Message-IDs, and what an agent has said is not said twice."""

import argparse
import base64
import email.message
import email.utils
import hashlib
import hmac
import json
import os
import pathlib
import secrets
import smtplib
import struct
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib

PATIENCE_S = 30
HERE = pathlib.Path(__file__).parent


class Refused(Exception):
    def __init__(self, status, problem):
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}")
        self.status, self.code = status, problem.get("code")


class Api:
    """One person's view of the API."""

    def __init__(self, url, address, password):
        self.url, self.token = url + "/api/v1", None
        answer = self.call("POST", "/session", {"email": address, "password": password})
        self.token, self.agent = answer["token"], answer["agent"]

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        if method == "POST":
            request.add_header("Idempotency-Key", secrets.token_hex(16))
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Refused(error.code, json.load(error)) from None

    def items(self, path, **query):
        query["limit"] = 100
        while True:
            page = self.call("GET", path + "?" + urllib.parse.urlencode(query))
            yield from page["items"]
            if not page.get("next"):
                return
            query["after"] = page["next"]


def wait_for(what, find):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = find()
        if found:
            return found
        time.sleep(0.05)
    sys.exit(f"demo: waited {PATIENCE_S} s in vain for {what}")


def picture(width=96, height=64):
    """A small PNG: a tin with a dent, seen from afar."""
    rows = b""
    for y in range(height):
        row = bytearray(b"\0")
        for x in range(width):
            tin = 28 <= x < 68 and 8 <= y < 58 and (x - 72) ** 2 + (y - 30) ** 2 > 160
            row += bytes((196, 160, 52) if tin else (236, 233, 226))
        rows += bytes(row)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def signed(claims, secret):
    """A JSON Web Token, HS256: what a shop's own server makes for whoever is signed in there."""
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    text = b".".join(part(json.dumps(each, separators=(",", ":")).encode()) for each in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (text + b"." + part(hmac.digest(secret, text, hashlib.sha256))).decode()


class Demo:
    def __init__(self, var, lmtp):
        self.var = pathlib.Path(var)
        self.lmtp_host, self.lmtp_port = lmtp.rsplit(":", 1)
        self.story = json.loads((HERE / "story.json").read_text(encoding="utf-8"))
        self.file = self.var / "demo.json"
        self.known = json.loads(self.file.read_text()) if self.file.exists() else {"agents": [], "began_s": int(time.time())}
        admin = json.loads((self.var / "admin.json").read_text())
        self.url, self.admin = admin["url"], Api(admin["url"], admin["email"], admin["password"])
        self.known["url"] = self.url
        self.keep()

    def keep(self):
        """Passwords are kept before they are used, readable by nobody else."""
        new = self.file.with_suffix(".new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(self.known, file, indent="\t", ensure_ascii=False)
        new.rename(self.file)

    def make_inboxes(self):
        there = {inbox["address"]: inbox for inbox in self.admin.items("/inboxes")}
        self.inboxes = {}
        for inbox in self.story["inboxes"]:
            made = there.get(inbox["address"]) or self.admin.call(
                "POST", "/inboxes", {"channel": "email", "name": inbox["name"], "address": inbox["address"]})
            self.inboxes[inbox["key"]] = made

        chat = self.story["chat"]
        there = next((inbox for inbox in self.admin.items("/inboxes") if inbox["channel"] == "chat" and inbox["name"] == chat["name"]), None)
        self.inboxes["chat"] = there or self.admin.call("POST", "/inboxes", {
            "channel": "chat", "name": chat["name"],
            "chat": {"mail_inbox_id": self.inboxes[chat["mail_inbox"]]["id"], "settings": chat["settings"]}})

    def open_shop(self):
        """The shop's page with this inbox's name in it, and what its server would sign for each customer: for a day."""
        inbox = "/inboxes/" + self.inboxes["chat"]["id"]
        public_id = self.admin.call("GET", inbox)["chat"]["public_id"]
        secret = self.admin.call("GET", inbox + "/chat/secret")["secret"].encode()
        now, customers = int(time.time()), []
        for customer in self.story["chat"]["customers"]:
            claims = {**customer, "aud": public_id, "iat": now, "exp": now + 24 * 3600 - 60}
            customers.append({"sub": customer["sub"], "name": customer["name"], "token": signed(claims, secret)})
        folder = self.var / "share/demo/shop"
        folder.mkdir(parents=True, exist_ok=True)
        files = {file.name: file.read_text(encoding="utf-8") for file in (HERE / "shop").iterdir()}
        files["index.html"] = files["index.html"].replace("wt_of_this_installation", public_id)
        files["customers.json"] = json.dumps(customers, indent="\t", ensure_ascii=False)
        for name, text in files.items():
            new = folder / (name + ".new")
            new.write_text(text, encoding="utf-8")
            new.rename(folder / name)

    def make_agents(self):
        passwords = {agent["email"]: agent["password"] for agent in self.known["agents"]}
        for agent in self.story["agents"]:
            if agent["email"] not in passwords:
                passwords[agent["email"]] = secrets.token_urlsafe(12)
                self.known["agents"].append({"name": agent["name"], "email": agent["email"], "password": passwords[agent["email"]]})
                self.keep()
            try:
                self.admin.call("POST", "/agents", {
                    "name": agent["name"], "email": agent["email"], "role": agent["role"], "password": passwords[agent["email"]],
                    "inboxes": [self.inboxes[key]["id"] for key in agent["inboxes"]]})
            except Refused as refused:
                if refused.code != "email_taken":
                    raise
        self.agents = {}
        for address in passwords:
            api = Api(self.url, address, passwords[address])
            self.agents[api.agent["id"]] = api
            self.join_chat(api.agent)

    def join_chat(self, agent):
        """Those of an installation that is older than its chat."""
        inboxes, chat = self.admin.call("GET", f"/agents/{agent['id']}")["inboxes"], self.inboxes["chat"]["id"]
        if chat not in inboxes and any(each["email"] == agent["email"] and "chat" in each["inboxes"] for each in self.story["agents"]):
            self.admin.call("PATCH", f"/agents/{agent['id']}", {"inboxes": [*inboxes, chat]})

    def make_once(self, path, body, taken):
        try:
            self.admin.call("POST", path, body)
        except Refused as refused:
            if refused.code != taken:
                raise

    def furnish(self):
        """The company's name, teams, tags and canned replies, as an administrator would set them up."""
        company, story = self.admin.call("GET", "/company"), self.story
        if not company["name"]:
            self.admin.call("PATCH", "/company", {"name": story["company"], "locale": "en", "time_zone": story["time_zone"]})
        ids = {api.agent["email"]: number for number, api in self.agents.items()}
        for team in story["teams"]:
            self.make_once("/teams", {**team, "member_ids": [ids[address] for address in team["members"]]}, "name_taken")
        for tag in story["tags"]:
            self.make_once("/tags", tag, "name_taken")
        for reply in story["canned_replies"]:
            self.make_once("/canned-replies", {**reply, "scope": "shared", "inbox_ids": [self.inboxes[key]["id"] for key in reply["inboxes"]]}, "shortcut_taken")

    def be_available(self):
        for api in self.agents.values():
            api.call("PUT", "/presence", {"status": "available"})

    def deliver(self, conversation, number, turn, answering):
        """One mail of the customer, as their provider's server would hand it over. Returns: its Message-ID."""
        inbox = self.inboxes[conversation["inbox"]]
        sender = email.utils.parseaddr(conversation["customer"])[1]
        mail = email.message.EmailMessage()
        mail["From"] = conversation["customer"]
        mail["To"] = inbox["address"]
        mail["Subject"] = ("Re: " if answering else "") + conversation["subject"]
        # the same bytes at every run of this installation: what was taken in once is not taken in twice
        mail["Date"] = email.utils.formatdate(self.known["began_s"] + number)
        stem = zlib.crc32(conversation["subject"].encode())
        mail["Message-ID"] = f"<{stem:08x}.{number}@{sender.split('@')[1]}>"
        if answering:
            mail["In-Reply-To"] = mail["References"] = answering
        mail.set_content(turn["text"] + "\n")
        if "attachment" in turn:
            mail.add_attachment(picture(), maintype="image", subtype="png", filename=turn["attachment"])
            mail.set_boundary(f"part-{stem:08x}")
        with smtplib.LMTP(self.lmtp_host, int(self.lmtp_port)) as server:
            server.send_message(mail, sender, [inbox["address"]])
        return mail["Message-ID"]

    def conversations(self, key):
        """Everything in an inbox; lists show resolved matters only when asked for them."""
        for status in ({}, {"status": "resolved"}):
            yield from self.admin.items("/conversations", view="all", inbox=self.inboxes[key]["id"], **status)

    def find(self, conversation):
        sender = email.utils.parseaddr(conversation["customer"])[0]
        for item in self.conversations(conversation["inbox"]):
            if item["subject"] == conversation["subject"] and item["customer"]["name"] == sender and item["assignee"]:
                return item
        return None

    def timeline(self, found):
        return list(self.admin.items(f"/conversations/{found['id']}/timeline"))

    def play(self, conversation):
        answering = found = None
        said = []
        for number, turn in enumerate(conversation["turns"], 1):
            if turn["from"] == "customer":
                message_id = self.deliver(conversation, number, turn, answering).strip("<>")
                found = wait_for(f"an assignee for “{conversation['subject']}”", lambda: self.find(conversation))
                said = wait_for("the customer's mail in its conversation", lambda: [
                    entry for entry in self.timeline(found) if (entry.get("message_id") or "").strip("<>") == message_id] and self.timeline(found))
                continue
            kind = "note" if turn["from"] == "note" else "reply"
            if not any(entry["text"].strip() == turn["text"].strip() for entry in said):
                agent = self.agents.get(found["assignee"]["id"], self.admin)
                agent.call("POST", f"/conversations/{found['id']}/messages", {"kind": kind, "text": turn["text"]})
            if kind == "reply":
                answering = "<" + wait_for("the answer to leave", lambda: next(
                    (entry["message_id"] for entry in self.timeline(found) if entry["text"].strip() == turn["text"].strip()
                     and (entry["delivery"] or {}).get("state") in ("sent", "delivered")), None)).strip("<>") + ">"
        sorted_as = conversation.get("triage")
        if sorted_as and not set(sorted_as["tags"]) <= set(found["tags"]):
            self.admin.call("POST", f"/conversations/{found['id']}/triage", {
                "tags": {"add": sorted_as["tags"]}, "priority": sorted_as.get("priority", "normal")})
        status = conversation.get("status")
        if status and self.admin.call("GET", f"/conversations/{found['id']}")["status"] != status:
            self.admin.call("POST", f"/conversations/{found['id']}/status", {"status": status})

    def show(self):
        rows = [(item["ref"], item["status"], (item["assignee"] or {}).get("name") or "–", item["customer"]["name"], item["subject"])
                for key in self.inboxes for item in self.conversations(key)]
        print(f"      {self.story['company']}: {len(self.inboxes)} inboxes, {len(self.agents)} agents, {len(rows)} conversations\n")
        for row in sorted(rows, key=lambda row: row[2]):
            print("      {:<11} {:<9} {:<15} {:<18} {}".format(*row))
        print(f"""
      What the customers received lies in {self.var}/mail.
      The company's shop, with its chat: {self.url}/demo/shop/""")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--var", required=True, help="state folder of the instance")
    options.add_argument("--lmtp", required=True, help="host:port")
    chosen = options.parse_args()
    try:
        demo = Demo(chosen.var, chosen.lmtp)
        demo.make_inboxes()
        demo.make_agents()
        demo.furnish()
        demo.be_available()
        demo.open_shop()
        for conversation in demo.story["conversations"]:
            demo.play(conversation)
        demo.show()
    except (Refused, OSError, smtplib.SMTPException) as error:
        sys.exit(f"demo: {error}")


if __name__ == "__main__":
    main()
