# secrets.sh - passwords and keys, made once, each in a file only the running user may read. Sourced by deploy/up.
# shellcheck shell=bash

# secret NAME - its value.
secret() { cat "$HILO_VAR/secrets/$1"; }
random_hex() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }
# new_secret NAME COMMAND… - made by the command unless it is there.
new_secret() {
	local name=$1
	shift
	[ -s "$HILO_VAR/secrets/$name" ] || "$@" | put "$HILO_VAR/secrets/$name" 600
}

# make_secrets - those that need nothing but random bytes.
make_secrets() {
	local role
	new_secret password-hilo_owner random_hex 24
	for role in "${DAEMONS[@]}"; do new_secret "password-hilo_$role" random_hex 24; done
	new_secret redis random_hex 24
	[[ ${HILO_ADMIN_EMAIL-}${HILO_ADMIN_PASSWORD-} != *[\"\\[:cntrl:]]* ]] || fail 'HILO_ADMIN_*: no quotes, backslashes or control characters'
	new_secret admin-email printf '%s' "${HILO_ADMIN_EMAIL:-admin@hilo.internal}"
	if [ -n "${HILO_ADMIN_PASSWORD-}" ]; then new_secret password-admin printf '%s' "$HILO_ADMIN_PASSWORD"; fi
	new_secret password-admin random_hex 12
	new_secret seal-key random_hex 32
	new_secret routing-secret random_hex 32
	printf '*:*:*:hilo_owner:%s\n' "$(secret password-hilo_owner)" | put "$HILO_VAR/secrets/pgpass" 600
}

# make_bus_keys - CURVE pairs of the relays and of this installation's clients. Requires: hilo-bus in $HILO_VAR/bin.
make_bus_keys() {
	local side pair
	for side in server client; do
		[ -s "$HILO_VAR/secrets/bus-$side-secret" ] && continue
		pair=$("$HILO_VAR/bin/hilo-bus" --make-keys)
		sed -E 's/.*"public": *"([^"]*)".*/\1/' <<<"$pair" | put "$HILO_VAR/secrets/bus-$side-public" 600
		sed -E 's/.*"secret": *"([^"]*)".*/\1/' <<<"$pair" | put "$HILO_VAR/secrets/bus-$side-secret" 600
	done
}

# make_urls - connection strings with passwords in them; they follow the ports.
make_urls() {
	local daemon
	for daemon in "${DAEMONS[@]}"; do dsn "hilo_$daemon" | put "$HILO_VAR/secrets/database-url-$daemon" 600; done
	printf 'redis://:%s@127.0.0.1:%s/0' "$(secret redis)" "$(port redis)" | put "$HILO_VAR/secrets/redis-url" 600
}
