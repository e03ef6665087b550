# services.sh - what runs: settings of every service, and runit's runsvdir that keeps them running. Sourced by deploy/up, deploy/down.
# shellcheck shell=bash

# ---- settings ----

# daemon_settings NAME - the installation's own, NAME=value a line.
daemon_settings() {
	local secrets=$HILO_VAR/secrets
	cat <<-END
		HILO_DATABASE_URL_FILE=$secrets/database-url-$1
		HILO_REDIS_URL_FILE=$secrets/redis-url
		HILO_HEALTH_ADDRESS=127.0.0.1:$(port "$1")
		HILO_BUS_SERVER_KEY=$(secret bus-server-public)
		HILO_BUS_CLIENT_KEY=$(secret bus-client-public)
		HILO_BUS_CLIENT_SECRET_FILE=$secrets/bus-client-secret
		HILO_BUS_SERVER_SECRET_FILE=$secrets/bus-server-secret
		HILO_BUS_FRAMES=tcp://127.0.0.1:$(port frames)
		HILO_BUS_DOORBELL=tcp://127.0.0.1:$(port doorbell)
		HILO_LMTP_ADDRESS=127.0.0.1:$(port lmtp)
		HILO_SMTP_URL=smtp://127.0.0.1:$(port sink)
		HILO_MAIL_HOSTNAME=$(hostname -f 2>/dev/null || hostname)
		HILO_FILES=$HILO_VAR/files
		HILO_SEAL_KEY_FILE=$secrets/seal-key
		HILO_SECRET_FILE=$secrets/routing-secret
		HILO_HTTP_ADDRESS=127.0.0.1:$(port http)
		HILO_CHAT_ADDRESS=127.0.0.1:$(port visitors)
		HILO_PUBLIC_URL=http://127.0.0.1:$(port front)
		HILO_CONTENT_URL=http://127.0.0.1:$(port content)
		HILO_ADMIN_EMAIL=$(secret admin-email)
		HILO_ADMIN_PASSWORD_FILE=$secrets/password-admin
	END
}
# caller_settings - what the caller exports, now or in an earlier run; the first administrator's are taken once, as secrets.
caller_settings() {
	local name
	for name in $(compgen -e HILO_); do
		case $name in HILO_VAR | HILO_PORT | HILO_BIN_DIR | HILO_ADMIN_*) continue ;; esac
		[ -z "${!name}" ] || printf '%s=%s\n' "$name" "${!name}"
	done
}

# origin_of URL - scheme, host and port, as a content policy names it.
origin_of() { sed -E 's|^([a-z]+://[^/?#]+).*|\1|' <<<"$1"; }

# write_env SERVICE <lines - runit's env folder: one file a variable, replaced as a whole.
write_env() {
	as_hilo sh -c '
		umask 077
		cd "$1" && rm -rf env.new && mkdir env.new || exit
		while IFS= read -r line; do printf "%s\n" "${line#*=}" >"env.new/${line%%=*}" || exit; done
		if diff -rq env env.new >/dev/null 2>&1; then rm -rf env.new; else rm -rf env.old; mv env env.old 2>/dev/null; mv env.new env; rm -rf env.old; fi
	' write_env "$HILO_VAR/service/$1"
}

