/* base/hash.h - named hashes: stable for ever, so they may be stored. */
#pragma once

#include "base/base.h"

/* hash_fnv1a64 - FNV-1a, 64 bits, of size bytes. Source: draft-eastlake-fnv. */
uint64_t hash_fnv1a64(const void *data, size_t size);
/* hash_mix64 - murmur3's fmix64: every bit of the input moves every bit of the result. */
uint64_t hash_mix64(uint64_t hash);
/* hash_key32 - the hash that shards the event log: the low 32 bits of the mixed (murmur3 fmix64) FNV-1a of the key.
 * The shard of a key is its low 4 bits. */
uint32_t hash_key32(const char *key);
/* hash_object64 - the advisory-lock number of an object: mixed hash of "kind:key". Returned as PostgreSQL's bigint. */
int64_t hash_object64(const char *kind, const void *key, size_t size);
