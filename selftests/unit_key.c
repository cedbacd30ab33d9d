// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unit_key.c - keys of the pair's key, and hellos sealed with them
 *
 * The known answers were computed with openssl(1): "openssl kdf SCRYPT", "openssl kdf
 * HKDF", "openssl mac HMAC", with the parameters of nfha_wire.h, section 6.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hello.h"
#include "ktap.h"

#define TEXT	"Pair-secret.1"
#define HEX	"0123456789ABCDEF0123456789abcdef"

static const char *hex_of(const uint8_t *bytes, size_t len)
{
	static char text[2 * KEY_LEN + 1];

	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

static void derived(const char *text, bool hex, const char *const want[KEY_USES])
{
	struct key *key = key_make(text, hex);

	CHECK(key);
	for (int i = 0; i < KEY_USES && key; i++)
		CHECK(!strcmp(hex_of(key->use[i], KEY_LEN), want[i]), "%d: %s", i,
		      hex_of(key->use[i], KEY_LEN));
	key_free(key);
}

static void known_text(void)
{
	static const char *const want[KEY_USES] = {
		"6aebbb09afa5cfbc2e7936af67c6a8f2b1b346c9c0de2a8cd39df8a1dea77aea",
		"d32b54b00dbaf1158570bdf3703909f77b95587ad72f120ec4f5fe6f276d6a36",
		"c782604ceade3b025102ec3ff277088350a827035249d3d432dd3e2efb3974f2",
		"a92bb899ec7e16c766b088150fcf1d1697ee6798413d2c69bdd4c8e84291fe18",
	};

	derived(TEXT, false, want);
}

static void known_hex(void)
{
	static const char *const want[KEY_USES] = {
		"779e3d90405eda311f631a3c9d040b15dd017eae7ef4ac679ec7b61ed7fb0e49",
		"57298d58bb1adef0bbc730b636e0bad0936dd284a0bbcb8a9feb86f64d50a4d2",
		"dd0b947f9e3d877a1ddc0dbd49193cbf71988b5dc7ab329a0d0e055dd6188cc2",
		"f8783e7f776dd774569e20736811eaf4d6db9eb7fd595753e357413830aa7407",
	};

	derived(HEX, true, want);
}

static void known_seal(void)
{
	struct key *key = key_make(HEX, true);
	struct seal *s = seal_new(key, NFHA_UNIT_SECONDARY);
	uint8_t buf[4 + NFHA_HELLO_SEAL] = "nfha";

	CHECK(seal_put(s, buf, 4));
	CHECK(!strcmp(hex_of(buf + 4, NFHA_HELLO_SEAL),
		      "8ffef94d16303b0b2e742f6b1715627b4a916c9f0ebc471e1cdeba383bbaaf70"), "%s",
	      hex_of(buf + 4, NFHA_HELLO_SEAL));
	CHECK(seal_good(s, NFHA_UNIT_SECONDARY, buf, 4));
	CHECK(!seal_good(s, NFHA_UNIT_PRIMARY, buf, 4));
	CHECK(!seal_good(s, 2, buf, 4) && !seal_good(s, 255, buf, 4));
	seal_free(s);
	key_free(key);
}

/* The key's page is not in a core file: its flags have "dd". */
static void not_dumped(void)
{
	struct key *key = key_make(HEX, true);
	char line[512], at[32];
	bool found = false, dd = false;
	FILE *f = fopen("/proc/self/smaps", "r");

	snprintf(at, sizeof(at), "%lx-", (unsigned long)(uintptr_t)key);
	while (f && fgets(line, sizeof(line), f)) {
		found |= !strncmp(line, at, strlen(at));
		if (found && !strncmp(line, "VmFlags:", 8)) {
			dd = strstr(line, " dd");
			break;
		}
	}
	CHECK(found && dd);
	if (f)
		fclose(f);
	key_free(key);
}

/* -- files */

static char folder[] = "/tmp/nfha-key-XXXXXX";

static const char *read_back(const char *content, size_t len, mode_t mode, uid_t owner,
			     char text[KEY_TEXT_MAX])
{
	static char why[128];
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/key", folder);
	unlink(path);
	f = fopen(path, "w");
	fwrite(content, 1, len, f);
	fclose(f);
	CHECK(!chmod(path, mode) && !chown(path, owner, (gid_t)-1));
	return key_read(path, text, why, sizeof(why));
}

static void files(void)
{
	char text[KEY_TEXT_MAX], longest[66], why[128];
	const char *wrong;

	if (getuid()) {
		printf("# not root: files of root are not tried\n");
		return;
	}
	memset(longest, 'k', sizeof(longest));
	CHECK(!read_back("a", 1, 0600, 0, text) && !strcmp(text, "a"));
	CHECK(!read_back("a\n", 2, 0400, 0, text) && !strcmp(text, "a"));
	CHECK(!read_back(longest, 63, 0600, 0, text) && strlen(text) == 63);
	longest[63] = '\n';
	CHECK(!read_back(longest, 64, 0600, 0, text) && strlen(text) == 63);
	longest[63] = 'k';
	CHECK(strstr(read_back(longest, 64, 0600, 0, text), "longer than 63"));
	CHECK(strstr(read_back(longest, 65, 0600, 0, text), "longer than 63"));
	CHECK(strstr(read_back("", 0, 0600, 0, text), "empty"));
	CHECK(strstr(read_back("\n", 1, 0600, 0, text), "empty"));
	CHECK(strstr(read_back("a b", 3, 0600, 0, text), "something else"));
	CHECK(strstr(read_back("a\nb", 3, 0600, 0, text), "something else"));
	CHECK(strstr(read_back("a\0b", 3, 0600, 0, text), "something else"));
	CHECK(strstr(read_back("a", 1, 0640, 0, text), "mode 0640"));
	CHECK(strstr(read_back("a", 1, 0604, 0, text), "mode 0604"));
	CHECK(strstr(read_back("a", 1, 0600, 65534, text), "user 65534"));
	CHECK(strstr(key_read(folder, text, why, sizeof(why)), "not a file"));
	wrong = key_read("/nonexistent/key", text, why, sizeof(why));
	CHECK(strstr(wrong, "No such file"), "%s", wrong);
}

/* -- hellos */

static struct seal *ours, *peers, *strangers;

static size_t sealed(uint8_t buf[NFHA_HELLO_MAX])
{
	struct fsm_hello h = { .unit = NFHA_UNIT_PRIMARY, .state = NFHA_HELLO_ACTIVE, .term = 3,
			       .nonce = 1, .peer_nonce = 2, .counter = 3, .poll_ms = 200,
			       .hold_ms = 800 };
	struct hello_tlvs t = { .ifaces = 1, .iface = { { .nameif = "inside", .status = 3 } },
				.version = "x/1.0" };

	return hello_build(peers, &h, &t, buf);
}

static enum hello_error open_with(struct seal *seal, const uint8_t *buf, size_t len)
{
	struct hello_tlvs t;
	struct fsm_hello h;

	return hello_parse(seal, buf, len, &h, &t);
}

static void taken(void)
{
	uint8_t buf[NFHA_HELLO_MAX + 20];
	size_t len = sealed(buf);
	struct hello_tlvs t;
	struct fsm_hello h;

	CHECK(hello_parse(ours, buf, len, &h, &t) == HELLO_OK);
	CHECK(h.term == 3 && t.ifaces == 1 && !strcmp(t.iface[0].nameif, "inside"));
	memset(buf + len, 0, 20);
	CHECK(open_with(ours, buf, len + 20) == HELLO_OK, "Ethernet pads short frames");
	CHECK(open_with(strangers, buf, len) == HELLO_SEAL, "another key");
	CHECK(open_with(NULL, buf, len) == HELLO_KEY, "no key here");
	len = hello_build(NULL, &h, &t, buf);
	CHECK(open_with(ours, buf, len) == HELLO_KEY, "clear text");
	/* As if sealed: what is there is no seal. */
	buf[3] = NFHA_HELLO_KEY_ID;
	CHECK(open_with(ours, buf, len) == HELLO_SEAL);
	buf[3] = 2;
	CHECK(open_with(ours, buf, len) == HELLO_KEY);
}

static void flipped(void)
{
	uint8_t buf[NFHA_HELLO_MAX];
	size_t len = sealed(buf);

	for (size_t bit = 0; bit < 8 * len; bit++) {
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK(open_with(ours, buf, len) != HELLO_OK, "bit %zu", bit);
		/* Behind the length nothing but the seal is looked at. */
		if (bit >= 64)
			CHECK(open_with(ours, buf, len) == HELLO_SEAL, "bit %zu", bit);
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	CHECK(open_with(ours, buf, len) == HELLO_OK);
}

static void truncated(void)
{
	uint8_t buf[NFHA_HELLO_MAX];
	size_t len = sealed(buf);

	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1);

		memcpy(exact, buf, cut);
		CHECK(open_with(ours, exact, cut) != HELLO_OK, "%zu bytes", cut);
		if (cut >= 8) {
			exact[6] = (uint8_t)(cut >> 8);
			exact[7] = (uint8_t)cut;
			CHECK(open_with(ours, exact, cut) != HELLO_OK, "%zu bytes", cut);
		}
		free(exact);
	}
}

