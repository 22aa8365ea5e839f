<?php

declare(strict_types=1);

namespace DocMap;

use InvalidArgumentException;
use RuntimeException;

const TOLERANCE_SECONDS = 300;

/**
 * Returns the event of a genuine and recent request, going by webhook-signature.
 *
 * @param string $body the bytes as they came
 * @param array<string, string> $headers by their lower-case names
 * @throws RuntimeException for any other request: answer 401
 * @throws InvalidArgumentException if the secret is missing or malformed: answer 500
 */
function verify(string $body, array $headers, string $secret, ?int $now = null): mixed
{
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    $expected = sign($id, $timestamp, $body, $secret);
    $seconds = filter_var($timestamp, FILTER_VALIDATE_INT);
    if ($seconds === false || abs(($now ?? time()) - $seconds) > TOLERANCE_SECONDS) {
        throw new RuntimeException('too old or too new');
    }
    requireOneEqual(explode(' ', $headers['webhook-signature'] ?? ''), $expected);
    return json_decode($body, associative: true, flags: JSON_THROW_ON_ERROR);
}

/** The same for x-docmap-signature, which does not say when the request was made. */
function verifyBody(string $body, array $headers, string $secret): mixed
{
    $expected = 'sha256=' . hash_hmac('sha256', $body, checked($secret));
    requireOneEqual(explode(',', $headers['x-docmap-signature'] ?? ''), $expected);
    return json_decode($body, associative: true, flags: JSON_THROW_ON_ERROR);
}

/** The webhook-signature of a request. Your tests can sign with it. */
function sign(string $id, string $timestamp, string $body, string $secret): string
{
    $key = base64_decode(checked($secret));
    return 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, binary: true));
}

/** Anyone can sign with an empty key: a secret that is not set must never verify a request. */
function checked(string $secret): string
{
    if (preg_match('/\A[0-9a-f]{64}\z/', $secret) !== 1) {
        throw new InvalidArgumentException('the secret must be the 64 hex characters from the API');
    }
    return $secret;
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
