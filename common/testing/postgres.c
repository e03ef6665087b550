/* testing/postgres.c - a private PostgreSQL: initdb, the server as a child that dies with us, psql. */
#include "testing/postgres.h"

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "testing/testing.h"

#define START_LIMIT_US INT64_C(60000000)

struct testing_postgres {
	char folder[64]; /* the socket's folder; the data lies in folder/data */
	char bin[128];   /* /usr/lib/postgresql/<newest>/bin */
	unsigned flags;
	int port;
	pid_t server;
	struct buf dsn;
};

static void find_programs(struct testing_postgres *postgres)
{
	glob_t found;

	if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) != 0)
		fail_msg("no PostgreSQL server in /usr/lib/postgresql");
	snprintf(postgres->bin, sizeof(postgres->bin), "%s", found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
}

static int free_port(void)
{
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(where);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&where, size) || getsockname(fd, (struct sockaddr *)&where, &size))
		fail_msg("no free port: %s", strerror(errno));
	close(fd);
	return ntohs(where.sin_port);
}

static void become_postgres(void)
{
	const struct passwd *user;

	if (geteuid() != 0)
		return;
	user = getpwnam("postgres");
	if (!user || setgroups(0, NULL) || setgid(user->pw_gid) || setuid(user->pw_uid))
		_exit(126);
}

/* spawn - a child with its output in folder/log; input_fd < 0: none. */
static pid_t spawn(struct testing_postgres *postgres, bool as_postgres, int input_fd, char *const argv[])
{
	char log[96];
	pid_t pid;
	int fd;

	snprintf(log, sizeof(log), "%s/log", postgres->folder);
	pid = fork();
	if (pid)
		return pid;
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (input_fd < 0)
		input_fd = open("/dev/null", O_RDONLY);
	if (fd < 0 || dup2(input_fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || chdir("/"))
		_exit(126);
	if (as_postgres)
		become_postgres();
	prctl(PR_SET_PDEATHSIG, SIGQUIT); /* a test that crashes leaves no server behind */
	execv(argv[0], argv);
	_exit(127);
}

static int wait_for(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

static void show_log(const struct testing_postgres *postgres)
{
	char path[96], line[1024];
	FILE *log;

	snprintf(path, sizeof(path), "%s/log", postgres->folder);
	log = fopen(path, "r");
	while (log && fgets(line, sizeof(line), log))
		print_error("%s", line);
	if (log)
		fclose(log);
}

static void run(struct testing_postgres *postgres, bool as_postgres, int input_fd, char *const argv[])
{
	if (wait_for(spawn(postgres, as_postgres, input_fd, argv)) == 0)
		return;
	show_log(postgres);
	fail_msg("%s failed", argv[0]);
}

static char *program(const struct testing_postgres *postgres, const char *name, char path[192])
{
	snprintf(path, 192, "%s/%s", postgres->bin, name);
	return path;
}

static void make_cluster(struct testing_postgres *postgres)
{
	char path[192], data[96];

	snprintf(data, sizeof(data), "%s/data", postgres->folder);
	run(postgres, true, -1,
	    (char *[]){program(postgres, "initdb", path), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
	               "--locale=C.UTF-8", "--no-sync", NULL});
}

void testing_postgres_restart(struct testing_postgres *postgres)
{
	char path[192], ready[192], data[96], sockets[128], port[16];
	int64_t end_us = clock_monotonic_us() + START_LIMIT_US;

	snprintf(data, sizeof(data), "%s/data", postgres->folder);
	snprintf(port, sizeof(port), "%d", postgres->port);
	snprintf(sockets, sizeof(sockets), "unix_socket_directories=%s", postgres->folder);
	postgres->server = spawn(
	        postgres, true, -1,
	        (char *[]){program(postgres, "postgres", path), "-D", data, "-p", port, "-c", sockets, "-c",
	                   "listen_addresses=127.0.0.1", "-c", "max_locks_per_transaction=1024", "-c", "lc_messages=C",
	                   "-c", postgres->flags & TESTING_POSTGRES_UNSAFE ? "fsync=off" : "fsync=on", NULL});
	program(postgres, "pg_isready", ready);
	while (wait_for(spawn(postgres, false, -1,
	                      (char *[]){ready, "-q", "-h", postgres->folder, "-p", port, NULL})) != 0) {
		if (clock_monotonic_us() > end_us || waitpid(postgres->server, NULL, WNOHANG) != 0) {
			show_log(postgres);
			fail_msg("PostgreSQL did not start");
		}
		usleep(20000);
	}
}

void testing_postgres_kill(struct testing_postgres *postgres)
{
	if (postgres->server <= 0)
		return;
	kill(postgres->server, SIGQUIT);
	wait_for(postgres->server);
	postgres->server = 0;
}

struct testing_postgres *testing_postgres_start(unsigned flags)
{
	struct testing_postgres *postgres = hilo_new(struct testing_postgres);
	const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;

	postgres->flags = flags;
	postgres->port = free_port();
	find_programs(postgres);
	snprintf(postgres->folder, sizeof(postgres->folder), "/tmp/hilo-pg-XXXXXX");
	if (!mkdtemp(postgres->folder) || chmod(postgres->folder, 0755) ||
	    (user && chown(postgres->folder, user->pw_uid, user->pw_gid)))
		fail_msg("%s: %s", postgres->folder, strerror(errno));
	make_cluster(postgres);
	testing_postgres_restart(postgres);
	if (flags & TESTING_POSTGRES_MIGRATED)
		run(postgres, false, -1,
		    (char *[]){HILO_SOURCE_DIR "/deploy/migrate", "--dsn",
		               (char *)testing_postgres_dsn(postgres, "postgres"), NULL});
	return postgres;
}

void testing_postgres_free(struct testing_postgres **at)
{
	struct testing_postgres *postgres = HILO_STEAL(*at);

	if (!postgres)
		return;
	testing_postgres_kill(postgres);
	wait_for(spawn(postgres, false, -1, (char *[]){"/bin/rm", "-rf", postgres->folder, NULL}));
	buf_free(&postgres->dsn);
	free(postgres);
}

int testing_postgres_port(const struct testing_postgres *postgres)
{
	return postgres->port;
}

const char *testing_postgres_dsn(struct testing_postgres *postgres, const char *role)
{
	buf_clear(&postgres->dsn);
	buf_printf(&postgres->dsn, "host=%s port=%d user=%s dbname=postgres", postgres->folder, postgres->port, role);
	return postgres->dsn.data;
}

void testing_postgres_sql(struct testing_postgres *postgres, const char *statements)
{
	int input[2];

	/* a test's statements fit the pipe's buffer */
	assert_true(strlen(statements) < 65536 && pipe2(input, O_CLOEXEC) == 0);
	assert_int_equal(write(input[1], statements, strlen(statements)), strlen(statements));
	close(input[1]);
	run(postgres, false, input[0],
	    (char *[]){"/usr/bin/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d",
	               (char *)testing_postgres_dsn(postgres, "postgres"), NULL});
	close(input[0]);
}
