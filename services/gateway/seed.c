/* seed.c - see seed.h. */
#include "seed.h"

#include "agents.h"
#include "audit.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "password.h"
#include "validate.h"

#define AGAIN_US 500000

struct seed {
	struct gateway *gateway;
	struct arena *arena;
	struct timer *timer;
	char *hash;
	struct agent_record agent;
	struct db_tx *tx;
	struct bus_outbox *outbox;
	int64_t agents;
	bool is_done;
};

static void begin(struct seed *seed);

static void on_due(void *arg)
{
	begin(arg);
}

static bool again(struct seed *seed, const struct db_outcome *outcome)
{
	if (outcome->fault == DB_OK)
		return false;
	bus_outbox_free(&seed->outbox);
	if (outcome->fault == DB_FAILED)
		log_error("seed.failed", "sqlstate=%s message=%s", outcome->sqlstate, outcome->message);
	timer_in(seed->timer, AGAIN_US);
	return true;
}

static void on_committed(void *arg, const struct db_outcome *outcome)
{
	struct seed *seed = arg;

	if (again(seed, outcome))
		return;
	bus_outbox_free(&seed->outbox);
	seed->is_done = true;
	log_info("seed.made", "role=%s", "administrator");
	bus_ring(seed->gateway->bus);
}

static void on_count(void *arg, const struct db_result *result)
{
	((struct seed *)arg)->agents = db_get_int(result, 0, 0);
}

static void on_counted(void *arg, const struct db_outcome *outcome)
{
	struct seed *seed = arg;
	struct store *store = &seed->gateway->store;

	if (again(seed, outcome))
		return;
	if (seed->agents) {
		seed->is_done = true;
		db_tx_rollback(seed->tx);
		bus_outbox_free(&seed->outbox);
		return;
	}
	store_insert_agent(store, seed->tx, &seed->agent, seed->hash, NULL);
	audit_note(seed->gateway, seed->tx, NULL, "agent.created", bus_id(seed->arena, &seed->agent.id), NULL, "");
	agent_event(seed->outbox, seed->arena, &seed->agent, "system", NULL);
	bus_outbox_append(seed->outbox, seed->tx);
	db_tx_commit(seed->tx, on_committed, seed);
}

/* replicas that start together take turns */
static void begin(struct seed *seed)
{
	int64_t lock[] = {hash_object64("seed", "agent", strlen("agent"))};

	seed->outbox = bus_outbox_new("gateway");
	seed->tx = db_begin(seed->gateway->db);
	db_tx_lock(seed->tx, lock, HILO_COUNT(lock));
	store_count_agents(&seed->gateway->store, seed->tx, on_count, seed);
	db_tx_sync(seed->tx, on_counted, seed);
}

static void on_hashed(void *arg, const char *hash)
{
	struct seed *seed = arg;

	if (!hash) {
		log_error("seed.failed", "message=%s", "the password cannot be hashed");
		return;
	}
	seed->hash = hilo_strdup(hash);
	if (!seed->gateway->is_stopping)
		begin(seed);
}

struct seed *seed_start(struct gateway *gateway)
{
	const struct settings *settings = gateway->settings;
	struct seed *seed;

	if (!settings->admin_email || !settings->admin_password)
		return NULL;
	if (!valid_email(settings->admin_email) || strlen(settings->admin_password) < PASSWORD_LOW ||
	    strlen(settings->admin_password) > PASSWORD_HIGH) {
		log_error("seed.refused", "message=%s",
		          "HILO_ADMIN_EMAIL must be an e-mail address, HILO_ADMIN_PASSWORD 8 to 200 bytes");
		return NULL;
	}
	seed = hilo_new(struct seed);
	seed->gateway = gateway;
	seed->arena = arena_new(0);
	seed->timer = timer_new(gateway->loop, on_due, seed);
	seed->agent = (struct agent_record){
	        .id = uuid_new(),
	        .name = "Administrator",
	        .email = text_lower(seed->arena, settings->admin_email),
	        .role = ROLE_ADMINISTRATOR,
	        .rights = {.all = true},
	        .active = true,
	        .version = 1,
	};
	password_hash(gateway->password, settings->admin_password, on_hashed, seed);
	return seed;
}

bool seed_is_done(const struct seed *seed)
{
	return !seed || seed->is_done;
}

void seed_free(struct seed **pointer)
{
	struct seed *seed = HILO_STEAL(*pointer);

	if (!seed)
		return;
	timer_free(&seed->timer);
	bus_outbox_free(&seed->outbox);
	arena_free(&seed->arena);
	free(seed->hash);
	free(seed);
}
