<?php

declare(strict_types=1);

namespace DocMap;

use RuntimeException;

const TOLERANCE_SECONDS = 300;

/**
 * Returns the event of a genuine and recent request, going by webhook-signature, and throws for any other.
 *
 * @param string $body the bytes as they came
 * @param array<string, string> $headers by their lower-case names
 */
function verify(string $body, array $headers, string $secret, ?int $now = null): mixed
{
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    $seconds = filter_var($timestamp, FILTER_VALIDATE_INT);
    if ($seconds === false || abs(($now ?? time()) - $seconds) > TOLERANCE_SECONDS) {
        throw new RuntimeException('too old or too new');
    }
    $digest = hash_hmac('sha256', "$id.$timestamp.$body", base64_decode($secret), binary: true);
    requireOneEqual(explode(' ', $headers['webhook-signature'] ?? ''), 'v1,' . base64_encode($digest));
    return json_decode($body, associative: true, flags: JSON_THROW_ON_ERROR);
}

/** The same for x-docmap-signature, which does not say when the request was made. */
function verifyBody(string $body, array $headers, string $secret): mixed
{
    $expected = 'sha256=' . hash_hmac('sha256', $body, $secret);
    requireOneEqual(explode(',', $headers['x-docmap-signature'] ?? ''), $expected);
    return json_decode($body, associative: true, flags: JSON_THROW_ON_ERROR);
}

/** There are several signatures during a rotation of the secret: one right one is enough. */
function requireOneEqual(array $signatures, string $expected): void
{
    foreach ($signatures as $signature) {
        if (hash_equals($expected, $signature)) {
            return;
        }
    }
    throw new RuntimeException('not signed by us');
}
