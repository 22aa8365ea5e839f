import type { Catalogue } from '../../phrase.js';

/** Texts of the OpenAPI document about webhooks and their settings. */
export const WEBHOOK_TEXTS: Catalogue = {
  // Routes
  'The database evaluates the filter in the same way as for an event that is published. Nothing is stored or sent. Numbers keep all digits.':
    '발행된 이벤트와 똑같이 데이터베이스가 필터를 평가합니다. 아무것도 저장하거나 보내지 않습니다. 숫자는 모든 자릿수를 유지합니다.',
  'Whether the event matches.': '이벤트가 필터와 일치하는지 여부입니다.',
  'Tests a filter with an event.': '이벤트로 필터를 시험합니다.',
  'The URL of the webhook gets a POST request for each event that the webhook subscribes to. By default each user has at most ten active webhooks, and 100 of any state. Receivers verify signatures with the signing secret. Only this response has the secret: store it at once, in a safe place. With `signature: "ed25519"`, `secret` is null: receivers verify with `publicKey`, which is in every response.':
    '웹훅 URL은 웹훅이 구독하는 이벤트마다 POST 요청을 받습니다. 기본적으로 각 사용자는 활성 웹훅을 최대 10개, 상태와 관계없이 최대 100개까지 둘 수 있습니다. 수신 서버는 서명 시크릿으로 서명을 검증합니다. 시크릿은 이 응답에서만 반환됩니다. 안전한 곳에 즉시 저장하십시오. `signature: "ed25519"`이면 `secret`은 null이고, 수신 서버는 모든 응답에 있는 `publicKey`로 검증합니다.',
  'For a receiver that holds no secret': '시크릿을 두지 않는 수신 서버',
  'The webhook and its signing secret.': '웹훅과 서명 시크릿입니다.',
  'Registers a webhook.': '웹훅을 등록합니다.',
  'By default the list has only active webhooks. It has at most 100 webhooks, and never a secret. With the scope `admin`, `userId` lists the webhooks of another user.':
    '기본적으로 활성 웹훅만 조회합니다. 목록에는 웹훅이 최대 100개 있으며, 시크릿은 포함되지 않습니다. 스코프가 `admin`이면 `userId`로 다른 사용자의 웹훅을 조회할 수 있습니다.',
  'The user whose webhooks to list. Default: the caller. Another user needs a key with the scope `admin`.':
    '웹훅을 조회할 사용자입니다. 기본값은 호출자입니다. 다른 사용자를 지정하려면 스코프가 `admin`인 키가 필요합니다.',
  '`true` (the default) lists active webhooks, `false` inactive ones, and `all` both.':
    '`true`(기본값)는 활성 웹훅, `false`는 비활성 웹훅, `all`은 둘 다 조회합니다.',
  'The webhooks.': '웹훅입니다.',
  "Lists the caller's webhooks, newest first.": '호출자의 웹훅을 최신순으로 조회합니다.',
  'The webhook may be inactive. The response never has a secret.':
    '웹훅이 비활성 상태여도 됩니다. 응답에 시크릿은 포함되지 않습니다.',
  'The webhook.': '웹훅입니다.',
  'Shows one webhook.': '웹훅 하나를 조회합니다.',
  'Fields that are left out stay as they are. `signature` may only have its present value. `metadata` is replaced as a whole: null and {} remove all keys. An activated webhook counts against the limit of active webhooks.':
    '생략한 필드는 그대로 유지됩니다. `signature`에는 현재 값만 쓸 수 있습니다. `metadata`는 전체가 교체되며, null과 {}는 모든 키를 제거합니다. 활성화한 웹훅은 활성 웹훅의 한도에 포함됩니다.',
  'The webhook after the change.': '변경된 웹훅입니다.',
  'Changes a webhook.': '웹훅을 변경합니다.',
  'Queued deliveries of the webhook are never sent. The records of its attempts stay until their retention ends.':
    '대기열에 있는 웹훅의 전송은 보내지 않습니다. 시도의 기록은 보존 기간이 끝날 때까지 남습니다.',
  'The webhook is deleted.': '웹훅이 삭제되었습니다.',
  'Deletes a webhook immediately and permanently.': '웹훅을 즉시, 영구적으로 삭제합니다.',
  'During the overlap every request has a signature of each secret, so a receiver can change to the new secret without a failed request. Only this response has the new secret: store it at once, in a safe place. A webhook with Ed25519 gets a new key pair: `secret` is null, and `publicKey` is the new one.':
    '병행 기간에는 모든 요청에 각 시크릿의 서명이 함께 있으므로, 수신 서버는 요청 실패 없이 새 시크릿으로 바꿀 수 있습니다. 새 시크릿은 이 응답에서만 반환됩니다. 안전한 곳에 즉시 저장하십시오. Ed25519 웹훅은 새 키 쌍을 받습니다. 이때 `secret`은 null이고 `publicKey`는 새 공개 키입니다.',
  'The webhook and its new signing secret.': '웹훅과 새 서명 시크릿입니다.',
  'Gives a webhook a new signing secret.': '웹훅의 서명 시크릿을 교체합니다.',
  'The webhook gets a `webhook.test` event, whatever it subscribes to. The webhook must be active.':
    '웹훅은 구독하는 타입과 관계없이 `webhook.test` 이벤트를 받습니다. 웹훅은 활성 상태여야 합니다.',
  'The queued delivery.': '대기열에 넣은 전송입니다.',
  'Queues one test delivery.': '테스트 전송 하나를 대기열에 넣습니다.',

  // Filters
  'The type, as in `POST /v1/events`.': '이벤트 타입입니다. `POST /v1/events`의 값과 같습니다.',
  'The id of the extraction. Default: `data.id`, if the event has `type`.':
    '추출 ID입니다. 이벤트에 `type`이 있으면 기본값은 `data.id`입니다.',
  'No filter reads it.': '필터는 이 값을 읽지 않습니다.',
  'A filter, as in `POST /v1/webhooks`.': '필터입니다. `POST /v1/webhooks`의 값과 같습니다.',
  'Whether a webhook with this filter gets the event, if it subscribes to its type.':
    '이 필터가 있고 해당 타입을 구독하는 웹훅이 이벤트를 받는지 여부입니다.',
  'A condition on the content of events: other events are not queued. Keys are paths (`extractionId`, `type`, `data.a.b`) or `$and`, `$or`, `$not`. A path has a value, or operators: `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`, `$in`, `$nin`, `$exists`, `$startsWith`. At most 20 conditions, 4 levels and 4 KiB. Null: all events.':
    '이벤트 내용에 대한 조건입니다. 조건에 맞지 않는 이벤트는 대기열에 넣지 않습니다. 키는 경로(`extractionId`, `type`, `data.a.b`)이거나 `$and`, `$or`, `$not`입니다. 경로에는 값이나 연산자 `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`, `$in`, `$nin`, `$exists`, `$startsWith`를 씁니다. 조건 20개, 4단계, 4KiB까지 쓸 수 있습니다. null: 모든 이벤트.',
  'The condition on the content of events. Null: all events. Numbers keep all digits.':
    '이벤트 내용에 대한 조건입니다. null: 모든 이벤트. 숫자는 모든 자릿수를 유지합니다.',
  'Replaces the filter, as in `POST /v1/webhooks`. Null removes it. Events that are queued already stay queued.':
    '필터를 교체합니다. `POST /v1/webhooks`의 값과 같습니다. null은 필터를 제거합니다. 이미 대기열에 있는 이벤트는 그대로 남습니다.',

  // Authentication at the receiver
  'The token endpoint. The rules of `url` apply to it.': '토큰 엔드포인트입니다. `url`의 규칙이 똑같이 적용됩니다.',
  'Stored encrypted, and never shown again.': '암호화하여 저장하며, 다시 표시하지 않습니다.',
  'The scopes to ask for, separated by single spaces. Without it, the authorization server decides.':
    '요청할 스코프이며, 공백 하나로 구분합니다. 생략하면 인가 서버가 결정합니다.',
  'The certificate of the private key, then its chain: at most 10 certificates in PEM.':
    '개인 키의 인증서와 그 뒤의 체인입니다. PEM 형식의 인증서를 최대 10개까지 씁니다.',
  'The private key in PEM, not encrypted: RSA of 2,048 to 4,096 bits, EC on P-256, P-384 or P-521, or Ed25519. Stored encrypted, and never shown again.':
    '암호화하지 않은 PEM 형식의 개인 키입니다. 2,048~4,096비트 RSA 키, P-256, P-384, P-521 곡선의 EC 키 또는 Ed25519 키를 씁니다. 암호화하여 저장하며, 다시 표시하지 않습니다.',
  'The authentication of requests at the receiver. `oauth2`: each request has `authorization: Bearer` with an access token of your authorization server, which the service gets with the client credentials. `mtls`: the service shows a client certificate. Secrets are stored encrypted, and never shown again. Null: none.':
    '수신 서버에서의 요청 인증입니다. `oauth2`: 각 요청에 인가 서버의 액세스 토큰이 담긴 `authorization: Bearer`가 있습니다. 서비스는 클라이언트 자격 증명으로 이 토큰을 받습니다. `mtls`: 서비스가 클라이언트 인증서를 제시합니다. 시크릿은 암호화하여 저장하며, 다시 표시하지 않습니다. null: 없음.',
  'The authentication of requests at the receiver. Its secret is shown as `********`. Null: none.':
    '수신 서버에서의 요청 인증입니다. 시크릿은 `********`로 표시됩니다. null: 없음.',
  'Replaces the authentication, as in `POST /v1/webhooks`. Null removes it. The value `********` keeps the stored secret: a `clientSecret` for the same `tokenUrl`, a `privateKey` for a certificate of the same key.':
    '인증을 교체합니다. `POST /v1/webhooks`의 값과 같습니다. null은 인증을 제거합니다. 값 `********`는 저장된 시크릿을 유지합니다. `clientSecret`은 `tokenUrl`이 같을 때, `privateKey`는 인증서의 키가 같을 때 유지됩니다.',
  'With `oauth2`.': '`oauth2`일 때 있습니다.',
  'With `oauth2`: `********`.': '`oauth2`일 때 `********`입니다.',
  'With `oauth2`, if it was set.': '`oauth2`이고 값을 설정했을 때 있습니다.',
  'With `mtls`: the certificate and its chain in PEM.': '`mtls`일 때, PEM 형식의 인증서와 체인입니다.',
  'With `mtls`: `********`.': '`mtls`일 때 `********`입니다.',

  // Fields
  'The event types and patterns that a webhook can subscribe to.': '웹훅이 구독할 수 있는 이벤트 타입과 패턴입니다.',
  'The HTTPS URL that gets the POST requests. Its port is 443, or 1024 or above. It has no credentials and no fragment, and leads to no private address.':
    'POST 요청을 받을 HTTPS URL입니다. 포트는 443 또는 1024 이상입니다. 인증 정보와 프래그먼트를 포함할 수 없고, 사설 주소를 가리킬 수 없습니다.',
  'The event types to subscribe to, at least one: names, `*` for all types, or `extraction.*` for all types that begin with these words. A pattern also covers types that are added later, and must match a type that exists. Only their names, `webhook.*` and `delivery.*` match operational events. A type that several of the entries match arrives once.':
    '구독할 이벤트 타입이며, 하나 이상이어야 합니다. 타입 이름, 모든 타입을 뜻하는 `*`, 또는 이 단어로 시작하는 모든 타입을 뜻하는 `extraction.*`를 씁니다. 패턴은 나중에 추가되는 타입도 포함하며, 존재하는 타입과 일치해야 합니다. 운영 이벤트는 그 이름이나 `webhook.*`, `delivery.*`로만 구독할 수 있습니다. 여러 항목과 일치하는 타입도 한 번만 전송됩니다.',
  'A note for yourself.': '소유자를 위한 메모입니다.',
  'A note for yourself. Null removes it.': '소유자를 위한 메모입니다. null은 메모를 제거합니다.',
  'Texts that your application keeps with the webhook: up to 20 keys of 1 to 40 characters. A value has up to 500 characters. Receivers never see them.':
    '애플리케이션이 웹훅과 함께 저장하는 텍스트입니다. 1~40자의 키를 20개까지 쓸 수 있으며, 값은 500자까지입니다. 수신 서버에는 전송되지 않습니다.',
  'Texts that your application keeps with the webhook. {} if there are none.':
    '애플리케이션이 웹훅과 함께 저장하는 텍스트입니다. 없으면 {}입니다.',
  'Replaces all metadata: keys that are left out are removed. Null and {} remove all keys.':
    '메타데이터 전체를 교체합니다. 생략한 키는 제거됩니다. null과 {}는 모든 키를 제거합니다.',
  'Headers that each request has besides ours, such as a key of your gateway. Up to 10 names of 1 to 64 characters; a value has 1 to 1,024 visible ASCII characters. Values are stored encrypted, and never shown again. Not signed.':
    '게이트웨이의 키와 같이, 서비스의 헤더 외에 각 요청에 추가할 헤더입니다. 1~64자의 이름을 10개까지 쓸 수 있으며, 값은 표시 가능한 ASCII 문자 1~1,024자입니다. 값은 암호화하여 저장하며, 다시 표시하지 않습니다. 서명에 포함되지 않습니다.',
  'The headers that each request has besides ours. Each value is shown as `********`.':
    '서비스의 헤더 외에 각 요청에 추가되는 헤더입니다. 각 값은 `********`로 표시됩니다.',
  'Replaces all headers: names that are left out are removed. The value `********` keeps the stored value of its name. Null and {} remove all headers.':
    '헤더 전체를 교체합니다. 생략한 이름은 제거됩니다. 값 `********`는 그 이름의 저장된 값을 유지합니다. null과 {}는 모든 헤더를 제거합니다.',
  'The time limit of an attempt in milliseconds: from 1000 to that of the service (10,000 by default). Null: that of the service.':
    '시도 한 번의 제한 시간(밀리초)입니다. 1000부터 서비스의 제한 시간(기본값 10,000)까지입니다. null: 서비스의 제한 시간.',
  'The time limit of an attempt in milliseconds. Null: that of the service.':
    '시도 한 번의 제한 시간(밀리초)입니다. null: 서비스의 제한 시간.',
  'The delays before each attempt, from the first one on: 1 to 20 durations of at most `7d`, each varied by 20 %. The first attempt is always made at once. Null: the schedule of the service.':
    '첫 번째 시도부터 각 시도 전에 기다리는 시간입니다. 최대 `7d`인 시간을 1~20개 쓰며, 각 시간은 20% 범위에서 달라집니다. 첫 번째 시도는 항상 즉시 이루어집니다. null: 서비스의 일정.',
  'The delays before each attempt. Null: the schedule of the service.':
    '각 시도 전에 기다리는 시간입니다. null: 서비스의 일정.',
  '`extraction`: a later event of an extraction is sent only after the earlier one succeeded, was exhausted or was cancelled. Other extractions continue. Default: `none`.':
    '`extraction`: 같은 추출의 다음 이벤트는 앞선 이벤트가 성공하거나, 재시도를 소진하거나, 취소된 뒤에만 전송됩니다. 다른 추출은 계속 전송됩니다. 기본값은 `none`입니다.',
  '`extraction`: the events of an extraction are sent one after another. `none`: at once.':
    '`extraction`: 같은 추출의 이벤트를 하나씩 차례로 전송합니다. `none`: 동시에 전송합니다.',
  'The order of deliveries. `extraction` orders waiting deliveries, too, except those that are in flight.':
    '전송의 순서입니다. `extraction`은 전송 중인 것을 제외하고 대기 중인 전송에도 적용됩니다.',
  'The most requests per period, over all retries. Further deliveries wait, and cost no attempt. Null: no limit.':
    '기간당 최대 요청 수이며, 모든 재시도를 포함합니다. 이를 넘는 전송은 기다리며, 시도 횟수에 포함되지 않습니다. null: 제한 없음.',
  'The most requests per period. Null: no limit.': '기간당 최대 요청 수입니다. null: 제한 없음.',
  'The most requests per period. Null removes the limit.': '기간당 최대 요청 수입니다. null은 제한을 없앱니다.',
  '`ed25519`: the service keeps a private key, and receivers verify with `publicKey`. They hold no secret. `webhook-signature` is then `v1a,…`, and there is no `x-docmap-signature`. A webhook keeps its kind of signature. Default: `hmac-sha256`.':
    '`ed25519`: 서비스가 개인 키를 보관하고, 수신 서버는 `publicKey`로 검증합니다. 수신 서버에는 시크릿이 없습니다. 이때 `webhook-signature`는 `v1a,…`이고 `x-docmap-signature`는 없습니다. 웹훅의 서명 방식은 바꿀 수 없습니다. 기본값은 `hmac-sha256`입니다.',
  'Only the present value is allowed: to change the kind of signature, create another webhook.':
    '현재 값만 쓸 수 있습니다. 서명 방식을 바꾸려면 웹훅을 새로 생성하십시오.',
  'The kind of `webhook-signature`: `v1` (HMAC-SHA256 with the secret) or `v1a` (Ed25519, verified with `publicKey`).':
    '`webhook-signature`의 방식입니다. `v1`(시크릿을 사용한 HMAC-SHA256) 또는 `v1a`(`publicKey`로 검증하는 Ed25519)입니다.',
  'The Ed25519 public key: `whpk_` and the base64 of its 32 bytes. It is no secret. Null with `hmac-sha256`.':
    'Ed25519 공개 키입니다. `whpk_` 뒤에 32바이트를 base64로 쓴 값이며, 비밀이 아닙니다. `hmac-sha256`이면 null입니다.',
  'The HMAC-SHA256 signing secret: 64 hex characters. Only this response has it: store it at once, in a safe place. Null with `ed25519`: receivers verify with `webhook.publicKey`.':
    'HMAC-SHA256 서명 시크릿(64자 16진수)입니다. 이 응답에서만 반환됩니다. 안전한 곳에 즉시 저장하십시오. `ed25519`이면 null이고, 수신 서버는 `webhook.publicKey`로 검증합니다.',
  "The webhook's unique id.": '웹훅의 고유 ID입니다.',
  'The URL that gets the requests.': '요청을 받는 URL입니다.',
  'The event types and patterns that the webhook subscribes to.': '웹훅이 구독하는 이벤트 타입과 패턴입니다.',
  'Whether the webhook is active. A new webhook is active.':
    '웹훅이 활성 상태인지 여부입니다. 새로 생성된 웹훅은 활성 상태입니다.',
  'When the webhook was created.': '웹훅이 생성된 시각입니다.',
  'The reason why the webhook is not active. Null while it is active.':
    '웹훅이 활성 상태가 아닌 이유입니다. 활성 상태이면 null입니다.',
  '`false` deactivates the webhook: queued deliveries wait, and new events are not queued for it. `true` activates it, if the limit of active webhooks allows it.':
    '`false`는 웹훅을 비활성화합니다. 대기열에 있는 전송은 기다리고, 새 이벤트는 이 웹훅의 대기열에 들어가지 않습니다. `true`는 활성 웹훅의 한도를 넘지 않으면 웹훅을 활성화합니다.',
  'Always true.': '항상 true입니다.',
  'The overlap in seconds, in which the old secret signs next to the new one. Default: 86400 (a day).':
    '이전 시크릿과 새 시크릿으로 함께 서명하는 병행 기간(초)입니다. 기본값은 86400(하루)입니다.',
};
