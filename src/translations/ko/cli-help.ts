import type { Catalogue } from '../phrase.js';

/** The help of the command line. */
export const CLI_HELP: Catalogue = {
  // Words of commander
  'Usage:': '사용법:',
  'Arguments:': '인수:',
  'Options:': '옵션:',
  'Commands:': '명령:',
  '[options]': '[옵션]',
  '[command]': '[명령]',
  '(default: {{value}})': '(기본값: {{value}})',
  'display help for command': '명령의 도움말 표시',
  'output the version number': '버전 표시',
  "error: unknown option '{{option}}'": "오류: 알 수 없는 옵션입니다: '{{option}}'",
  "error: unknown command '{{command}}'": "오류: 알 수 없는 명령입니다: '{{command}}'",
  "error: missing required argument '{{argument}}'": "오류: 필수 인수가 없습니다: '{{argument}}'",
  "error: option '{{option}}' argument missing": "오류: 옵션의 값이 없습니다: '{{option}}'",
  "error: required option '{{option}}' not specified": "오류: 필수 옵션이 없습니다: '{{option}}'",
  'error: too many arguments. Expected {{expected}} but got {{given}}.':
    '오류: 인수가 너무 많습니다. {{expected}}개가 필요하지만 {{given}}개를 받았습니다.',
  "error: value '{{value}}' is invalid for argument '{{argument}}'. Allowed choices are {{choices}}.":
    "오류: 인수 '{{argument}}'에 쓸 수 없는 값입니다: '{{value}}'. 사용할 수 있는 값: {{choices}}.",
  '(Did you mean {{names}}?)': '(찾는 이름이 {{names}}입니까?)',

  // The program
  'Receive, trigger, verify and inspect webhooks of DocMap.': 'DocMap의 웹훅을 받고, 발행하고, 검증하고, 조회합니다.',
  '\nDOCMAP_URL and DOCMAP_API_KEY name the server and the key. Without an address, the server is the stored one, or http://localhost:3000.\nExit codes: 0, 1 failed, 2 wrong usage.':
    '\n서버와 키는 DOCMAP_URL과 DOCMAP_API_KEY로 지정합니다. 주소를 지정하지 않으면 저장한 서버 또는 http://localhost:3000을 사용합니다.\n종료 코드: 0 성공, 1 실패, 2 잘못된 사용.',
  'ask for the server and the key, and store them': '서버와 키를 입력받아 저장',
  'the server (environment: DOCMAP_URL). Default: the stored one, or http://localhost:3000':
    '서버의 주소(환경 변수: DOCMAP_URL). 기본값: 저장한 주소 또는 http://localhost:3000',
  'the API key (environment: DOCMAP_API_KEY)': 'API 키(환경 변수: DOCMAP_API_KEY)',
  'print JSON for programs': '프로그램에서 쓸 수 있도록 JSON으로 출력',
  'print a script for completion: source <(docmap-webhooks completion bash)':
    '자동 완성 스크립트 출력: source <(docmap-webhooks completion bash)',
  'show the help': '도움말 표시',

  // listen
  "receive the user's events here, and forward them to a local receiver, signed":
    '사용자의 이벤트를 받아 서명하여 로컬 수신 서버로 전달',
  'the receiver, such as http://localhost:4000/webhooks/docmap. Without it, events are only shown':
    '수신 서버. 예: http://localhost:4000/webhooks/docmap. 없으면 이벤트를 표시하기만 함',
  'event types or patterns, with commas between them': '이벤트 타입 또는 패턴. 쉼표로 구분',
  'a condition on the content of events, as the field filter of a webhook':
    '이벤트의 내용에 대한 조건. 웹훅의 filter 필드와 같음',
  'the secret to sign with (environment: DOCMAP_WEBHOOK_SECRET). Default: one for this machine':
    '서명할 시크릿(환경 변수: DOCMAP_WEBHOOK_SECRET). 기본값: 이 컴퓨터의 시크릿',
  'print the bodies of events and answers': '이벤트와 응답의 본문 표시',

  // trigger
  'publish a sample event; needs a key with the scope events:publish':
    '예시 이벤트 발행. events:publish 스코프가 있는 키가 필요',
  'change the sample, such as data.pages=120; a value that is no JSON is a text; may be repeated':
    '예시의 값 변경. 예: data.pages=120. JSON이 아닌 값은 문자열. 여러 번 사용 가능',
  'take data from a JSON file instead of the sample; - is the standard input':
    '예시 대신 JSON 파일의 데이터를 사용. -는 표준 입력',
  'the id of the extraction. Default: a new one': '추출의 ID. 기본값: 새 ID',
  'the user whose webhooks get the event. Default: the user of the key':
    '이벤트를 받을 웹훅의 소유자. 기본값: 키의 사용자',

  // verify
  'verify a recorded request (a file or the standard input), and say which step fails':
    '저장해 둔 요청(파일 또는 표준 입력)을 검증하고 실패한 단계 표시',
  'the secret or public key (environment: DOCMAP_WEBHOOK_SECRET)':
    '시크릿 또는 공개 키(환경 변수: DOCMAP_WEBHOOK_SECRET)',
  'the body alone: --header gives the headers': '본문만 든 파일. 헤더는 --header로 지정',
  'a header, such as "webhook-id: msg_1"; may be repeated': '헤더. 예: "webhook-id: msg_1". 여러 번 사용 가능',
  'the request of a record of the log, as the service sent it, at any age':
    '전송 기록에 남은, 서비스가 보낸 그대로의 요청. 시각은 무시',
  'accept a request of any age': '요청의 시각을 무시',

  // play
  'run a local receiver: it shows each request and its signature, answers as told, and has /history':
    '로컬 수신 서버 실행. 요청과 서명을 표시하고, 지정한 대로 응답하며, /history를 제공',
  '0 takes a free one': '0이면 비어 있는 포트를 사용',
  'the address to listen at': '연결을 받을 주소',
  'secrets or public keys (environment: DOCMAP_WEBHOOK_SECRET)':
    '시크릿 또는 공개 키(환경 변수: DOCMAP_WEBHOOK_SECRET)',
  'the status of answers': '응답의 상태 코드',
  'the time before answers': '응답하기 전의 대기 시간',
  'add Retry-After': 'Retry-After 헤더 추가',
  'answer 500 to the first n requests of a webhook-id': 'webhook-id마다 처음 n개의 요청에 500으로 응답',
  'print bodies': '본문 표시',
  '\nThe URL can choose the answer of a webhook: http://127.0.0.1:4000/hook?status=503&delay=2000&retryAfter=30&failFirst=2\nGET /history returns the requests as JSON, DELETE /history forgets them.':
    '\n웹훅마다 URL로 응답을 정할 수 있습니다: http://127.0.0.1:4000/hook?status=503&delay=2000&retryAfter=30&failFirst=2\nGET /history는 받은 요청을 JSON으로 조회하고, DELETE /history는 삭제합니다.',

  // webhooks
  'list, create and change webhooks': '웹훅 조회, 생성, 변경',
  'list the webhooks (default)': '웹훅 목록 조회(기본 명령)',
  'include inactive webhooks': '비활성 웹훅도 포함',
  'create a webhook, and show its secret once': '웹훅을 생성하고 시크릿을 한 번 표시',
  'event types or patterns, with commas between them. Default: extraction.*':
    '이벤트 타입 또는 패턴. 쉼표로 구분. 기본값: extraction.*',
  'a note for people': '사람을 위한 설명',
  'hmac-sha256 or ed25519': 'hmac-sha256 또는 ed25519',
  'show a webhook': '웹훅 조회',
  'send a test event to a webhook': '웹훅에 테스트 이벤트 전송',
  'activate a webhook': '웹훅 활성화',
  'deactivate a webhook': '웹훅 비활성화',
  'make a new secret, and show it once': '시크릿을 교체하고 새 시크릿을 한 번 표시',
  'how long the old secret signs too': '이전 시크릿으로도 서명하는 병행 기간(초)',
  'delete a webhook for ever': '웹훅을 완전히 삭제',
  'do not ask': '확인을 요청하지 않음',

  // deliveries, resend
  'list the attempts, newest first, or show one with its request and response':
    '전송 시도를 최신순으로 조회하거나, 시도 하나의 요청과 응답을 표시',
  'only of this webhook': '이 웹훅만',
  'success or failed': 'success 또는 failed',
  'only of this event type': '이 이벤트 타입만',
  'only of this extraction': '이 추출만',
  'such as 500, 5xx or none': '예: 500, 5xx, none',
  'event, retry, resend, test or recover': 'event, retry, resend, test 또는 recover',
  'such as timeout, dns, connect or tls': '예: timeout, dns, connect, tls',
  'RFC 3339, such as 2025-01-20T00:00:00Z': 'RFC 3339 시각. 예: 2025-01-20T00:00:00Z',
  'RFC 3339': 'RFC 3339 시각',
  'the most records': '전송 기록의 최대 개수',
  'print new attempts until Ctrl-C': 'Ctrl-C를 누를 때까지 새 시도를 표시',
  'send the events of up to 100 records again': '전송 기록을 최대 100건까지 골라 그 이벤트를 재전송',

  // recover
  'count the events that a webhook has missed, and queue them after a confirmation':
    '웹훅이 받지 못한 이벤트를 세고, 확인을 거쳐 대기열에 넣음',
  'RFC 3339. Default: now': 'RFC 3339 시각. 기본값: 현재',
  'only these event types': '이 이벤트 타입만',
  'only these extractions, at most 100': '이 추출만. 최대 100개',
  'also events that the webhook has received': '웹훅이 이미 받은 이벤트도 포함',
  'count only': '세기만 함',
  'show the progress until the recovery ends': '복구가 끝날 때까지 진행 상황 표시',
};
