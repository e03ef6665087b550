/* channel/files.c - content-addressed files, written and fsynced in a thread of their own. */
#include "channel/files.h"

#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/uuid.h"

struct job {
	struct job *next;
	void (*work)(void *arg); /* NULL: put */
	void (*on_run)(void *arg);
	void (*on_put)(void *arg, int rc, const char *sha256);
	void *arg;
	const void *data;
	size_t size;
	int rc;
	char name[FILES_NAME];
};

struct job_queue {
	struct job *first, **last;
};

struct files {
	char *folder;
	struct event *wake_event;
	int wake_fd;
	pthread_t thread;
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t has_work;
	struct job_queue todo, done;
	bool is_closing;
	bool has_ended; /* the loop's own: the thread has */
};

static void queue_init(struct job_queue *queue)
{
	*queue = (struct job_queue){NULL, &queue->first};
}

static void queue_push(struct job_queue *queue, struct job *job)
{
	job->next = NULL;
	*queue->last = job;
	queue->last = &job->next;
}

static struct job *queue_pop(struct job_queue *queue)
{
	struct job *job = queue->first;
	if (job && !(queue->first = job->next))
		queue_init(queue);
	return job;
}

void files_path(const struct files *files, const char *sha256, char *ret)
{
	snprintf(ret, PATH_MAX, "%s/%.2s/%.2s/%s", files->folder, sha256, sha256 + 2, sha256);
}

/* ---- in the thread ---- */

static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return rc;
}

/* make_folder - durable in its parent. */
static int make_folder(const char *path, const char *parent)
{
	if (mkdir(path, 0750) < 0)
		return errno == EEXIST ? 0 : -errno;
	return sync_folder(parent);
}

static int make_folders(const struct files *files, const char *name)
{
	char outer[PATH_MAX], inner[PATH_MAX];
	snprintf(outer, sizeof(outer), "%s/%.2s", files->folder, name);
	snprintf(inner, sizeof(inner), "%s/%.2s/%.2s", files->folder, name, name + 2);
	int rc = make_folder(outer, files->folder);
	return rc < 0 ? rc : make_folder(inner, outer);
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, data, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		size -= (size_t)written;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static int write_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	int rc = write_all(fd, data, size);
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc;
}

static void name_of(const void *data, size_t size, char ret[FILES_NAME])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL);
	text_hex(digest, 32, ret);
}

static int put(const struct files *files, struct job *job)
{
	char path[PATH_MAX], temporary[PATH_MAX], id[UUID_TEXT];
	struct stat found;
	name_of(job->data, job->size, job->name);
	files_path(files, job->name, path);
	if (stat(path, &found) == 0 && (size_t)found.st_size == job->size && utimensat(AT_FDCWD, path, NULL, 0) == 0)
		return 0;
	struct uuid random = uuid_random();
	snprintf(temporary, sizeof(temporary), "%s/tmp/%s", files->folder, uuid_format(&random, id));
	int rc = make_folders(files, job->name);
	if (rc == 0)
		rc = write_file(temporary, job->data, job->size);
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0) {
		unlink(temporary);
		return rc;
	}
	*strrchr(path, '/') = '\0';
	return sync_folder(path);
}

static void do_job(const struct files *files, struct job *job)
{
	if (job->work)
		job->work(job->arg);
	else
		job->rc = put(files, job);
}

static void *run_thread(void *arg)
{
	struct files *files = arg;
	pthread_mutex_lock(&files->lock);
	for (;;) {
		struct job *job = queue_pop(&files->todo);
		if (!job) {
			if (files->is_closing)
				break;
			pthread_cond_wait(&files->has_work, &files->lock);
			continue;
		}
		pthread_mutex_unlock(&files->lock);
		do_job(files, job);
		pthread_mutex_lock(&files->lock);
		queue_push(&files->done, job);
		eventfd_write(files->wake_fd, 1);
	}
	pthread_mutex_unlock(&files->lock);
	return NULL;
}

