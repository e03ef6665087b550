/* images.c - GET /images/<message>/<until>/<signature>?url=: kept, or fetched, looked at and kept. */
#include "images.h"

#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attachments.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "handlers.h"
#include "http/outbound.h"
#include "image_urls.h"
#include "reply.h"
#include "store_content.h"

enum {
	PARALLEL = 16,
	WAITING_MAX = 500,
	HOPS_MAX = 3,
	BYTES_MAX = 5 * 1024 * 1024,
	LIMIT_US = 10000000,
	CONNECT_MS = 5000,
};

struct images {
	struct client *client;
	struct guard *guard;
	struct outbound *outbound;
};

/* one image that is wanted; in its request's arena */
struct wanted {
	struct gateway *gateway;
	struct http_request *request;
	struct arena *arena;
	const char *named; /* as the mail has it */
	const char *url;   /* with its scheme; of the last redirect */
	uint8_t url_hash[STORE_HASH];
	struct buf body;
	int hops;
	int64_t until_us; /* monotonic */
	const char *type;
};

/* ---- answers ---- */

static void end(struct wanted *w)
{
	buf_free(&w->body);
	w->gateway->images_waiting--;
}

static void reply_none(struct wanted *w, const char *why)
{
	end(w);
	reply_error(w->request, ERROR_not_found, why);
}

static void set_headers(struct http_request *request)
{
	http_reply_header(request, "Content-Security-Policy", "default-src 'none'; sandbox");
	http_reply_header(request, "X-Content-Type-Options", "nosniff");
	http_reply_header(request, "Cross-Origin-Resource-Policy", "cross-origin");
	http_reply_header(request, "Cache-Control", "private, max-age=3600, immutable");
}

static void reply_image(struct wanted *w, struct evbuffer *body)
{
	end(w);
	set_headers(w->request);
	http_reply_buffer(w->request, 200, w->type, body);
	evbuffer_free(body);
}

/* reply_kept - Returns: false when the store has lost it. */
static bool reply_kept(struct wanted *w, const char *sha256)
{
	struct evbuffer *body;
	char path[PATH_MAX];
	struct stat info;
	int fd;

	files_path(w->gateway->files, sha256, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode) || info.st_size == 0) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	body = evbuffer_new();
	evbuffer_add_file(body, fd, 0, info.st_size); /* owns fd */
	reply_image(w, body);
	return true;
}

/* ---- fetching ---- */

static void on_stored(void *arg, int rc, const char *sha256)
{
	struct wanted *w = arg;
	struct gateway *gateway = w->gateway;
	struct evbuffer *body = evbuffer_new();

	if (rc == 0 && !gateway->is_stopping)
		store_keep_image(&gateway->store, w->url_hash, sha256, w->type);
	evbuffer_add(body, w->body.data, w->body.len); /* seen it is in any case */
	reply_image(w, body);
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct wanted *w = arg;

	if (w->body.len + size * count > BYTES_MAX)
		return 0;
	buf_append(&w->body, data, size * count);
	return size * count;
}

static void fetch(struct wanted *w);

/* is_same_host - Returns: whether the address a redirect names is on the host that was asked. */
static bool is_same_host(const char *a, const char *b)
{
	CURLU *urls[2] = {NULL, NULL};
	char *hosts[2] = {NULL, NULL};
	bool is_same = guard_url(a, &urls[0]) == 0 && guard_url(b, &urls[1]) == 0 &&
	               curl_url_get(urls[0], CURLUPART_HOST, &hosts[0], 0) == CURLUE_OK &&
	               curl_url_get(urls[1], CURLUPART_HOST, &hosts[1], 0) == CURLUE_OK &&
	               strcasecmp(hosts[0], hosts[1]) == 0;

	for (int i = 0; i < 2; i++) {
		curl_free(hosts[i]);
		curl_url_cleanup(urls[i]);
	}
	return is_same;
}

/* redirected - Returns: true when it goes on at another address of the same host. */
static bool redirected(struct wanted *w, CURL *easy)
{
	char *to = NULL;

	curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &to);
	if (!to || ++w->hops > HOPS_MAX || !is_same_host(w->url, to))
		return false;
	w->url = arena_strdup(w->arena, to);
	return true;
}

