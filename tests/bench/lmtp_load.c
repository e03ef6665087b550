/* lmtp_load.c - PORT CONNECTIONS SECONDS STAMP: delivers mails of about 1 kB by LMTP, one a dialogue as an MTA does (a
 * new connection, commands pipelined where RFC 2920 allows), each connection as fast as it is answered. Prints one JSON
 * object. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "loop/loop.h"

struct load {
	struct loop *loop;
	struct sockaddr_in server;
	const char *stamp;
	int64_t end_us;
	int64_t accepted, refused, broken, number;
	int open;
	int32_t *latencies_us; /* of accepted mails */
	size_t latencies_size;
};

/* one dialogue after the other */
struct dialogue {
	struct load *load;
	struct bufferevent *bev;
	int step; /* replies read */
	int64_t begun_us;
};

static void next_mail(struct dialogue *d);

static void put_mail(struct dialogue *d)
{
	static const char filler[] = "Dear team, the parcel that should have come on Tuesday has still not arrived, "
	                             "and the page says it is on\r\n"
	                             "its way. Could you please find out where it is and tell me when I may expect it? "
	                             "I am at home then.\r\n";
	HILO_AUTO(buf) struct buf mail = {0};
	int64_t number = d->load->number++;
	buf_printf(&mail, "From: Ann Customer <c%" PRId64 "@known.example>\r\nTo: Support <support@suite.example>\r\n",
	           number % 20000);
	buf_printf(&mail, "Subject: Where is my parcel?\r\nMessage-ID: <%s-%" PRId64 "@bench.example>\r\n",
	           d->load->stamp, number);
	buf_puts(&mail, "Date: Sat, 01 Aug 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
	                "charset=utf-8\r\n\r\n");
	for (int i = 0; i < 4; i++)
		buf_puts(&mail, filler);
	buf_puts(&mail, ".\r\nQUIT\r\n");
	bufferevent_write(d->bev, mail.data, mail.len);
}

static void keep_latency(struct load *load, int64_t latency_us)
{
	if ((size_t)load->accepted == load->latencies_size) {
		load->latencies_size = load->latencies_size ? 2 * load->latencies_size : 65536;
		load->latencies_us =
		        hilo_realloc(load->latencies_us, load->latencies_size * sizeof(*load->latencies_us));
	}
	load->latencies_us[load->accepted] = (int32_t)latency_us;
}

/* on_reply - the last line of one: 220, 250 (LHLO), 250 (MAIL), 250 (RCPT), 354, 250 (stored), 221. */
static void on_reply(struct dialogue *d, const char *line)
{
	static const char envelope[] = "MAIL FROM:<ann@known.example>\r\nRCPT TO:<support@suite.example>\r\nDATA\r\n";
	static const char hello[] = "LHLO bench\r\n";
	switch (d->step++) {
	case 0:
		bufferevent_write(d->bev, hello, sizeof(hello) - 1);
		break;
	case 1:
		bufferevent_write(d->bev, envelope, sizeof(envelope) - 1);
		break;
	case 4:
		put_mail(d);
		break;
	case 5:
		if (line[0] == '2') {
			keep_latency(d->load, clock_monotonic_us() - d->begun_us);
			d->load->accepted++;
		} else {
			d->load->refused++;
		}
		break;
	case 6:
		next_mail(d);
		break;
	default:
		break;
	}
}

static void on_readable(struct bufferevent *bev, void *arg)
{
	struct dialogue *d = arg;
	char *line;
	while (d->bev == bev && (line = evbuffer_readln(bufferevent_get_input(bev), NULL, EVBUFFER_EOL_CRLF_STRICT))) {
		bool is_last = strlen(line) > 3 && line[3] == ' ';
		if (is_last)
			on_reply(d, line);
		free(line);
		if (is_last && d->step == 0)
			return; /* a new connection */
	}
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct dialogue *d = arg;
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
		d->load->broken++;
		next_mail(d);
	}
}

static void next_mail(struct dialogue *d)
{
	int one = 1;
	if (d->bev)
		bufferevent_free(HILO_STEAL(d->bev));
	d->step = 0;
	d->begun_us = clock_monotonic_us();
	if (d->begun_us >= d->load->end_us) {
		if (--d->load->open == 0)
			loop_stop(d->load->loop);
		return;
	}
	d->bev = bufferevent_socket_new(loop_base(d->load->loop), -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(d->bev, on_readable, NULL, on_event, d);
	bufferevent_enable(d->bev, EV_READ | EV_WRITE);
	bufferevent_socket_connect(d->bev, (struct sockaddr *)&d->load->server, sizeof(d->load->server));
	setsockopt(bufferevent_getfd(d->bev), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static int compare(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return (x > y) - (x < y);
}

static double percentile_ms(const struct load *load, double share)
{
	return load->accepted ? load->latencies_us[(int64_t)((double)(load->accepted - 1) * share)] / 1000.0 : 0;
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "lmtp_load PORT CONNECTIONS SECONDS STAMP\n");
		return 64;
	}
	int connections = atoi(argv[2]);
	struct load load = {.loop = loop_new(), .stamp = argv[4], .open = connections};
	load.server = (struct sockaddr_in){.sin_family = AF_INET,
	                                   .sin_port = htons((uint16_t)atoi(argv[1])),
	                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int64_t start_us = clock_monotonic_us();
	load.end_us = start_us + (int64_t)atoi(argv[3]) * 1000000;
	struct dialogue *dialogues = hilo_alloc_array((size_t)connections, sizeof(*dialogues));
	for (int i = 0; i < connections; i++) {
		dialogues[i].load = &load;
		next_mail(&dialogues[i]);
	}
	loop_run(load.loop);
	double seconds = (double)(clock_monotonic_us() - start_us) / 1e6;
	qsort(load.latencies_us, (size_t)load.accepted, sizeof(*load.latencies_us), compare);
	printf("{\"seconds\": %.2f, \"accepted\": %" PRId64 ", \"refused\": %" PRId64 ", \"broken\": %" PRId64
	       ", \"per_second\": %.0f, \"p50_ms\": %.2f, \"p99_ms\": %.2f}\n",
	       seconds, load.accepted, load.refused, load.broken, (double)load.accepted / seconds,
	       percentile_ms(&load, 0.5), percentile_ms(&load, 0.99));
	free(dialogues);
	free(load.latencies_us);
	loop_free(&load.loop);
	return 0;
}
