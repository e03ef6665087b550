#!/usr/bin/python3
"""A mail server that delivers nothing: every mail it takes becomes a file, with its envelope in front."""

import argparse
import asyncio
import itertools
import os
import signal
import time

from aiosmtpd.smtp import SMTP

LARGEST_MAIL_BYTES = 60 * 1024 * 1024


class Folder:
    """Writes each mail whole or not at all, and on the disk before it is acknowledged."""

    def __init__(self, path):
        self.path = path
        self.numbers = itertools.count(1)

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 it will be kept as a file: this server delivers nothing"  # a test of an inbox shows it

    async def handle_DATA(self, _server, _session, envelope):
        name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.getpid()}-{next(self.numbers):06d}.eml"
        head = [f"X-Envelope-From: <{envelope.mail_from or ''}>"]
        head += [f"X-Envelope-To: <{address}>" for address in envelope.rcpt_tos]
        content = "\r\n".join(head).encode("utf-8", "surrogateescape") + b"\r\n" + envelope.original_content
        try:
            self._write(name, content)
        except OSError as error:
            print(f"cannot keep a mail: {error}", flush=True)
            return "451 4.3.0 cannot write, try again"
        print(f"kept {name} from <{envelope.mail_from}> to {', '.join(envelope.rcpt_tos)}", flush=True)
        return f"250 2.0.0 kept as {name}"

    def _write(self, name, content):
        unfinished = os.path.join(self.path, "." + name)
        with open(unfinished, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.rename(unfinished, os.path.join(self.path, name))
        folder = os.open(self.path, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


async def serve(host, port, keeper):
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: ended.done() or ended.set_result(None))
    server = await loop.create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True, data_size_limit=LARGEST_MAIL_BYTES, ident="Hilo mail sink"),
        host, port)
    print(f"keeping every mail for {host}:{port} in {keeper.path}", flush=True)
    await ended
    server.close()
    await server.wait_closed()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--listen", required=True, help="host:port")
    options.add_argument("--folder", required=True)
    chosen = options.parse_args()
    os.umask(0o077)
    host, port = chosen.listen.rsplit(":", 1)
    asyncio.run(serve(host, int(port), Folder(chosen.folder)))


if __name__ == "__main__":
    main()
