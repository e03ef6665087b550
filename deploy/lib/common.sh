# common.sh - where this instance lives, who it runs as, and how steps are shown. Sourced by deploy/up, deploy/down, deploy/demo.
# shellcheck shell=bash

HILO_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
HILO_MARKER="state of a Hilo instance; deploy/down --purge removes it"
DAEMONS=(bus email identity routing gateway chat)
SERVICES=(postgres redis sink "${DAEMONS[@]}" caddy)

say() { printf '%s\n' "$*"; }
note() { printf '      %s\n' "$*"; }
# fail WHAT - the one way out of a failing step.
fail() {
	printf '\ndeploy: %s\n' "$*" >&2
	FAILED=said
	exit 1
}

# ---- steps ----

STEP=0
STEPS=0
STEP_TITLE=
STEP_LOG=/dev/null
FAILED=
# step TITLE FUNCTION - numbers it, times it; an error inside ends the script through on_exit.
step() {
	local from=$EPOCHREALTIME
	STEP=$((STEP + 1))
	STEP_TITLE=$1
	STEP_LOG=$HILO_VAR/deploy/$(basename "$0")-$STEP-$2.log
	: >"$STEP_LOG"
	printf '[%d/%d] %s\n' "$STEP" "$STEPS" "$1"
	"$2"
	note "done in $(seconds_since "$from") s"
	STEP_TITLE=
}

seconds_since() {
	local us=$((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}))
	printf '%d.%d' $((us / 1000000)) $((us % 1000000 / 100000))
}

# quietly COMMAND… - its output goes to the step's log; what takes long shows the log's last line now and then.
quietly() {
	local watcher status=0
	(
		exec {silence}<> <(:)
		while :; do
			read -rt 10 -u "$silence" || true # not sleep: killing us would leave it behind, with our output open
			note "… $(tail -n 1 "$STEP_LOG" | tr -d '\r' | cut -c 1-100)"
		done
	) 9>&- &
	watcher=$!
	disown "$watcher"
	"$@" >>"$STEP_LOG" 2>&1 9>&- || status=$?
	kill "$watcher" 2>/dev/null || true
	return "$status"
}

# on_exit - trap: says which step failed and shows the end of its log.
on_exit() {
	local status=$?
	cleanup
	[ "$status" -eq 0 ] && return
	if [ -n "$STEP_TITLE" ]; then
		[ "$FAILED" = said ] || printf '\ndeploy: step %d failed: %s\n' "$STEP" "$STEP_TITLE" >&2
		if [ -s "$STEP_LOG" ]; then
			printf 'Last lines of %s:\n' "$STEP_LOG" >&2
			tail -n 25 "$STEP_LOG" | sed 's/^/  | /' >&2
		fi
	fi
	exit "$status"
}
CLEANUPS=()
cleanup() {
	local each
	for each in "${CLEANUPS[@]}"; do "$each" || true; done
	CLEANUPS=()
}

# ---- where it lives ----

# locate_var - HILO_VAR as an absolute, canonical path that every configuration file can hold unquoted.
locate_var() {
	HILO_VAR=$(realpath -m -- "${HILO_VAR:-$HILO_ROOT/var}")
	case $HILO_VAR in
	/ | /*[!A-Za-z0-9/._-]*) fail "HILO_VAR=$HILO_VAR cannot be used: letters, digits and / . _ - only" ;;
	esac
	export HILO_VAR
}

is_ours() { [ -f "$HILO_VAR/.hilo" ] && [ "$(cat "$HILO_VAR/.hilo")" = "$HILO_MARKER" ]; }

# take_lock - one deploy/up or deploy/down per state folder; held by descriptor 9 until the script ends.
take_lock() {
	exec 9>"$HILO_VAR/deploy/lock"
	flock -n 9 || fail "another deploy/up or deploy/down is at work on $HILO_VAR"
}

# ---- what the caller asked for, remembered ----

# recall_settings - HILO_* variables: the caller's now, else those of an earlier run ($HILO_VAR/env). An empty one forgets.
recall_settings() {
	local line name
	if [ -f "$HILO_VAR/env" ]; then
		while IFS= read -r line; do
			name=${line%%=*}
			[ -n "${!name+set}" ] || export "$name=${line#*=}"
		done <"$HILO_VAR/env"
	fi
	HILO_PORT=${HILO_PORT:-8080}
	[[ $HILO_PORT =~ ^[0-9]+$ ]] && [ "$HILO_PORT" -ge 1024 ] && [ "$HILO_PORT" -le 65500 ] ||
		fail "HILO_PORT=$HILO_PORT is not a port between 1024 and 65500"
	export HILO_PORT
}
remember_settings() {
	local name
	for name in $(compgen -e HILO_); do
		case $name in HILO_VAR | HILO_BIN_DIR) continue ;; esac
		[[ -n ${!name} && ${!name} != *$'\n'* ]] && printf '%s=%s\n' "$name" "${!name}"
	done | (umask 077 && cat >"$HILO_VAR/env.new" && mv "$HILO_VAR/env.new" "$HILO_VAR/env")
}

# port NAME - every port derives from HILO_PORT.
port() {
	local offset
	case $1 in
	front) offset=0 ;; content) offset=1 ;; lmtp) offset=2 ;; postgres) offset=3 ;; redis) offset=4 ;;
	http) offset=5 ;; frames) offset=6 ;; doorbell) offset=7 ;; sink) offset=8 ;; visitors) offset=9 ;;
	bus) offset=10 ;; email) offset=11 ;; identity) offset=12 ;; routing) offset=13 ;; gateway) offset=14 ;; chat) offset=15 ;;
	*) fail "no port is named $1" ;;
	esac
	printf '%d' $((HILO_PORT + offset))
}
PORT_NAMES=(front content lmtp postgres redis http frames doorbell sink visitors bus email identity routing gateway chat)

# ---- who it runs as ----

# choose_user - root runs nothing: the system user hilo does. Anybody else runs it as themselves.
choose_user() {
	if [ "$(id -u)" -eq 0 ]; then HILO_USER=hilo; else HILO_USER=$(id -un); fi
}
# as_hilo COMMAND… - with a clean environment, as the user everything runs as.
as_hilo() {
	local clean=(env -i "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" "HOME=$HILO_VAR" LANG=C.UTF-8
		"PGPASSFILE=$HILO_VAR/secrets/pgpass")
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=hilo --regid=hilo --init-groups --inh-caps=-all -- "${clean[@]}" "$@" 9>&-
	else
		"${clean[@]}" "$@" 9>&-
	fi
}
# put FILE MODE - writes standard input there as that user, in one move; nothing happens if it is the same already.
put() {
	as_hilo sh -c 'umask 077; cat >"$1.new" && chmod "$2" "$1.new" &&
		if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi' put "$1" "$2"
}