/* What a unit said itself is not what the other one says. */
static void reflected(void)
{
	uint8_t buf[NFHA_HELLO_MAX];
	size_t len = sealed(buf);

	buf[4] = NFHA_UNIT_SECONDARY;
	CHECK(open_with(ours, buf, len) == HELLO_SEAL, "as the other unit's");
	buf[4] = 2;
	CHECK(open_with(ours, buf, len) == HELLO_SEAL, "as that of no unit");
}

static void largest(void)
{
	struct hello_tlvs t = { .ifaces = HELLO_IFACES_MAX - 3 }, u;
	struct fsm_hello h = { .unit = NFHA_UNIT_PRIMARY, .nonce = 1, .poll_ms = 5,
			       .hold_ms = 15 }, g;
	uint8_t buf[NFHA_HELLO_MAX];
	size_t len;

	memset(t.version, 'v', sizeof(t.version) - 1);
	for (unsigned int i = 0; i < t.ifaces; i++)
		memset(t.iface[i].nameif, 'a' + (int)i, NFHA_NAMEIF_MAX - 1);
	len = hello_build(peers, &h, &t, buf);
	CHECK(len <= NFHA_HELLO_MAX && hello_parse(ours, buf, len, &g, &u) == HELLO_OK);
	CHECK(u.ifaces == t.ifaces, "%u of %u interfaces fit", u.ifaces, t.ifaces);
}

int main(void)
{
	struct key *key = key_make(HEX, true);
	struct key *other = key_make("0123456789ABCDEF0123456789abcdee", true);
	char command[64];

	if (!mkdtemp(folder))
		return 1;
	peers = seal_new(key, NFHA_UNIT_PRIMARY);
	ours = seal_new(key, NFHA_UNIT_SECONDARY);
	strangers = seal_new(other, NFHA_UNIT_SECONDARY);
	ktap_begin();
	TEST(known_text(), "keys of a text: known answers");
	TEST(known_hex(), "keys of hexadecimal digits: known answers");
	TEST(known_seal(), "a seal: known answer; of one unit alone");
	TEST(not_dumped(), "a key is not in a core file");
	TEST(files(), "key files");
	TEST(taken(), "a sealed hello is taken with the key, and only with it");
	TEST(flipped(), "every bit flipped");
	TEST(truncated(), "truncated at every length");
	TEST(reflected(), "reflected");
	TEST(largest(), "the largest hello has room for its seal");
	seal_free(peers);
	seal_free(ours);
	seal_free(strangers);
	key_free(key);
	key_free(other);
	snprintf(command, sizeof(command), "%s/key", folder);
	unlink(command);
	rmdir(folder);
	return ktap_end();
}