# daemon_env NAME - those settings the daemon knows by its own --help; the caller's win, in either form.
daemon_env() {
	local known line name
	local -A value=()
	known=$("$HILO_VAR/bin/hilo-$1" --help | grep -o 'HILO_[A-Z0-9_]*' | sort -u) || fail "hilo-$1 --help names no settings"
	while IFS= read -r line; do
		name=${line%%=*}
		grep -qx -e "$name" -e "${name%_FILE}" <<<"$known" || continue
		unset "value[${name%_FILE}]" "value[${name%_FILE}_FILE]"
		value[$name]=${line#*=}
	done < <(daemon_settings "$1" && caller_settings)
	for name in "${!value[@]}"; do printf '%s=%s\n' "$name" "${value[$name]}"; done | write_env "$1"
}

# ---- service folders ----

# service NAME <run script - its folder; output goes through svlogd into $HILO_VAR/log/NAME.
service() {
	local folder=$HILO_VAR/service/$1 log=$HILO_VAR/log/$1
	as_hilo mkdir -p "$folder/log" "$folder/env" "$log"
	put "$folder/run" 700
	put "$folder/log/run" 700 <<-RUN
		#!/bin/sh
		exec svlogd -l 20000 -b 32768 $log
	RUN
	put "$log/config" 600 <<<$'s10485760\nn10'
}

configure_services() {
	local daemon share=$HILO_VAR/share
	service postgres <<-RUN
		#!/bin/sh
		exec 2>&1
		exec $PG_BIN/postgres -D $HILO_VAR/postgres/data
	RUN
	# "fast" shutdown: the default waits until every client has gone
	as_hilo mkdir -p "$HILO_VAR/service/postgres/control"
	put "$HILO_VAR/service/postgres/control/t" 700 <<-'RUN'
		#!/bin/sh
		kill -INT "$(cat supervise/pid)"
	RUN

	put "$HILO_VAR/redis/redis.conf" 600 <<-CONF
		# Written by deploy/up. Nothing is saved: everything in here can be rebuilt.
		bind 127.0.0.1
		port $(port redis)
		requirepass $(secret redis)
		dir $HILO_VAR/redis
		save ""
		appendonly no
		maxmemory-policy noeviction
	CONF
	service redis <<-RUN
		#!/bin/sh
		exec 2>&1
		exec redis-server $HILO_VAR/redis/redis.conf
	RUN

	service sink <<-RUN
		#!/bin/sh
		exec 2>&1
		exec python3 -u $share/sink/sink.py --listen 127.0.0.1:$(port sink) --folder $HILO_VAR/mail
	RUN

	service caddy <<-RUN
		#!/bin/sh
		exec 2>&1
		exec chpst -e ./env caddy run --adapter caddyfile --config $share/caddy/Caddyfile
	RUN
	write_env caddy <<-ENV
		HILO_FRONT_PORT=$(port front)
		HILO_CONTENT_PORT=$(port content)
		HILO_GATEWAY=127.0.0.1:$(port http)
		HILO_CHAT=127.0.0.1:$(port visitors)
		HILO_PUBLIC_ORIGIN=$(origin_of "${HILO_PUBLIC_URL:-http://127.0.0.1:$(port front)}")
		HILO_CONTENT_ORIGIN=$(origin_of "${HILO_CONTENT_URL:-http://127.0.0.1:$(port content)}")
		HILO_SHARE=$share
		XDG_CONFIG_HOME=$HILO_VAR/caddy
		XDG_DATA_HOME=$HILO_VAR/caddy
	ENV

	for daemon in "${DAEMONS[@]}"; do
		service "$daemon" <<-RUN
			#!/bin/sh
			exec 2>&1
			exec chpst -e ./env $HILO_VAR/bin/hilo-$daemon
		RUN
		daemon_env "$daemon"
	done
	warn_unknown_settings
}

warn_unknown_settings() {
	local line name
	while IFS= read -r line; do
		name=${line%%=*}
		compgen -G "$HILO_VAR/service/*/env/$name" >/dev/null || note "no daemon knows $name: ignored"
	done < <(caller_settings)
}

# stamp NAME - changes with everything the running service was started from.
stamp() {
	local folder=$HILO_VAR/service/$1 file
	{
		cat "$folder/run"
		for file in "$folder"/env/*; do
			[ -f "$file" ] || continue
			printf '%s=' "${file##*/}" && cat "$file"
			[[ $file == *_FILE ]] && cat "$(cat "$file")"
		done
		case $1 in
		postgres) cat "$HILO_VAR"/postgres/data/{postgresql,pg_hba,machine}.conf ;;
		redis) cat "$HILO_VAR/redis/redis.conf" ;;
		sink) cat "$HILO_VAR/share/sink/sink.py" ;;
		caddy) find "$HILO_VAR/share/caddy" -type f -exec cat {} + ;;
		*) cat "$HILO_VAR/bin/hilo-$1" ;;
		esac
	} | sha256sum
}

# ---- supervision ----

supervisor_pid() {
	local pid
	pid=$(cat "$HILO_VAR/run/supervisor.pid" 2>/dev/null) || return 1
	grep -qaF "$HILO_VAR/service" "/proc/$pid/cmdline" 2>/dev/null || return 1
	printf '%s' "$pid"
}

start_supervisor() {
	local name until
	if ! supervisor_pid >/dev/null; then
		# nothing comes up before its turn
		for name in "${SERVICES[@]}"; do as_hilo touch "$HILO_VAR/service/$name/down"; done
		as_hilo setsid --fork sh -c '
			ulimit -S -n 65536 2>/dev/null || ulimit -S -n "$(ulimit -H -n)"
			echo $$ >"$1/run/supervisor.pid"
			exec runsvdir -P "$1/service"
		' supervisor "$HILO_VAR" </dev/null >/dev/null 2>&1
	fi
	until=$((SECONDS + 20))
	for name in "${SERVICES[@]}"; do
		until as_hilo sv status "$HILO_VAR/service/$name" >/dev/null 2>&1; do
			[ $SECONDS -lt $until ] || fail "the supervisor did not take up $name"
			sleep 0.1
		done
	done
}

