"""cluster.py - a private PostgreSQL for tests: its own folder in /tmp, its own socket and free port, gone when the test ends.

    with Cluster() as cluster:
        cluster.migrate()
        cluster.sql("SELECT 1")            # as superuser, through psql
        psycopg.connect(cluster.dsn("hilo_email"))
"""
import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from ports import free_port

TREE = pathlib.Path(__file__).resolve().parents[2]


def postgres_bin():
    """The newest installed server's programs."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    if not found:
        raise RuntimeError("no PostgreSQL server in /usr/lib/postgresql")
    return pathlib.Path(found[-1])


class Cluster:
    """Listens on a Unix socket in its folder and on 127.0.0.1, both at `port`; trusts whoever connects.

    fsync=False is for suites that never kill the server. settings: further lines of postgresql.conf, a dictionary."""

    def __init__(self, fsync=True, max_connections=200, max_locks_per_transaction=1024, settings=None):
        self.bin = postgres_bin()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hilo-pg-", dir="/tmp"))
        self.port = free_port()
        self.log = self.folder / "log"
        self.settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": str(self.folder),
            "fsync": "on" if fsync else "off", "max_connections": max_connections,
            "max_locks_per_transaction": max_locks_per_transaction, "shared_buffers": "128MB",
            "timezone": "UTC", "log_timezone": "UTC", "lc_messages": "C", **(settings or {}),
        }
        self._server = None
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self.folder.chmod(0o755)

    # ---- life ----

    def __enter__(self):
        try:
            self._run(self.bin / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                      "--locale=C.UTF-8", "--no-sync")
            lines = "".join(f"{key} = '{value}'\n" for key, value in self.settings.items())
            with open(self.folder / "data" / "postgresql.conf", "a") as conf:
                conf.write(lines)
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, wait=True):
        self._server = subprocess.Popen(
            [self.bin / "postgres", "-D", self.folder / "data"], stdin=subprocess.DEVNULL, stdout=open(self.log, "ab"),
            stderr=subprocess.STDOUT, cwd="/", start_new_session=True, **self._as_user())
        if wait:
            self.wait_ready()

    def wait_ready(self, limit_s=60):
        deadline = time.monotonic() + limit_s
        while subprocess.run([self.bin / "pg_isready", "-q", "-h", self.folder, "-p", str(self.port)]).returncode != 0:
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start:\n" + self.log.read_text()[-4000:])
            time.sleep(0.05)

    def stop(self, mode="fast"):
        """mode as of pg_ctl: smart, fast, immediate (no checkpoint, as in a crash)."""
        if self._server and self._server.poll() is None:
            self._server.send_signal({"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
            self._server.wait(60)
        self._server = None

    def restart(self, mode="immediate"):
        self.stop(mode)
        self.start()

    @property
    def pid(self):
        """Of the postmaster."""
        return self._server.pid

    # ---- use ----

    def dsn(self, user="postgres", dbname="postgres", tcp=False):
        host = "127.0.0.1" if tcp else self.folder
        return f"host={host} port={self.port} user={user} dbname={dbname}"

    def url(self, user="postgres", dbname="postgres"):
        return f"postgresql://{user}@127.0.0.1:{self.port}/{dbname}"

    def sql(self, statements, user="postgres", dbname="postgres"):
        """Runs statements with psql, each in its own transaction, stopping at an error. Returns unaligned rows as text."""
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.dsn(user, dbname)],
                              input=statements, text=True, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout.rstrip("\n")

    def migrate(self, *arguments, dbname="postgres", folder=None, check=True):
        """Runs deploy/migrate. Returns the finished process, its standard error within stdout."""
        command = [TREE / "deploy" / "migrate", "--dsn", self.dsn(dbname=dbname), *arguments]
        if folder:
            command += ["--folder", folder]
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if check and done.returncode != 0:
            raise RuntimeError("deploy/migrate failed:\n" + done.stdout)
        return done

    # ---- inside ----

    def _as_user(self):
        if not self._user:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}

    def _run(self, *command):
        done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, cwd="/", **self._as_user())
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}")
