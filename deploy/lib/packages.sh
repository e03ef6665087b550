# packages.sh - installs what is missing from Debian, without starting or enabling anything. Sourced by deploy/up and tests/run.
# shellcheck shell=bash

# packages_missing SECTION… - names, one a line, of what deploy/packages.txt asks for and dpkg does not have.
packages_missing() {
	local section line name command current=
	while IFS= read -r line; do
		case $line in
		'' | '#'*) continue ;;
		'['*) current=${line//[\[\]]/} && continue ;;
		esac
		for section in "$@"; do
			[ "$section" = "$current" ] || continue
			name=${line%% *}
			command=${line##*| }
			[ "$command" != "$line" ] && command -v "$command" >/dev/null && continue
			[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s\n' "$name"
		done
	done <"$HILO_ROOT/deploy/packages.txt"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		fail "packages must be installed: run this as root, or install sudo, or install them yourself: ${MISSING[*]}"
	fi
}
apt_get() {
	as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
		apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"
}

# A package's service must neither start now nor at the next boot: Hilo runs its own, elsewhere.
POLICY=/usr/sbin/policy-rc.d
forbid_starts() {
	CLEANUPS+=(allow_starts)
	STARTS_FORBIDDEN=yes
	if [ -e "$POLICY" ] && [ ! -e "$POLICY.before-hilo" ]; then as_root mv "$POLICY" "$POLICY.before-hilo"; fi
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
	as_root chmod 755 "$POLICY"
}
allow_starts() {
	[ -n "${STARTS_FORBIDDEN-}" ] || return 0
	STARTS_FORBIDDEN=
	as_root rm -f "$POLICY"
	if [ -e "$POLICY.before-hilo" ]; then as_root mv "$POLICY.before-hilo" "$POLICY"; fi
}
disable_new_units() {
	local package
	command -v systemctl >/dev/null || return 0
	for package in "${MISSING[@]}"; do
		case $package in
		redis-server | caddy | postfix) as_root systemctl disable "$package" || true ;;
		postgresql-15) as_root systemctl disable postgresql || true ;;
		dovecot-core) as_root systemctl disable dovecot || true ;;
		esac
	done
}

# postgresql-15 makes a system cluster when it is installed, unless told not to.
install_missing() {
	local conf=/etc/postgresql-common/createcluster.conf status=0
	case " ${MISSING[*]} " in
	*' postgresql-15 '*)
		apt_get install postgresql-common &&
			as_root cp -p "$conf" "$conf.before-hilo" &&
			echo 'create_main_cluster = false' | as_root tee -a "$conf" >/dev/null || return
		apt_get install "${MISSING[@]}" || status=$?
		as_root mv "$conf.before-hilo" "$conf"
		return "$status"
		;;
	*) apt_get install "${MISSING[@]}" ;;
	esac
}

lists_are_empty() { ! compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null; }

# packages_install SECTION… - skips apt altogether when nothing is missing.
packages_install() {
	local -a MISSING
	mapfile -t MISSING < <(packages_missing "$@")
	if [ ${#MISSING[@]} -eq 0 ]; then
		note "all Debian packages are there"
		return
	fi
	note "installing ${#MISSING[@]} Debian packages: ${MISSING[*]}" | cut -c 1-160
	forbid_starts
	if lists_are_empty; then quietly apt_get update; fi
	# lists may be older than the archive: look again before giving up
	quietly install_missing || { quietly apt_get update && quietly install_missing; }
	allow_starts
	quietly disable_new_units
}
