#!/usr/bin/env bash
# bare_container.sh - both commands in a bare Debian 12 container, from a fresh clone of HEAD; run on demand, as root.
#
#   tests/e2e/bare_container.sh [PART…]      parts of tests/run, default: unit
#
# Needs docker.io and debootstrap. The image is made with debootstrap unless debian:bookworm is there already.
# HILO_BARE_MIRROR   mirror for debootstrap, when not its own default
# HILO_BARE_RUN      further arguments for docker run, such as "-v /etc/apt:/etc/apt:ro" or "--network host"
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WORK=$(mktemp -d /tmp/hilo-bare-XXXXXX)
DOCKERD=
CONTAINER=hilo-bare-$$
leave() {
	[ ${#TIMES[@]} -eq 0 ] || printf '%s\n' '' "${TIMES[@]}"
	docker rm -f "$CONTAINER" >/dev/null 2>&1 || true
	[ -z "$DOCKERD" ] || { kill "$DOCKERD" && wait "$DOCKERD" || true; }
	rm -rf "$WORK"
}
TIMES=()
trap leave EXIT

timed() {
	local from=$EPOCHREALTIME what=$1 us
	shift
	"$@"
	us=$((${EPOCHREALTIME/[.,]/} - ${from/[.,]/}))
	TIMES+=("$(printf '%-40s %5d.%d s' "$what" $((us / 1000000)) $((us % 1000000 / 100000)))")
}

if ! docker info >/dev/null 2>&1; then
	dockerd --data-root "$WORK/docker" >"$WORK/dockerd.log" 2>&1 &
	DOCKERD=$!
	for _ in $(seq 100); do docker info >/dev/null 2>&1 && break || sleep 0.2; done
	docker info >/dev/null || { tail -n 20 "$WORK/dockerd.log" && exit 1; }
fi

make_image() {
	debootstrap --variant=minbase bookworm "$WORK/root" ${HILO_BARE_MIRROR:+"$HILO_BARE_MIRROR"} >"$WORK/debootstrap.log" ||
		{ tail -n 20 "$WORK/debootstrap.log" && return 1; }
	tar -C "$WORK/root" -c . | docker import - debian:bookworm
	rm -rf "$WORK/root"
}
docker image inspect debian:bookworm >/dev/null 2>&1 || timed 'image by debootstrap' make_image

git -c safe.directory="$ROOT" clone -q --bare "$ROOT" "$WORK/hilo.git"
read -ra MORE <<<"${HILO_BARE_RUN-}"
docker run -d --name "$CONTAINER" -v "$WORK/hilo.git:/hilo.git:ro" "${MORE[@]}" debian:bookworm sleep infinity >/dev/null
inside() { docker exec -w "${FOLDER:-/root/hilo}" "$CONTAINER" "$@"; }

git_and_clone() {
	FOLDER=/ inside sh -c 'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends git' >"$WORK/git.log" 2>&1 ||
		{ tail -n 20 "$WORK/git.log" && return 1; }
	FOLDER=/ inside git -c safe.directory=/hilo.git clone -q /hilo.git /root/hilo
}
timed 'git, and the clone' git_and_clone
timed 'deploy/up on a bare system' inside deploy/up
timed 'deploy/up again' inside deploy/up
inside sh -c 'curl -sf http://127.0.0.1:8080/ | grep -q "<title>Hilo</title>" && curl -sf http://127.0.0.1:8080/api/v1/openapi.json >/dev/null'
inside sh -c 'test "$(stat -c %a var/admin.json)" = 600'
inside sh -c '! ls /var/lib/postgresql/15/main >/dev/null 2>&1' # no system cluster was made
inside deploy/up --status
timed "tests/run ${*:-unit}" inside tests/run "${@:-unit}"
timed 'deploy/down --purge' inside deploy/down --purge
