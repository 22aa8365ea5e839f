import type { Catalogue } from '../../phrase.js';

/** Texts of the OpenAPI document about all routes, API keys and operation. */
export const COMMON_TEXTS: Catalogue = {
  'Register webhooks, publish extraction events, and read the log of every delivery attempt.':
    '웹훅을 등록하고, 추출 이벤트를 발행하고, 모든 전송 시도의 로그를 조회합니다.',
  '- Errors have the form `{ "error": { "code", "message" } }`. Branch on the code. The message is for people, and Korean for requests with `Accept-Language: ko`. - Every response has the header `x-request-id`. - Responses may gain fields, values and error codes at any time. Ignore those that you do not know. - Requests with unknown fields are refused.':
    '- 오류의 형식은 `{ "error": { "code", "message" } }`입니다. 프로그램에서는 코드로 구분하십시오. 메시지는 사람을 위한 것이며, 요청에 `Accept-Language: ko`가 있으면 한국어입니다.\n- 모든 응답에 `x-request-id` 헤더가 있습니다.\n- 응답에는 언제든지 필드, 값, 오류 코드가 추가될 수 있습니다. 모르는 것은 무시하십시오.\n- 알 수 없는 필드가 있는 요청은 거부됩니다.',
  'Guides: [Receiving webhooks](/docs/receiving-webhooks.md), [Owning webhooks](/docs/owning-webhooks.md), [Operating](/docs/operating.md).':
    '안내서: [웹훅 수신](/docs/ko/receiving-webhooks.md), [웹훅 소유자 안내서](/docs/ko/owning-webhooks.md), [운영(영어)](/docs/operating.md).',
  'For client generators: [openapi.json](/openapi.json), [openapi.yaml](/openapi.yaml).':
    '클라이언트 생성기용: [openapi.json](/openapi.json), [openapi.yaml](/openapi.yaml).',
  'To try it out, click *Authorize* and enter an API key. The first start of the service makes one. It shows the key on a terminal, or writes it to `DATA_DIR/first-api-key`.':
    '사용해 보려면 *Authorize*를 클릭하고 API 키를 입력하십시오. 서비스를 처음 시작할 때 키가 하나 생성됩니다. 이 키는 터미널에 표시되거나 `DATA_DIR/first-api-key`에 기록됩니다.',
  'The service that serves this document.': '이 문서를 제공하는 서비스입니다.',
  'An API key.': 'API 키입니다.',
  Example: '예시',
  'Known values: {{values}}. There may be more.': '알려진 값: {{values}}. 다른 값이 추가될 수 있습니다.',

  // Tags
  'The endpoints of users, and the event types that each endpoint gets.':
    '사용자의 엔드포인트와, 각 엔드포인트가 받는 이벤트 타입입니다.',
  'The log: one record for each attempt.': '전송 로그입니다. 시도 한 번에 기록이 하나씩 남습니다.',
  'Events, and the state of their deliveries.': '이벤트와 그 전송의 상태입니다.',
  'The keys that authenticate requests.': '요청을 인증하는 키입니다.',
  'Health and metrics, for operators.': '운영자를 위한 상태 확인과 메트릭입니다.',

  // Errors
  'The code of the error. It is stable: branch on it.':
    '오류 코드입니다. 바뀌지 않으므로 프로그램에서는 이 값으로 구분하십시오.',
  'An explanation for people. It names the field at fault.':
    '사람을 위한 설명입니다. 잘못된 필드의 이름이 들어 있습니다.',
  '`VALIDATION_ERROR`: A value of the body, the query or the path is invalid. The message names each field.':
    '`VALIDATION_ERROR`: 본문, 쿼리 또는 경로의 값이 올바르지 않습니다. 메시지에 각 필드의 이름이 있습니다.',
  '`MAX_WEBHOOKS_REACHED`: The user has reached a limit: ten active webhooks by default, or 100 of any state. Delete one first.':
    '`MAX_WEBHOOKS_REACHED`: 사용자가 한도에 도달했습니다. 기본 한도는 활성 웹훅 10개, 상태와 관계없이 100개입니다. 먼저 하나를 삭제하십시오.',
  '`MAX_KEYS_REACHED`: The user has ten active API keys. Revoke one before you create another.':
    '`MAX_KEYS_REACHED`: 사용자에게 활성 API 키가 이미 10개 있습니다. 새로 생성하기 전에 하나를 폐기하십시오.',
  '`UNAUTHORIZED`: The API key is missing, malformed, unknown, revoked or expired.':
    '`UNAUTHORIZED`: API 키가 없거나, 형식이 잘못되었거나, 알 수 없거나, 폐기되었거나, 만료되었습니다.',
  '`FORBIDDEN`: The object belongs to another user, or the API key lacks the scope.':
    '`FORBIDDEN`: 다른 사용자의 객체이거나, API 키에 필요한 스코프가 없습니다.',
  '`NOT_FOUND`: No object has this id.': '`NOT_FOUND`: ID가 일치하는 객체가 없습니다.',
  '`CONFLICT`: An earlier request used this idempotency key with another body.':
    '`CONFLICT`: 이전 요청에서 이 멱등성 키를 다른 본문에 사용했습니다.',
  '`PAYLOAD_TOO_LARGE`: The body is larger than the limit.': '`PAYLOAD_TOO_LARGE`: 본문이 한도보다 큽니다.',
  '`UNSUPPORTED_MEDIA_TYPE`: The body is not JSON, is compressed, or declares a charset other than UTF-8.':
    '`UNSUPPORTED_MEDIA_TYPE`: 본문이 JSON이 아니거나, 압축되었거나, UTF-8이 아닌 charset을 지정했습니다.',
  '`RATE_LIMITED`: Too many requests of this user, or too many without a valid key from this address. `Retry-After` gives the wait in seconds.':
    '`RATE_LIMITED`: 이 사용자의 요청이 너무 많거나, 이 주소에서 유효한 키가 없는 요청을 너무 많이 보냈습니다. 기다릴 시간(초)이 `Retry-After`에 있습니다.',
  '`INTERNAL_ERROR`: The service failed.': '`INTERNAL_ERROR`: 서비스에 오류가 발생했습니다.',
  '`SERVICE_UNAVAILABLE`: The database does not answer, or the service is stopping. `Retry-After` gives the wait in seconds.':
    '`SERVICE_UNAVAILABLE`: 데이터베이스가 응답하지 않거나 서비스를 종료하는 중입니다. 기다릴 시간(초)이 `Retry-After`에 있습니다.',

  // Headers of responses
  'The id of the request in the log of the service: the `x-request-id` of the request, or a new id.':
    '서비스 로그에 남는 요청 ID입니다. 요청의 `x-request-id`이거나 새 ID입니다.',
  'The wait before the next try, in seconds.': '다시 시도하기 전에 기다릴 시간(초)입니다.',
  'The number of requests per minute that all keys of one user may make together. Absent without a limit.':
    '한 사용자의 모든 키로 분당 보낼 수 있는 요청 수의 합계입니다. 제한이 없으면 이 헤더도 없습니다.',
  'The number of requests that are left.': '남은 요청 수입니다.',
  'The time until all requests are available again, in seconds.': '요청 수가 모두 회복될 때까지 남은 시간(초)입니다.',
  'The limit in the form of draft-ietf-httpapi-ratelimit-headers.':
    'draft-ietf-httpapi-ratelimit-headers 형식의 제한입니다.',
  'The requests that are left, in the form of draft-ietf-httpapi-ratelimit-headers.':
    'draft-ietf-httpapi-ratelimit-headers 형식의 남은 요청 수입니다.',

  // API keys
  'Only this response has the key: store it at once, in a safe place. With the scope `admin`, `userId` names another owner.':
    '키는 이 응답에서만 반환됩니다. 안전한 곳에 즉시 저장하십시오. 스코프가 `admin`이면 `userId`로 다른 소유자를 지정할 수 있습니다.',
  'The key and its properties.': '키와 그 속성입니다.',
  'Creates an API key.': 'API 키를 생성합니다.',
  'Active keys are neither revoked nor expired. The list has at most ten, and never the key itself. With the scope `admin`, `userId` lists the keys of another user.':
    '활성 키는 폐기되지도 만료되지도 않은 키입니다. 목록에는 최대 10개가 있으며, 키 자체는 포함되지 않습니다. 스코프가 `admin`이면 `userId`로 다른 사용자의 키를 조회할 수 있습니다.',
  'The user whose keys to list. Default: the caller. Another user needs a key with the scope `admin`.':
    '키를 조회할 사용자입니다. 기본값은 호출자입니다. 다른 사용자를 지정하려면 스코프가 `admin`인 키가 필요합니다.',
  'The active keys.': '활성 키입니다.',
  "Lists the caller's active API keys, newest first.": '호출자의 활성 API 키를 최신순으로 조회합니다.',
  'When this request is answered, every process refuses the key.':
    '이 요청에 응답한 시점부터 모든 프로세스가 그 키를 거부합니다.',
  'The key is revoked.': '키가 폐기되었습니다.',
  'Revokes an API key.': 'API 키를 폐기합니다.',
  'The time for which the key is valid.': '키의 유효 기간입니다.',
  "The permissions of the key: `webhooks` manages the user's own webhooks, keys and log. `events:publish` publishes events for any user. `admin` includes `webhooks`, for every user. Default: `webhooks`. A key can't grant a scope that it lacks.":
    '키의 권한입니다. `webhooks`는 사용자 자신의 웹훅, 키, 전송 로그를 관리합니다. `events:publish`는 모든 사용자의 이벤트를 발행합니다. `admin`은 모든 사용자에 대한 `webhooks`를 포함합니다. 기본값은 `webhooks`입니다. 키에 없는 스코프는 부여할 수 없습니다.',
  'A name that tells the key apart from others.': '다른 키와 구별하기 위한 이름입니다.',
  'The user who will own the key. Default: the caller. Another user needs a key with the scope `admin`.':
    '키를 소유할 사용자입니다. 기본값은 호출자입니다. 다른 사용자를 지정하려면 스코프가 `admin`인 키가 필요합니다.',
  'The first characters of the key.': '키의 앞부분입니다.',
  'The time when the key expires. Null: never.': '키가 만료되는 시각입니다. null이면 만료되지 않습니다.',
  'The last use of the key, to the minute. Null: never used.':
    '키를 마지막으로 사용한 시각(분 단위)입니다. null이면 사용한 적이 없습니다.',
  'The key. Only this response has it: store it at once, in a safe place.':
    '키입니다. 이 응답에서만 반환됩니다. 안전한 곳에 즉시 저장하십시오.',

  // Operation
  'If this route does not answer, restart the process.': '이 경로가 응답하지 않으면 프로세스를 다시 시작하십시오.',
  'The process runs.': '프로세스가 실행 중입니다.',
  'Says that the process runs.': '프로세스가 실행 중인지 확인합니다.',
  '200 means that the database takes a write within a second, and that the process is not stopping. Send no requests to the process after any other status. The route answers within 1.5 s.':
    '200은 1초 안에 데이터베이스에 쓸 수 있고 프로세스가 종료 중이 아니라는 뜻입니다. 다른 상태를 받으면 그 프로세스에 요청을 보내지 마십시오. 이 경로는 1.5초 안에 응답합니다.',
  'The process can accept an event.': '프로세스가 이벤트를 접수할 수 있습니다.',
  '`SERVICE_UNAVAILABLE`: the process cannot accept an event. The message begins with one word and a colon: `stopping` (this process stops), `secrets-key` (signing secrets can not be read with this SECRETS_KEY), `database` (the database does not answer), `read-only` (the database takes no writes), `disk-full` (the disk of the database is full). There may be more words.':
    '`SERVICE_UNAVAILABLE`: 프로세스가 이벤트를 접수할 수 없습니다. 메시지는 다음 단어 중 하나와 콜론으로 시작합니다. `stopping`(프로세스가 종료되고 있습니다), `secrets-key`(이 SECRETS_KEY로는 서명 시크릿을 읽을 수 없습니다), `database`(데이터베이스가 응답하지 않습니다), `read-only`(데이터베이스에 쓸 수 없습니다), `disk-full`(데이터베이스의 디스크가 가득 찼습니다). 다른 단어가 추가될 수 있습니다.',
  'Says whether the process can accept an event.': '프로세스가 이벤트를 접수할 수 있는지 확인합니다.',
  'The response has the text format of Prometheus. With several processes, collect the metrics of each and add them up.':
    '응답은 Prometheus 텍스트 형식입니다. 프로세스가 여러 개이면 각 프로세스의 메트릭를 수집하여 합산하십시오.',
  'The metrics.': '메트릭입니다.',
  'Shows the metrics of this process.': '이 프로세스의 메트릭를 조회합니다.',
};