static void on_fetched(void *arg, CURL *easy, int rc, CURLcode code)
{
	struct wanted *w = arg;
	long status = 0;
	bool goes_on;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	goes_on = rc == 0 && code == CURLE_OK && status / 100 == 3 && redirected(w, easy);
	curl_easy_cleanup(easy);
	if (goes_on) {
		fetch(w);
		return;
	}
	w->type = rc == 0 && code == CURLE_OK && status == 200 ? image_type(w->body.data, w->body.len) : NULL;
	if (rc == -EACCES)
		log_warn("image.refused", "reason=%s", "its address is not public");
	if (w->type)
		files_put(w->gateway->files, w->body.data, w->body.len, on_stored, w);
	else
		reply_none(w, "The image could not be fetched from where it lies, or is none.");
}

static void fetch(struct wanted *w)
{
	CURL *easy = curl_easy_init();
	int64_t left_us = w->until_us - clock_monotonic_us();

	buf_clear(&w->body);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "Mozilla/5.0 (compatible; Hilo image proxy)");
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)HILO_MAX(left_us / 1000, 1));
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_MAXFILESIZE, (long)BYTES_MAX);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, w);
	outbound_start(w->gateway->images->outbound, easy, w->url, on_fetched, w);
}

/* ---- what is asked for ---- */

static void on_message(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	struct wanted *w = arg;
	const char *html = outcome->fault == DB_OK && db_rows(result) ? db_get_text(result, 0, 0) : NULL;
	const char *sha256 = html ? db_get_text(result, 0, 1) : NULL;

	if (outcome->fault != DB_OK) {
		end(w);
		reply_fault(w->request, outcome);
		return;
	}
	if (!html || !image_is_named(html, w->named)) {
		reply_none(w, NULL);
		return;
	}
	w->type = sha256 ? arena_strdup(w->arena, db_get_text(result, 0, 2)) : NULL;
	if (sha256 && reply_kept(w, sha256))
		return;
	fetch(w);
}

/* Returns: what content_check() does. */
static int check(struct http_request *request, const struct gateway *gateway)
{
	struct arena *arena = http_request_arena(request);
	const char *until = http_request_param(request, "until");
	const char *path = arena_printf(arena, "/images/%s/%s", http_request_param(request, "message_id"), until);

	return content_check(arena, gateway->signer.key, path, http_request_param(request, "signature"), until,
	                     clock_now_us());
}

void handle_image_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	struct arena *arena = http_request_arena(request);
	struct wanted *w = arena_new_object(arena, struct wanted);
	const char *url = http_request_query(request, "url");
	struct uuid message_id;
	int rc = check(request, gateway);

	if (rc < 0 || !url || strlen(url) > GUARD_URL_MAX ||
	    uuid_parse(http_request_param(request, "message_id"), &message_id) < 0) {
		reply_error(request, ERROR_not_found,
		            rc == -ETIME ? "This address is no longer valid: read the conversation again." : NULL);
		return;
	}
	if (gateway->images_waiting >= WAITING_MAX) {
		reply_error(request, ERROR_unavailable, "Too many images are wanted at this moment: try again.");
		return;
	}
	*w = (struct wanted){
	        .gateway = gateway,
	        .request = request,
	        .arena = arena,
	        .url = text_starts(url, "//") ? arena_printf(arena, "https:%s", url) : url,
	        .named = url,
	        .until_us = clock_monotonic_us() + LIMIT_US,
	};
	gateway->images_waiting++;
	crypto_hash_sha256(w->url_hash, (const unsigned char *)w->url, strlen(w->url));
	store_read_image(&gateway->store, &message_id, w->url_hash, on_message, w);
}

int images_new(struct gateway *gateway, struct images **ret)
{
	struct guard *guard;
	int rc = guard_new(gateway->settings->outbound_allow, &guard);

	if (rc < 0)
		return rc;
	*ret = hilo_new(struct images);
	(*ret)->guard = guard;
	(*ret)->client = client_new(gateway->loop, PARALLEL);
	(*ret)->outbound = outbound_new(gateway->loop, (*ret)->client, guard);
	return 0;
}

void images_free(struct images **images)
{
	struct images *old = images ? HILO_STEAL(*images) : NULL;

	if (!old)
		return;
	outbound_free(&old->outbound);
	client_free(&old->client);
	guard_free(&old->guard);
	free(old);
}
