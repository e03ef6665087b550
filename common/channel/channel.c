/* channel/channel.c - opening, slowing down and draining a channel. */
#include "base/log.h"
#include "base/metric.h"
#include "channel/internal.h"
#include "channel_sql.h"

enum { LAG_EVERY_US = 1000000 };

const char *channel_word(Hilo__V1__Channel channel)
{
	static const char *const words[] = {"", "email", "chat", "social", "sms", "voice"};
	return (size_t)channel < HILO_COUNT(words) ? words[channel] : "";
}

/* ---- lag ---- */

static void on_lag(void *arg, const struct db_outcome *outcome, const struct db_result *rows)
{
	struct channel *channel = arg;
	if (!channel_answered(channel))
		return;
	if (outcome->fault == DB_OK)
		channel->lag_us = db_get_int(rows, 0, 0);
	else if (outcome->fault == DB_FAILED)
		log_error("channel.lag_unknown", "sqlstate=%s error=%s", outcome->sqlstate, outcome->message);
	metric_set(
	        metric_gauge("hilo_channel_lag_seconds", "Age of the oldest accepted message nobody has handled", NULL),
	        (double)channel->lag_us / 1e6);
	timer_in(channel->lag_timer, LAG_EVERY_US);
}

static void ask_lag(void *arg)
{
	struct channel *channel = arg;
	channel_ask(channel);
	db_query(channel->options.db, &channel_sql_read_lag, db_params_reset(channel->params), on_lag, channel);
}

bool channel_should_slow(const struct channel *channel)
{
	return channel->lag_us > channel->options.settings->slow_down_lag_us;
}

/* ---- life ---- */

struct channel *channel_open(const struct channel_options *options)
{
	struct files *files;
	int rc = files_open(options->loop, options->settings->store_path, &files);
	if (rc < 0) {
		log_error("channel.store_unusable", "folder=%s error=%s", options->settings->store_path, strerror(-rc));
		return NULL;
	}
	struct channel *channel = hilo_new(struct channel);
	channel->options = *options;
	channel->files = files;
	channel->params = db_params_new();
	channel->accept = accept_new(channel);
	channel->lag_timer = timer_new(options->loop, ask_lag, channel);
	timer_in(channel->lag_timer, LAG_EVERY_US);
	if (options->send) {
		channel->sender = sender_new(channel);
		channel->consumer = outbound_consumer_new(channel);
	}
	return channel;
}

static void destroy(struct channel *channel)
{
	accept_free(&channel->accept);
	sender_free(&channel->sender);
	timer_free(&channel->lag_timer);
	db_params_free(&channel->params);
	free(channel);
}

void channel_ask(struct channel *channel)
{
	channel->asked++;
}

bool channel_answered(struct channel *channel)
{
	channel->asked--;
	if (!channel->is_closed)
		return true;
	if (channel->asked == 0)
		destroy(channel);
	return false;
}

void channel_close(struct channel **channel)
{
	struct channel *old = channel ? HILO_STEAL(*channel) : NULL;
	if (!old)
		return;
	consumer_free(&old->consumer);
	files_close(&old->files);
	timer_stop(old->lag_timer);
	if (old->sender)
		sender_drain(old->sender);
	old->is_closed = true;
	if (old->asked == 0)
		destroy(old);
}

struct files *channel_files(struct channel *channel)
{
	return channel->files;
}

/* ---- draining ---- */

static void on_consumer_drained(void *arg)
{
	struct channel *channel = arg;
	channel->is_consumer_drained = true;
	channel_check_drained(channel);
}

void channel_check_drained(struct channel *channel)
{
	if (!channel->on_drained || !accept_is_idle(channel->accept))
		return;
	if (channel->sender && (!channel->is_consumer_drained || !sender_is_idle(channel->sender)))
		return;
	void (*on_drained)(void *arg) = channel->on_drained;
	channel->on_drained = NULL;
	on_drained(channel->drained_arg);
}

void channel_drain(struct channel *channel, void (*on_drained)(void *arg), void *arg)
{
	channel->on_drained = on_drained;
	channel->drained_arg = arg;
	if (channel->sender) {
		sender_drain(channel->sender);
		consumer_drain(channel->consumer, on_consumer_drained, channel);
	}
	channel_check_drained(channel);
}
