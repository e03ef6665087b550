/* tests/unit/common/http/test_guard.c - every address that must not be called, a row each; and what is no URL. */
#include "testing/testing.h"

#include <arpa/inet.h>

#include "base/buf.h"
#include "http/guard.h"

static struct sockaddr_storage address_of(const char *text, uint16_t port)
{
	struct sockaddr_storage storage = {0};
	struct sockaddr_in *v4 = (void *)&storage;
	struct sockaddr_in6 *v6 = (void *)&storage;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
	}
	return storage;
}

static const char *const public[] = {
	"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
	"169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.167.255.255",
	"192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "203.0.112.255", "203.0.114.0", "223.255.255.255",
	"2606:4700::1111", "2001:200::1", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
};
static const char *const not_public[] = {
	"0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
	"127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.1",
	"192.0.0.170", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "192.175.48.1",
	"198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
	"::", "::1", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0",
	"::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8",
	"64:ff9b:1::10.0.0.1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1", "2001:db8::1",
	"2002:7f00:1::1", "2002:a00:1::", "2002:808:808::1", "2620:4f:8000::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00::1",
	"fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff0e::1", "fd00:ec2::254",
};

static void only_public_addresses_are_public(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(public); i++) {
		struct sockaddr_storage address = address_of(public[i], 80);
		if (!guard_is_public((void *)&address))
			fail_msg("%s is public", public[i]);
	}
	for (size_t i = 0; i < HILO_COUNT(not_public); i++) {
		struct sockaddr_storage address = address_of(not_public[i], 80);
		if (guard_is_public((void *)&address))
			fail_msg("%s is not public", not_public[i]);
	}
}

static void other_families_are_not_public(void **state)
{
	const struct sockaddr_storage address = {.ss_family = AF_UNIX};

	assert_false(guard_is_public((const void *)&address));
}

static const struct {
	const char *allowed, *address;
	uint16_t port;
	bool is_allowed;
} calls[] = {
	{NULL, "8.8.8.8", 80, true},
	{NULL, "8.8.8.8", 443, true},
	{NULL, "8.8.8.8", 0, false},
	{NULL, "8.8.8.8", 25, false},
	{NULL, "8.8.8.8", 8080, false},
	{NULL, "2606:4700::1111", 443, true},
	{NULL, "2606:4700::1111", 6379, false},
	{NULL, "127.0.0.1", 80, false},
	{"", "127.0.0.1", 80, false},
	{"10.1.0.0/16 fd00::/8", "10.1.2.3", 8443, true},
	{"10.1.0.0/16 fd00::/8", "10.2.0.0", 80, false},
	{"10.1.0.0/16 fd00::/8", "fd00::1", 9000, true},
	{"10.1.0.0/16 fd00::/8", "fe80::1", 80, false},
	{"127.0.0.2", "127.0.0.2", 3000, true},
	{"127.0.0.2", "127.0.0.1", 3000, false},
	{"127.0.0.2", "::ffff:127.0.0.1", 3000, false},
};

static void calls_go_to_public_ports_or_where_it_is_allowed(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(calls); i++) {
		struct sockaddr_storage address = address_of(calls[i].address, calls[i].port);
		struct guard *guard;

		assert_int_equal(guard_new(calls[i].allowed, &guard), 0);
		if (guard_allows(guard, (void *)&address) != calls[i].is_allowed)
			fail_msg("%s port %d with %s", calls[i].address, calls[i].port, calls[i].allowed ? calls[i].allowed : "nothing");
		guard_free(&guard);
		assert_null(guard);
	}
}

static void networks_that_are_none_are_refused(void **state)
{
	struct guard *guard = NULL;

	assert_int_equal(guard_new("10.0.0.0/33", &guard), -EINVAL);
	assert_int_equal(guard_new("example.org", &guard), -EINVAL);
	assert_null(guard);
}

static const struct {
	const char *url, *host; /* host NULL: refused */
} urls[] = {
	{"http://example.org/a.png", "example.org"},
	{"HTTPS://Example.org:8443/a%20b.png?x=y#z", "Example.org"},
	{"http://example.org/a b.png", "example.org"},
	{"http://[2001:db8::1]/", "[2001:db8::1]"},
	{"http://0x7f.1/", "127.0.0.1"}, /* as curl will read it, too: the address is what is checked */
	{"http://2130706433/", "127.0.0.1"},
	{"http://017700000001/", "127.0.0.1"},
	{"http://127.1/", "127.0.0.1"},
	{NULL, NULL},
	{"", NULL},
	{"example.org", NULL},
	{"//example.org/a.png", NULL},
	{"/a.png", NULL},
	{"ftp://example.org/", NULL},
	{"file:///etc/passwd", NULL},
	{"gopher://example.org/", NULL},
	{"javascript:alert(1)", NULL},
	{"data:image/png;base64,AAAA", NULL},
	{"http://user@example.org/", NULL},
	{"http://user:pw@example.org/", NULL},
	{"http://@example.org/", NULL},
	{"http://[fe80::1%25eth0]/", NULL},
	{"http:///x", "x"}, /* curl forgives a slash */
	{"http://exa mple.org/", NULL},
	{"http://ex\xc3\xa4mple.org/", NULL},
	{"http://example.org\r\nHost: x/", NULL},
	{"http://example.org:99999/", NULL},
};

static void urls_are_read_as_curl_reads_them(void **state)
{
	for (size_t i = 0; i < HILO_COUNT(urls); i++) {
		CURLU *url = NULL;
		char *host = NULL;
		int rc = guard_url(urls[i].url, &url);

		if ((rc == 0) != (urls[i].host != NULL))
			fail_msg("%s: %d", urls[i].url, rc);
		if (rc < 0)
			continue;
		assert_int_equal(curl_url_get(url, CURLUPART_HOST, &host, 0), CURLUE_OK);
		assert_string_equal(host, urls[i].host);
		curl_free(host);
		curl_url_cleanup(url);
	}
}

static void a_url_has_an_end(void **state)
{
	HILO_AUTO(buf) struct buf text = {0};
	CURLU *url = NULL;

	buf_puts(&text, "http://example.org/");
	while (text.len <= GUARD_URL_MAX)
		buf_putc(&text, 'a');
	assert_int_equal(guard_url(text.data, &url), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_public_addresses_are_public),
		cmocka_unit_test(other_families_are_not_public),
		cmocka_unit_test(calls_go_to_public_ports_or_where_it_is_allowed),
		cmocka_unit_test(networks_that_are_none_are_refused),
		cmocka_unit_test(urls_are_read_as_curl_reads_them),
		cmocka_unit_test(a_url_has_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
