# postgres.sh - the private PostgreSQL cluster: made once, configured at every run. Sourced by deploy/up.
# shellcheck shell=bash

# memory_mb - what this machine, or the container around us, may use.
memory_mb() {
	local kb limit
	kb=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
	limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
	if [[ $limit =~ ^[0-9]+$ ]] && [ $((limit / 1024)) -lt "$kb" ]; then kb=$((limit / 1024)); fi
	printf '%d' $((kb / 1024))
}

# choose_socket_folder - a socket's whole path must fit into 107 bytes; a deep HILO_VAR gets a short folder of its own in /tmp.
choose_socket_folder() {
	local remembered=$HILO_VAR/run/socket-folder
	SOCKETS=$HILO_VAR/run
	if [ ${#SOCKETS} -gt 80 ]; then
		SOCKETS=$(cat "$remembered" 2>/dev/null || true)
		if [ -z "$SOCKETS" ] || [ "$(stat -c '%U %a' "$SOCKETS" 2>/dev/null)" != "$HILO_USER 700" ]; then
			SOCKETS=$(as_hilo mktemp -d /tmp/hilo-XXXXXX)
			note "$HILO_VAR/run is too long a path for sockets: they are in $SOCKETS"
		fi
		put "$remembered" 600 <<<"$SOCKETS"
	fi
}

# dsn ROLE - connection string over the socket, with the role's password.
dsn() {
	printf 'postgresql://%s:%s@/hilo?host=%s&port=%s' "$1" "$(cat "$HILO_VAR/secrets/password-$1")" "$SOCKETS" "$(port postgres)"
}
# owner_dsn [DATABASE] - without a password, which would show among the processes: libpq takes it from PGPASSFILE.
owner_dsn() { printf 'postgresql://hilo_owner@/%s?host=%s&port=%s' "${1:-hilo}" "$SOCKETS" "$(port postgres)"; }
owner_psql() { as_hilo psql -X -q -v ON_ERROR_STOP=1 -d "$(owner_dsn "${DATABASE:-hilo}")" "$@"; }

make_cluster() {
	local data=$HILO_VAR/postgres/data
	[ -f "$data/PG_VERSION" ] && return
	as_hilo rm -rf "$data.new"
	# C.UTF-8: the order of keys never changes with the system's locales; languages are handled where they are known
	quietly as_hilo "$PG_BIN/initdb" --pgdata="$data.new" --username=hilo_owner --pwfile="$HILO_VAR/secrets/password-hilo_owner" \
		--auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums
	as_hilo mv "$data.new" "$data"
	note "new PostgreSQL cluster in $data"
}

configure_cluster() {
	local data=$HILO_VAR/postgres/data memory shared
	memory=$(memory_mb)
	shared=$((memory / 8 > 8192 ? 8192 : memory / 8 > 32 ? memory / 8 : 32))
	put "$data/postgresql.conf" 600 <"$HILO_ROOT/deploy/postgres/postgresql.conf"
	put "$data/pg_hba.conf" 600 <"$HILO_ROOT/deploy/postgres/pg_hba.conf"
	put "$data/machine.conf" 600 <<-CONF
		# Written by deploy/up for a machine with $memory MB of memory.
		listen_addresses = '127.0.0.1'
		port = $(port postgres)
		unix_socket_directories = '$SOCKETS'
		shared_buffers = ${shared}MB
		effective_cache_size = $((memory / 2))MB
		work_mem = 8MB
		maintenance_work_mem = $((shared / 2 > 512 ? 512 : shared / 2))MB
	CONF
}

prepare_postgres() {
	local version=15
	[ -f "$HILO_VAR/postgres/data/PG_VERSION" ] && version=$(cat "$HILO_VAR/postgres/data/PG_VERSION")
	PG_BIN=/usr/lib/postgresql/$version/bin
	[ -x "$PG_BIN/postgres" ] || fail "the cluster in $HILO_VAR/postgres needs PostgreSQL $version, which is not installed"
	make_cluster
	configure_cluster
}

wait_for_postgres() {
	local until=$((SECONDS + 60))
	until as_hilo "$PG_BIN/pg_isready" -q -h "$SOCKETS" -p "$(port postgres)"; do
		[ $SECONDS -lt $until ] || { tail_of postgres && fail "PostgreSQL does not answer"; }
		sleep 0.1
	done
	if [ -z "$(DATABASE=postgres owner_psql -At -c "SELECT 1 FROM pg_database WHERE datname = 'hilo'")" ]; then
		DATABASE=postgres owner_psql -c 'CREATE DATABASE hilo'
	fi
}

# set_passwords - of every daemon's role; psql reads the files itself, so that no password is an argument.
set_passwords() {
	local daemon
	for daemon in "${DAEMONS[@]}"; do
		printf '\\set password `cat %s`\nALTER ROLE hilo_%s PASSWORD %s;\n' \
			"$HILO_VAR/secrets/password-hilo_$daemon" "$daemon" ":'password'"
	done | owner_psql
}
