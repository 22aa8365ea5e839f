import type { Catalogue } from '../../phrase.js';

/** Texts of the OpenAPI document about events and streams, and about the requests to receivers. */
export const EVENT_TEXTS: Catalogue = {
  // Event types
  'Each type has the JSON Schema of the body that receivers get, and an example. No webhook subscribes to `webhook.test`: only `POST /v1/webhooks/{id}/test` sends it. Needs the scope `webhooks` or `events:publish`.':
    '각 타입에는 수신 서버가 받는 본문의 JSON Schema와 예시가 있습니다. `webhook.test`는 구독할 수 없으며, `POST /v1/webhooks/{id}/test`로만 전송됩니다. 스코프 `webhooks` 또는 `events:publish`가 필요합니다.',
  'The event types.': '이벤트 타입입니다.',
  'Lists the event types.': '이벤트 타입을 조회합니다.',
  'The name that webhooks subscribe to.': '웹훅이 구독할 때 쓰는 이름입니다.',
  'A sentence that says when the event happens.': '이벤트가 언제 발생하는지 설명하는 문장입니다.',
  'The JSON Schema (draft 2020-12) of the body of a request.': '요청 본문의 JSON Schema(draft 2020-12)입니다.',
  'An example of the body of a request.': '요청 본문의 예시입니다.',

  // Streams
  "For clients that can't receive webhooks, for example behind a firewall. `id` is the id of the event, `event` its type, and `data` the body that webhooks get. Each event comes at least once, in one order for all streams of a user, if the client connects again with `Last-Event-ID`. A comment comes every 15 seconds. Needs the scope `webhooks`.":
    '방화벽 뒤에 있는 경우처럼 웹훅을 받을 수 없는 클라이언트를 위한 것입니다. `id`는 이벤트 ID, `event`는 이벤트 타입, `data`는 웹훅이 받는 본문입니다. 클라이언트가 `Last-Event-ID`와 함께 다시 연결하면 각 이벤트를 최소 한 번 받으며, 순서는 한 사용자의 모든 스트림에서 같습니다. 15초마다 주석이 전송됩니다. 스코프 `webhooks`가 필요합니다.',
  'If the server ends a stream, its last event is `error`, with the reason in `data`. The reasons are `SLOW_READER`, `UNAUTHORIZED` (the key was revoked or has expired) and `SERVICE_UNAVAILABLE` (the process stops). A user may have five streams per process of the service. A sixth gets `RATE_LIMITED`.':
    '서버가 스트림을 끝내면 마지막 이벤트는 `error`이고, 이유는 `data`에 있습니다. 이유는 `SLOW_READER`, `UNAUTHORIZED`(키가 폐기되었거나 만료되었습니다), `SERVICE_UNAVAILABLE`(프로세스가 종료됩니다)입니다. 한 사용자는 서비스의 프로세스마다 스트림을 5개까지 열 수 있습니다. 여섯 번째 스트림은 `RATE_LIMITED`로 거부됩니다.',
  'Only events of these types: names, `*`, or patterns such as `extraction.*`, with commas between them. Default: `*`, which are all types except those of operational events.':
    '이 타입의 이벤트만 받습니다. 타입 이름, `*` 또는 `extraction.*`와 같은 패턴을 쉼표로 구분합니다. 기본값은 운영 이벤트를 제외한 모든 타입을 뜻하는 `*`입니다.',
  'Only events that match this filter: JSON text in the form of the field `filter` of a webhook, such as `{"data.pages":{"$gte":100}}`.':
    '이 필터와 일치하는 이벤트만 받습니다. 웹훅의 `filter` 필드와 같은 형식의 JSON 텍스트이며, 예를 들면 `{"data.pages":{"$gte":100}}`입니다.',
  'Begins with the stored events that were accepted at this time or later (ISO 8601). Events are stored until their retention ends. Default: only new events. `Last-Event-ID` has precedence.':
    '저장된 이벤트 중 이 시각 또는 그 이후에 접수된 것부터 시작합니다(ISO 8601). 이벤트는 보존 기간이 끝날 때까지 저장됩니다. 기본값은 새 이벤트만 받는 것입니다. `Last-Event-ID`가 우선합니다.',
  'The `id` of the last event that the client got. The stream goes on with the next one. Clients of server-sent events send it when they connect again.':
    '클라이언트가 마지막으로 받은 이벤트의 `id`입니다. 스트림은 그다음 이벤트부터 이어집니다. SSE(Server-Sent Events) 클라이언트는 다시 연결할 때 이 값을 보냅니다.',
  'The stream.': '스트림입니다.',
  'Streams the events of the caller as server-sent events.':
    '호출자의 이벤트를 SSE(Server-Sent Events)로 스트리밍합니다.',

  // Publishing
  'The event is queued for every active webhook of its user that subscribes to its type. 202 means that the event is on disk. It is then delivered at least once, whatever crashes. Needs the scope `events:publish`.':
    '이벤트는 해당 사용자의 활성 웹훅 중에서 그 타입을 구독하는 모든 웹훅의 대기열에 들어갑니다. 202는 이벤트가 디스크에 저장되었다는 뜻입니다. 그 뒤에는 무엇이 비정상 종료되더라도 최소 한 번 전송됩니다. 스코프 `events:publish`가 필요합니다.',
  'Makes it safe to repeat the request. A request with the same key and body gets the same response. Its events are stored and queued only once.':
    '요청을 안전하게 반복할 수 있게 합니다. 키와 본문이 같은 요청은 같은 응답을 받습니다. 이벤트는 한 번만 저장되고 한 번만 대기열에 들어갑니다.',
  'The trace of the caller, in the form of W3C Trace Context. It is kept with the events: their deliveries join the trace. An invalid value is ignored.':
    'W3C Trace Context 형식의, 호출자의 추적 정보입니다. 이벤트와 함께 저장되며, 이벤트의 전송도 이 추적에 포함됩니다. 올바르지 않은 값은 무시됩니다.',
  'The event is accepted.': '이벤트가 접수되었습니다.',
  'Accepts an event.': '이벤트를 접수합니다.',
  'Needs the scope `events:publish`.': '스코프 `events:publish`가 필요합니다.',
  'The accepted events, in the order of the request.': '접수된 이벤트입니다. 순서는 요청과 같습니다.',
  'Accepts up to 500 events, all of them or none.':
    '이벤트를 500개까지 접수합니다. 모두 접수하거나 하나도 접수하지 않습니다.',
  'A key with the scope `events:publish` or `admin` shows events of any user. Any other key shows only those of its own user.':
    '스코프가 `events:publish` 또는 `admin`인 키로는 모든 사용자의 이벤트를 조회할 수 있습니다. 다른 키로는 그 키를 소유한 사용자의 이벤트만 조회할 수 있습니다.',
  'The event.': '이벤트입니다.',
  'Shows an event and the state of each of its deliveries.': '이벤트와 그 전송 각각의 상태를 조회합니다.',
  'The user whose webhooks get the event. By default, `uid_local` is the user of the first API key.':
    '이벤트를 받을 웹훅의 소유자입니다. 기본 설정에서 `uid_local`은 첫 API 키의 사용자입니다.',
  'The id of the extraction. Receivers get it as `data.id`.':
    '추출 ID입니다. 수신 서버는 이 값을 `data.id`로 받습니다.',
  'The data that receivers get in `data`, after the id. Its text stays the same: numbers, the order of keys, and escapes. The body of the request to the receiver has at most 256 KiB.':
    '수신 서버가 `data`에서 ID 다음에 받는 데이터입니다. 숫자, 키의 순서, 이스케이프를 포함하여 텍스트가 그대로 유지됩니다. 수신 서버로 보내는 요청의 본문은 최대 256KiB입니다.',
  'The time when the event happened (ISO 8601). Default: now.':
    '이벤트가 발생한 시각입니다(ISO 8601). 기본값은 현재 시각입니다.',
  'The number of webhooks that it was queued for.': '이벤트를 대기열에 넣은 웹훅의 수입니다.',
  'The time when the event happened.': '이벤트가 발생한 시각입니다.',
  'The deliveries of the event, one for each webhook.': '이벤트의 전송이며, 웹훅마다 하나씩 있습니다.',

  // Requests to receivers
  "The requests that your webhook's URL gets, and the effects of your responses.":
    '웹훅 URL이 받는 요청과, 응답에 따른 결과입니다.',
  '1. Take the body as bytes and verify the signature. The public libraries `standardwebhooks` and `svix` do this with `new Webhook(secret).verify(body, headers)`. Give them the secret exactly as the API returned it. With Ed25519, verify with the public key instead. 2. If the `webhook-id` is known, respond with a 2xx status and do nothing else. Every event comes at least once, in any order. 3. Otherwise store the event, respond with a 2xx status within 10 seconds, and do the work afterwards.':
    '1. 본문을 바이트 그대로 받아 서명을 검증하십시오. 공개 라이브러리 `standardwebhooks`와 `svix`에서는 `new Webhook(secret).verify(body, headers)`로 검증합니다. 시크릿은 API가 반환한 그대로 전달하십시오. Ed25519에서는 대신 공개 키로 검증합니다.\n2. 이미 처리한 `webhook-id`이면 2xx 상태로 응답하고 다른 일은 하지 마십시오. 모든 이벤트는 최소 한 번, 순서 없이 도착합니다.\n3. 그렇지 않으면 이벤트를 저장하고, 10초 안에 2xx 상태로 응답한 다음, 작업은 그 뒤에 처리하십시오.',
  'The guide [Receiving webhooks](/docs/receiving-webhooks.md) has code in several languages.':
    '[웹훅 수신](/docs/ko/receiving-webhooks.md) 안내서에 여러 언어의 코드가 있습니다.',
  'An extraction has completed.': '추출이 완료되었습니다.',
  'An extraction has failed.': '추출이 실패했습니다.',
  'The third delivery in a row to a webhook failed.': '웹훅으로 보낸 전송이 세 번 연속 실패했습니다.',
  'A failing webhook had a success.': '실패하던 웹훅의 전송이 성공했습니다.',
  'A webhook was disabled.': '웹훅이 비활성화되었습니다.',
  'The last attempt of a delivery failed.': '전송의 마지막 시도가 실패했습니다.',
  'A test of the webhook was requested.': '웹훅 테스트가 요청되었습니다.',
  'The type of the event.': '이벤트 타입입니다.',
  'The time when the event happened, in UTC.': '이벤트가 발생한 시각(UTC)입니다.',
  'The id of the extraction, and the data that was published with the event. Numbers keep every digit.':
    '추출 ID와, 이벤트와 함께 발행된 데이터입니다. 숫자는 모든 자릿수를 유지합니다.',
  'The id of the extraction.': '추출 ID입니다.',
  'The id of the delivery. It is the same on every retry: receivers drop duplicates by it.':
    '전송 ID입니다. 재시도해도 바뀌지 않으므로, 수신 서버는 이 값으로 중복을 제거합니다.',
  'The time when this attempt was signed, in seconds since 1970.': '이 시도에 서명한 시각(1970년부터의 초)입니다.',
  'Standard Webhooks: `v1,` and the base64 HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`. The key is the secret decoded from base64. During a rotation there are two signatures, separated by a space. With `signature: "ed25519"` each is `v1a,` and a base64 Ed25519 signature of the same text.':
    'Standard Webhooks 형식입니다. `v1,` 뒤에 `<webhook-id>.<webhook-timestamp>.<body>`의 HMAC-SHA256을 base64로 쓴 값입니다. 키는 시크릿을 base64로 디코딩한 값입니다. 시크릿을 교체하는 동안에는 공백으로 구분한 서명이 두 개 있습니다. `signature: "ed25519"`이면 각 서명은 `v1a,` 뒤에 같은 텍스트의 Ed25519 서명을 base64로 쓴 값입니다.',
  '`sha256=` and the hex HMAC-SHA256 of the body. The key is the secret\'s characters. During a rotation there are two signatures, separated by a comma. They cover neither id nor time: prefer `webhook-signature`. Only with `signature: "hmac-sha256"`.':
    '`sha256=` 뒤에 본문의 HMAC-SHA256을 16진수로 쓴 값입니다. 키는 시크릿의 문자 그대로입니다. 시크릿을 교체하는 동안에는 쉼표로 구분한 서명이 두 개 있습니다. 이 서명은 ID와 시각을 포함하지 않으므로 `webhook-signature`를 사용하는 것이 좋습니다. `signature: "hmac-sha256"`일 때만 있습니다.',
  'The type of the event. Not signed.': '이벤트 타입입니다. 서명에 포함되지 않습니다.',
  'The same as `webhook-id`. Not signed.': '`webhook-id`와 같습니다. 서명에 포함되지 않습니다.',
  'The number of the attempt, from 1. Not signed.': '1부터 시작하는 시도 번호입니다. 서명에 포함되지 않습니다.',
  '`DocMap-Webhooks/` and the version.': '`DocMap-Webhooks/` 뒤에 버전을 쓴 값입니다.',
  'Verify the signature, do nothing for a known `webhook-id`, respond with a 2xx status. See "Receiving webhooks".':
    '서명을 검증하고, 이미 처리한 `webhook-id`이면 아무것도 하지 말고, 2xx 상태로 응답하십시오. "Receiving webhooks"를 참고하십시오.',
  'Failed. The webhook is disabled at once.': '실패입니다. 웹훅이 즉시 비활성화됩니다.',
  'Failed. All requests to this webhook pause for the time in `Retry-After`, up to 24 hours. Without it, the pause is 1 s, and doubles up to 5 min until the next success.':
    '실패입니다. 이 웹훅으로 보내는 모든 요청이 `Retry-After`의 시간 동안, 최대 24시간까지 일시 중지됩니다. 이 헤더가 없으면 1초 동안 일시 중지되며, 다음에 성공할 때까지 최대 5분까지 두 배씩 늘어납니다.',
  'The pause in seconds, or its end as an HTTP date.': '일시 중지할 시간(초) 또는 끝나는 시각(HTTP 날짜)입니다.',
  'Received. The delivery is done. The body of the response does not matter.':
    '수신했습니다. 전송이 끝납니다. 응답 본문은 사용되지 않습니다.',
  'Failed. Redirects are never followed.': '실패입니다. 리디렉션은 따라가지 않습니다.',
  'Failed. No response within 10 seconds is a failure too. By default the delivery is tried again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h. A webhook that fails for 5 days without one success is disabled.':
    '실패입니다. 10초 안에 응답이 없어도 실패입니다. 기본적으로 5초, 5분, 30분, 2시간, 5시간, 10시간, 14시간, 20시간, 24시간 뒤에 다시 시도합니다. 한 번도 성공하지 못하고 5일 동안 실패한 웹훅은 비활성화됩니다.',
};