# bring_up NAME… - starts what is down, restarts what was started from something else, leaves alone what is as it should be.
bring_up() {
	local name folder now started=() restarted=() unchanged=()
	for name in "$@"; do
		folder=$HILO_VAR/service/$name
		now=$(stamp "$name")
		as_hilo rm -f "$folder/down"
		if [[ $(as_hilo sv status "$folder") != run:* ]]; then
			as_hilo sv up "$folder" >>"$STEP_LOG" && started+=("$name")
		elif [ "$now" != "$(cat "$folder/stamp" 2>/dev/null)" ]; then
			as_hilo sv -w 30 restart "$folder" >>"$STEP_LOG" || fail "$name did not stop within 30 s"
			restarted+=("$name")
		else
			unchanged+=("$name")
		fi
		put "$folder/stamp" 600 <<<"$now"
	done
	[ ${#started[@]} -eq 0 ] || note "started: ${started[*]}"
	[ ${#restarted[@]} -eq 0 ] || note "restarted: ${restarted[*]}"
	[ ${#unchanged[@]} -eq 0 ] || note "unchanged: ${unchanged[*]}"
}

tail_of() {
	printf 'Last lines of %s:\n' "$HILO_VAR/log/$1/current" >&2
	tail -n 20 "$HILO_VAR/log/$1/current" 2>/dev/null | cut -c 1-400 | sed 's/^/  | /' >&2
}

# wait_ready - until every /readyz says so, and the front door lets us through to the gateway.
wait_ready() {
	local daemon url until=$((SECONDS + 60)) answer
	for daemon in "${DAEMONS[@]}"; do
		url=http://127.0.0.1:$(port "$daemon")/readyz
		until answer=$(curl -sS --fail-with-body --max-time 2 "$url" 2>&1); do
			[ $SECONDS -lt $until ] || { tail_of "$daemon" && fail "$daemon is not ready: $answer"; }
			sleep 0.1
		done
	done
	url=http://127.0.0.1:$(port front)/api/v1/openapi.json
	until answer=$(curl -sS --fail --max-time 2 -o /dev/null "$url" 2>&1); do
		[ $SECONDS -lt $until ] || { tail_of caddy && fail "the front door does not answer: $answer"; }
		sleep 0.1
	done
}

# show_status - a line a service. Returns: 1 when one is down or not ready.
show_status() {
	local name state all=0
	for name in "${SERVICES[@]}"; do
		state=$(as_hilo sv status "$HILO_VAR/service/$name" 2>/dev/null) || true
		case $state in
		run:*) state=$(sed -E 's/^run: [^(]*\((pid [0-9]+)\) ([0-9]+s).*/running for \2, \1/' <<<"$state") ;;
		*) state=down ;;
		esac
		if [[ $state != down && " ${DAEMONS[*]} " == *" $name "* ]] &&
			! curl -sf --max-time 2 -o /dev/null "http://127.0.0.1:$(port "$name")/readyz"; then
			state+=', not ready'
		fi
		[[ $state != down && $state != *'not ready' ]] || all=1
		printf '%-9s %s\n' "$name" "$state"
	done
	return "$all"
}

# ---- ports ----

# port_holder PORT - "PID program" of what listens there, "? unknown" if it cannot be seen; nothing when the port is free.
port_holder() {
	local inode fd pid
	inode=$(awk -v port="$(printf ':%04X' "$1")" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10; exit }' \
		/proc/net/tcp /proc/net/tcp6 2>/dev/null) || true
	[ -n "$inode" ] || return 0
	# in a container root may not look into processes of other users, but each user into their own
	fd=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" -print -quit 2>/dev/null) || true
	[ -n "$fd" ] || fd=$(as_hilo find /proc/[0-9]*/fd -lname "socket:\[$inode\]" -print -quit 2>/dev/null) || true
	pid=${fd#/proc/} && pid=${pid%%/*}
	if [ -n "$pid" ]; then printf '%s %s (process %s)' "$pid" "$(cat "/proc/$pid/comm")" "$pid"; else printf '? a program of another user'; fi
}

check_ports() {
	local name holder pid taken=()
	for name in "${PORT_NAMES[@]}"; do
		holder=$(port_holder "$(port "$name")")
		[ -n "$holder" ] || continue
		pid=${holder%% *}
		# what this instance runs stands in its own folder
		[[ $(as_hilo readlink "/proc/$pid/cwd" 2>/dev/null) == "$HILO_VAR"/* ]] && continue
		taken+=("port $(port "$name") ($name) is taken by ${holder#* }")
	done
	[ ${#taken[@]} -eq 0 ] || fail "$(printf '%s\n        ' "${taken[@]}")set HILO_PORT to another number: ports HILO_PORT to HILO_PORT+15 are used"
}
