/* store.h - every statement of the relay, typed. Answers come from the loop, once; result is NULL on a fault. */
#pragma once

#include "relay.h"

typedef void store_done(void *arg, const struct db_outcome *outcome, const struct db_result *result);

struct store_cluster {
	int64_t system_identifier, timeline;
	uint64_t next_xid, newest_xid; /* newest_xid 0: the log is empty */
	bool has_epoch;                /* the epoch opened last is this cluster's */
};
void store_cluster_state(struct relay *relay, store_done *on_done);
struct store_cluster store_cluster_of(const struct db_result *result);
void store_open_epoch(struct relay *relay, uint64_t epoch, const struct store_cluster *cluster, store_done *on_done);
void store_mark_safe(struct relay *relay, struct bus_position position, store_done *on_done);
void store_announce(struct relay *relay, store_done *on_done);
void store_withdraw(struct relay *relay, store_done *on_done);
void store_keep_partitions(struct relay *relay, store_done *on_done);                  /* made */
void store_raise_floor(struct relay *relay, store_done *on_done);                      /* rows: service */
void store_drop_partition(struct relay *relay, store_done *on_done);                   /* name or NULL */
void store_end_old_writers(struct relay *relay, int64_t seconds, store_done *on_done); /* rows: pid, role, age */
void store_oldest_writer(struct relay *relay, store_done *on_done);                    /* age_us */
void store_consumer_lag(struct relay *relay, store_done *on_done);                     /* rows: service, lag_us */
