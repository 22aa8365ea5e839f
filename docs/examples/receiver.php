<?php

declare(strict_types=1);

require __DIR__ . '/verify_by_hand.php';
require __DIR__ . '/keep.php'; // Yours: keep($id, $event) stores the event unless it has one with this id.

http_response_code(500); // Until the event is stored, also after an error that nothing catches.
$body = file_get_contents('php://input'); // not $_POST
$headers = array_change_key_case(getallheaders());
try {
    $event = DocMap\verify($body, $headers, getenv('DOCMAP_WEBHOOK_SECRET'));
} catch (RuntimeException | JsonException) { // not the InvalidArgumentException or TypeError of a missing secret
    http_response_code(401);
    exit;
}
keep($headers['webhook-id'], $event);
http_response_code(204);