/* ---- on the loop ---- */

/* report_done - Returns: whether there was any. */
static bool report_done(struct files *files)
{
	pthread_mutex_lock(&files->lock);
	struct job *first = files->done.first;
	queue_init(&files->done);
	pthread_mutex_unlock(&files->lock);
	for (struct job *job = first, *next; job; job = next) {
		next = job->next;
		if (job->work)
			job->on_run(job->arg);
		else
			job->on_put(job->arg, job->rc, job->rc == 0 ? job->name : NULL);
		free(job);
	}
	return first != NULL;
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	eventfd_t count;
	(void)what;
	eventfd_read(fd, &count);
	report_done(arg);
}

static void enqueue(struct files *files, struct job *job)
{
	if (files->has_ended) { /* by a callback of files_close() */
		do_job(files, job);
		queue_push(&files->done, job);
		return;
	}
	pthread_mutex_lock(&files->lock);
	queue_push(&files->todo, job);
	pthread_cond_signal(&files->has_work);
	pthread_mutex_unlock(&files->lock);
}

void files_put(struct files *files, const void *data, size_t size,
               void (*on_done)(void *arg, int rc, const char *sha256), void *arg)
{
	struct job *job = hilo_new(struct job);
	*job = (struct job){.data = data, .size = size, .on_put = on_done, .arg = arg};
	enqueue(files, job);
}

void files_run(struct files *files, void (*work)(void *arg), void (*on_done)(void *arg), void *arg)
{
	struct job *job = hilo_new(struct job);
	*job = (struct job){.work = work, .on_run = on_done, .arg = arg};
	enqueue(files, job);
}

/* prepare_folder - the store's folder and the one for temporary names, proven writable. */
static int prepare_folder(const char *folder)
{
	char path[PATH_MAX];
	if (strlen(folder) > PATH_MAX - 100)
		return -ENAMETOOLONG;
	if (mkdir(folder, 0750) < 0 && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/tmp", folder);
	int rc = make_folder(path, folder);
	return rc < 0 ? rc : access(path, W_OK | X_OK) < 0 ? -errno : 0;
}

/* start_thread - no signal is ever delivered to it. */
static int start_thread(struct files *files)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = -pthread_create(&files->thread, NULL, run_thread, files);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int files_open(struct loop *loop, const char *folder, struct files **ret)
{
	int rc = prepare_folder(folder);
	int fd = rc < 0 ? -1 : eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (fd < 0)
		return rc < 0 ? rc : -errno;
	struct files *files = hilo_new(struct files);
	files->folder = hilo_strdup(folder);
	files->wake_fd = fd;
	queue_init(&files->todo);
	queue_init(&files->done);
	pthread_mutex_init(&files->lock, NULL);
	pthread_cond_init(&files->has_work, NULL);
	files->wake_event = event_new(loop_base(loop), fd, EV_READ | EV_PERSIST, on_wake, files);
	event_add(files->wake_event, NULL);
	rc = start_thread(files);
	if (rc < 0) {
		event_free(files->wake_event);
		close(fd);
		free(files->folder);
		free(files);
		return rc;
	}
	*ret = files;
	return 0;
}

void files_close(struct files **files)
{
	struct files *old = files ? *files : NULL;
	if (!old)
		return;
	pthread_mutex_lock(&old->lock);
	old->is_closing = true;
	pthread_cond_signal(&old->has_work);
	pthread_mutex_unlock(&old->lock);
	pthread_join(old->thread, NULL);
	old->has_ended = true;
	while (report_done(old)) /* a callback may hand over more */
		;
	*files = NULL;
	event_free(old->wake_event);
	close(old->wake_fd);
	pthread_cond_destroy(&old->has_work);
	pthread_mutex_destroy(&old->lock);
	free(old->folder);
	free(old);
}
