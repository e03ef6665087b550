/* store.h - every statement of identity: one function each, over the working set. Statements with nothing to do are not
 * sent. */
#pragma once

#include "db/db.h"
#include "working_set.h"

struct store {
	struct db_tx *tx;
	struct db_params *params; /* scratch */
	struct working_set *ws;
};

/* store_find_customers - whose the batch's contact points are: to be locked. */
void store_find_customers(const struct store *store);
/* store_load_contact_points - the same with their customers, under the locks. */
void store_load_contact_points(const struct store *store);
/* store_load_points - all contact points of the locked customers, when the batch proves something. */
void store_load_points(const struct store *store);
/* store_load_changed - customers agents ask to change, and the attributes of all who may change. */
void store_load_changed(const struct store *store);
void store_update_attributes(const struct store *store);
void store_insert_customers(const struct store *store);
void store_update_customers(const struct store *store);
void store_insert_contact_points(const struct store *store);
void store_raise_levels(const struct store *store);
void store_move_contact_points(const struct store *store);
void store_insert_links(const struct store *store);
void store_insert_claims(const struct store *store);
