import type { Catalogue } from '../phrase.js';

/** Results, questions and errors of the command line. No particle follows a value, whose last sound is unknown. */
export const CLI_MESSAGES: Catalogue = {
  // The connection to the server
  'Address of the server [{{known}}]: ': '서버의 주소 [{{known}}]: ',
  'API key (not shown): ': 'API 키(표시되지 않음): ',
  'Stored in {{file}}.': '저장했습니다: {{file}}',
  'The API key is empty. POST /v1/api-keys creates one.': 'API 키가 비어 있습니다. 키는 POST /v1/api-keys로 만듭니다.',
  'There is no API key for {{url}}: set DOCMAP_API_KEY, give --key, or run "docmap-webhooks login" in a terminal. DOCMAP_URL and --url choose another server.':
    'API 키가 없습니다. 서버: {{url}}. DOCMAP_API_KEY를 설정하거나, --key를 지정하거나, 터미널에서 "docmap-webhooks login"을 실행하십시오. 다른 서버는 DOCMAP_URL 또는 --url로 지정합니다.',
  'login asks questions: run it in a terminal': 'login은 입력을 요청합니다. 터미널에서 실행하십시오.',
  'The address of the server must be a URL such as {{example}}, not {{given}}':
    '서버의 주소는 {{example}} 형식의 URL이어야 합니다. 받은 값: {{given}}',
  '{{url}} does not respond: {{reason}}': '{{url}}: 응답이 없습니다({{reason}})',
  '{{message}}\n{{url}} does not know the key. Check DOCMAP_API_KEY, --key, or the stored key ("docmap-webhooks login").':
    '{{message}}\n{{url}}: 등록되지 않은 키입니다. DOCMAP_API_KEY, --key 또는 저장한 키("docmap-webhooks login")를 확인하십시오.',
  '{{url}} answered HTTP {{status}} without an answer of DocMap Webhooks. Check the address: DOCMAP_URL or --url.':
    '{{url}}: DocMap Webhooks의 응답이 아닙니다(HTTP {{status}}). DOCMAP_URL 또는 --url의 주소를 확인하십시오.',
  '{{file}} is damaged: remove it, and run "docmap-webhooks login"':
    '{{file}}: 파일이 손상되었습니다. 삭제한 다음 "docmap-webhooks login"을 실행하십시오.',
  "{{file}} can't be read: {{reason}}": '{{file}}: 읽을 수 없습니다({{reason}})',
  '{{name}} must be a whole number from {{min}} to {{max}}, not {{given}}':
    '{{name}}: {{min}}부터 {{max}}까지의 정수여야 합니다. 받은 값: {{given}}',

  // listen
  'Signing secret: {{secret}}': '서명 시크릿: {{secret}}',
  'HTTP {{status}}: the receiver probably does not know this signing secret. Give it the one above, or sign with the secret of its webhook: --secret.':
    'HTTP {{status}}: 수신 서버에 이 서명 시크릿이 설정되지 않았을 가능성이 높습니다. 위의 시크릿을 설정하거나, 웹훅의 시크릿을 --secret으로 지정하십시오.',
  '{{url}} is the server itself: --forward-to is the address of your receiver.':
    '{{url}}: 서비스 자체의 주소입니다. --forward-to에는 수신 서버의 주소를 지정하십시오.',
  'Listening to {{server}}. Forwarding to {{url}}.': '{{server}}의 이벤트를 받습니다. 전달할 곳: {{url}}',
  'Listening to {{server}}. Events are only shown: --forward-to forwards them.':
    '{{server}}의 이벤트를 표시하기만 합니다. 전달하려면 --forward-to를 지정하십시오.',
  'Keys: r resends the last event, o opens its record, q quits.': '키: r 마지막 이벤트 재전송, o 이벤트 조회, q 종료',
  'No event yet.': '아직 받은 이벤트가 없습니다.',
  'Connected again.': '다시 연결되었습니다.',
  '{{reason}}. Trying again …': '{{reason}}. 다시 시도합니다 …',
  'the server closed the stream': '서버가 스트림을 닫았습니다',
  'the connection broke: {{reason}}': '연결이 끊어졌습니다({{reason}})',
  '{{url}} has no event stream: it is older than this program.':
    '{{url}}: 이벤트 스트림이 없습니다. 서버가 이 프로그램보다 오래된 버전입니다.',
  '--forward-to must be a URL such as http://localhost:4000/webhooks/docmap, not {{given}}':
    '--forward-to는 http://localhost:4000/webhooks/docmap 형식의 URL이어야 합니다. 받은 값: {{given}}',
  'A secret is the 64 hex characters that the API returned: this one is not':
    '시크릿은 API가 반환한 16진수 64자여야 합니다. 이 시크릿은 그렇지 않습니다.',
  'A public key is whpk_ and the base64 of 32 bytes: this one is not':
    '공개 키는 whpk_와 32바이트의 base64여야 합니다. 이 키는 그렇지 않습니다.',

  // trigger
  'Published {{event}} as {{id}}: queued for {{webhooks}} of {{user}}.':
    '이벤트를 발행했습니다: {{event}}, ID {{id}}. 대기열: {{user}}의 {{webhooks}}.',
  'Published {{event}} of {{extraction}} as {{id}}: queued for {{webhooks}} of {{user}}.':
    '이벤트를 발행했습니다: {{extraction}}의 {{event}}, ID {{id}}. 대기열: {{user}}의 {{webhooks}}.',
  '1 webhook': '웹훅 1개',
  '{{count}} webhooks': '웹훅 {{count}}개',
  'No active webhook of this user subscribes to it, or filters leave it out: "docmap-webhooks webhooks".':
    '이 사용자의 활성 웹훅 중에 이 이벤트를 구독하는 것이 없거나, 필터가 이 이벤트를 제외합니다: "docmap-webhooks webhooks".',
  'Types: {{types}}.': '이벤트 타입: {{types}}.',
  '"docmap-webhooks webhooks test <webhook-id>" sends webhook.test.':
    'webhook.test는 "docmap-webhooks webhooks test <webhook-id>"로 보내십시오.',
  'Only the service itself publishes {{name}}.': '{{name}}: 서비스만 발행하는 이벤트입니다.',
  'There is no event type {{name}}.': '{{name}}: 없는 이벤트 타입입니다.',
  'There is no event type {{name}}. Did you mean {{close}}?':
    '{{name}}: 없는 이벤트 타입입니다. 찾는 타입이 {{close}}입니까?',
  'The key does not show its user: name the user with --user':
    '키의 사용자를 알 수 없습니다. --user로 사용자를 지정하십시오.',
  '{{file}} is no JSON: {{reason}}': '{{file}}: JSON이 아닙니다({{reason}})',
  '{{file}} must contain a JSON object': '{{file}}: JSON 객체가 들어 있어야 합니다.',
  '{{message}}\nPublishing needs a key with the scope events:publish. "docmap-webhooks webhooks test <id>" sends a test without it.':
    '{{message}}\n이벤트를 발행하려면 events:publish 스코프가 있는 키가 필요합니다. 이 스코프가 없으면 "docmap-webhooks webhooks test <id>"로 테스트 이벤트를 보낼 수 있습니다.',
  '--set needs a path of data and a value, such as data.pages=120, not {{setting}}':
    '--set에는 data의 경로와 값이 필요합니다. 예: data.pages=120. 받은 값: {{setting}}',
  'data must stay an object: {{setting}}': 'data는 객체여야 합니다: {{setting}}',
  '{{number}} would lose digits: put it into a file, and use --from':
    '{{number}}: 자릿수가 손실됩니다. 파일에 넣고 --from을 사용하십시오.',

  // play
  'Listening at {{url}}. Ctrl-C ends.': '{{url}}에서 요청을 받습니다. 끝내려면 Ctrl-C를 누르십시오.',
  'Signatures are not checked: --secret gives the secret of the webhook.':
    '서명을 확인하지 않습니다. 웹훅의 시크릿을 --secret으로 지정하십시오.',
  "{{host}}:{{port}} can't be used: {{reason}}": '{{host}}:{{port}}: 사용할 수 없습니다({{reason}})',
  'attempt {{attempt}}': '시도 {{attempt}}',
  'signature {{verdict}}': '서명 {{verdict}}',
  valid: '유효',
  'not checked': '확인하지 않음',

  // webhooks
  ID: 'ID',
  STATE: '상태',
  EVENTS: '이벤트',
  URL: 'URL',
  CREATED: '생성 시각',
  active: '활성',
  disabled: '비활성화됨',
  inactive: '비활성',
  'No webhooks. "docmap-webhooks webhooks create" makes one.':
    '웹훅이 없습니다. "docmap-webhooks webhooks create"로 만드십시오.',
  'Queued the test event {{event}}. "docmap-webhooks deliveries" shows its attempts.':
    '테스트 이벤트를 대기열에 넣었습니다: {{event}}. 전송 시도는 "docmap-webhooks deliveries"로 조회하십시오.',
  'The secret is shown only now: keep it where your receiver finds it.':
    '시크릿은 지금만 표시됩니다. 수신 서버가 읽을 수 있는 곳에 보관하십시오.',
  'The previous secret or key no longer signs.': '이전 시크릿이나 키로는 더 이상 서명하지 않습니다.',
  'The previous secret or key signs too until {{end}}: change your receiver by then.':
    '이전 시크릿이나 키로도 함께 서명하는 기간: {{end}}까지. 그 전에 수신 서버의 설정을 변경하십시오.',
  '{{webhook}} is active.': '{{webhook}}: 활성화되었습니다.',
  '{{webhook}} is inactive.': '{{webhook}}: 비활성화되었습니다.',
  'Delete {{url}}? Its waiting deliveries are never sent.':
    '웹훅을 삭제하시겠습니까? 대기 중인 전송은 보내지 않습니다. {{url}}',
  'Nothing is deleted.': '삭제하지 않았습니다.',
  'Nothing is deleted: add --yes.': '삭제하지 않았습니다. --yes를 지정하십시오.',
  'Deleted.': '삭제했습니다.',

  // deliveries, resend
  TIME: '시각',
  EVENT: '이벤트',
  EXTRACTION: '추출',
  RESULT: '결과',
  MS: '밀리초',
  ATTEMPT: '시도',
  RECORD: '전송 기록',
  'No attempts.': '전송 시도가 없습니다.',
  'Waiting for attempts. Ctrl-C ends.': '전송 시도를 기다립니다. 끝내려면 Ctrl-C를 누르십시오.',
  Request: '요청',
  Response: '응답',
  '(truncated)': '(뒷부분 생략)',
  'Queued 1 delivery.': '전송 1건을 대기열에 넣었습니다.',
  'Queued {{count}} deliveries.': '전송 {{count}}건을 대기열에 넣었습니다.',

  // recover
  '{{count}} events': '이벤트 {{count}}건',
  '{{count}} events, from {{oldest}} to {{newest}}': '이벤트 {{count}}건({{oldest}}부터 {{newest}}까지)',
  'Queue {{found}}?': '대기열에 넣으시겠습니까? {{found}}',
  'Nothing is queued.': '대기열에 넣지 않았습니다.',
  'Nothing is queued: {{count}} events wait for --yes.':
    '대기열에 넣지 않았습니다. 이벤트 {{count}}건을 넣으려면 --yes를 지정하십시오.',
  'Recovery {{id}} has begun. --wait shows its progress.':
    '복구를 시작했습니다: {{id}}. 진행 상황을 보려면 --wait를 지정하십시오.',
  '{{queued}} queued': '대기열에 넣음 {{queued}}건',
  '{{queued}} queued, {{left}} left': '대기열에 넣음 {{queued}}건, 남음 {{left}}건',
  'The recovery {{id}} continues on the server.': '복구는 서버에서 계속됩니다: {{id}}',
  'Recovery {{id}}: {{status}}, {{queued}} events queued.':
    '복구 {{id}}: {{status}}. 이벤트 {{queued}}건을 대기열에 넣었습니다.',
};
