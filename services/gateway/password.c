/* password.c - hashing and verifying, one after the other in the thread of the file store. */
#include "password.h"

#include <sodium.h>
#include <stdio.h>

enum { WAITING_MAX = 64 };
#define PASSES 2
#define MEMORY_BYTES ((size_t)19 * 1024 * 1024)

struct password {
	struct files *files;
	int waiting;
	char decoy[crypto_pwhash_STRBYTES]; /* what nobody's password is held against */
};

struct job {
	struct password *password;
	char *plain;
	char hash[crypto_pwhash_STRBYTES];
	bool is_right; /* verified, or hashed */
	void (*on_hashed)(void *arg, const char *hash);
	void (*on_verified)(void *arg, bool is_right);
	void *arg;
};

static void work_hash(void *arg)
{
	struct job *job = arg;

	job->is_right = crypto_pwhash_str(job->hash, job->plain, strlen(job->plain), PASSES, MEMORY_BYTES) == 0;
}

static void work_verify(void *arg)
{
	struct job *job = arg;

	job->is_right = crypto_pwhash_str_verify(job->hash, job->plain, strlen(job->plain)) == 0;
}

static void on_done(void *arg)
{
	struct job *job = arg;

	job->password->waiting--;
	if (job->on_hashed)
		job->on_hashed(job->arg, job->is_right ? job->hash : NULL);
	else
		job->on_verified(job->arg, job->is_right);
	sodium_memzero(job->plain, strlen(job->plain));
	free(job->plain);
	free(job);
}

/* the decoy holds a random password of the same cost: made once, on the loop, before anybody waits */
struct password *password_new(struct files *files)
{
	struct password *password = hilo_new(struct password);
	char random[33] = {0};

	for (size_t i = 0; i < sizeof(random) - 1; i++)
		random[i] = (char)('a' + randombytes_uniform(26));
	password->files = files;
	if (crypto_pwhash_str(password->decoy, random, strlen(random), PASSES, MEMORY_BYTES) != 0)
		password_free(&password);
	return password;
}

void password_free(struct password **password)
{
	free(HILO_STEAL(*password));
}

static struct job *job_new(struct password *password, const char *plain, void *arg)
{
	struct job *job;

	if (password->waiting >= WAITING_MAX)
		return NULL;
	password->waiting++;
	job = hilo_new(struct job);
	job->password = password;
	job->plain = hilo_strdup(plain);
	job->arg = arg;
	return job;
}

bool password_hash(struct password *password, const char *plain, void (*on_hashed)(void *arg, const char *hash),
                   void *arg)
{
	struct job *job = job_new(password, plain, arg);

	if (!job)
		return false;
	job->on_hashed = on_hashed;
	files_run(password->files, work_hash, on_done, job);
	return true;
}

bool password_verify(struct password *password, const char *hash, const char *plain,
                     void (*on_verified)(void *arg, bool is_right), void *arg)
{
	struct job *job = job_new(password, plain, arg);

	if (!job)
		return false;
	job->on_verified = on_verified;
	snprintf(job->hash, sizeof(job->hash), "%s", hash ? hash : password->decoy);
	files_run(password->files, work_verify, on_done, job);
	return true;
}
